import type { Reason } from "../core/index.ts";
import { CacheDamaged, type RawReader } from "../git/index.ts";
import type { Refusal } from "../trust/index.ts";
import type { JournalSlot } from "../wire/index.ts";
import { benchOf } from "./bench.ts";
import type { Effect, Event } from "./machine/event.ts";
import type { Order } from "./order.ts";
import { writeReportFile } from "./store/report-file.ts";
import type { TargetTree } from "./target/target.ts";
import { judgeTip } from "./verify/judge.ts";
import { factsOf, judgeStaged } from "./verify/staged.ts";
import { walkBranch } from "./walk-branch.ts";
import type { World } from "./world.ts";

/** Performs one effect and says what came of it. Rejects for bugs only: every fault of the world is an event. */
export async function perform(effect: Effect, world: World, signal: AbortSignal): Promise<Event | undefined> {
  switch (effect.do) {
    case "fetch":
      return fetch(world, signal);
    case "walk-trust":
      return reading(world, (reader) => walkBranch(reader, effect.tip, effect.candidate, world));
    case "judge":
      return reading(world, (reader) => judge(reader, effect, world));
    case "stage":
      return storing(() => stage(effect.order, effect.slot, world));
    case "restamp":
      return storing(() => restamp(effect.order, effect.slot, world));
    case "recheck":
      return recheck(effect.slot, world);
    case "apply":
      return apply(effect.slot, effect.isFirst, world);
    case "settle":
      return settle(effect.slot, world);
    case "prune":
      return prune(effect.slot, world);
    case "heal":
      return heal(effect.slot, world);
    case "report":
      return writeReportFile(effect.body, effect.counter, world);
  }
}

/** Being stopped is a failed poll like any other: the machine rests, and the runner ends. */
async function fetch({ repository }: World, signal: AbortSignal): Promise<Event> {
  try {
    const result = await repository.fetch(signal);
    return "tips" in result ? { type: "fetched", tips: result.tips } : { type: "poll-failed", ...result.fault };
  } catch (error) {
    return { type: "poll-failed", ...diskFault(error) };
  }
}

/** A cache that cannot give what its refs promise is thrown away here, so that no later step meets it again. */
async function reading(world: World, work: (reader: RawReader) => Promise<Event>): Promise<Event> {
  const reader = world.repository.open();
  try {
    return await work(reader);
  } catch (error) {
    if (!(error instanceof CacheDamaged)) return { type: "poll-failed", ...diskFault(error) };
    await world.repository.discard();
    return { type: "cache-lost", detail: error.message };
  } finally {
    await reader.close();
  }
}

async function judge(reader: RawReader, effect: Extract<Effect, { do: "judge" }>, world: World): Promise<Event> {
  const verdict = await judgeTip(reader, { site: effect.commit, trust: effect.trust }, { ...benchOf(world), seen: effect.seen });
  return "refusal" in verdict ? { type: "refused", refusal: verdict } : { type: "accepted", order: verdict.value };
}

/** What a journal needs when everything else is full. */
const RESERVE_BYTES = 4_000_000;
const BLOCK_BYTES = 4_096;

/** Space is looked at first, because wiping the slot is the point of no return for the previous release. */
async function stage(order: Order, name: "a" | "b", { disk, slots, config }: World): Promise<Event> {
  const needed = order.files.reduce((sum, file) => sum + file.bytes.length + BLOCK_BYTES, RESERVE_BYTES);
  const free = await disk.freeBytes(config.state);
  if (free < needed) return { type: "poll-failed", reason: "disk-full", detail: `${needed} bytes are needed, ${free} are free` };
  await slots.write(name, order);
  return { type: "staged", slot: slotOf(order, name), facts: factsOf(order.commit, order.plan), order };
}

async function restamp(order: Order, slot: JournalSlot, { slots }: World): Promise<Event> {
  await slots.restamp(slot.slot, order);
  return { type: "restamped", order };
}

function slotOf({ commit }: Order, slot: "a" | "b"): JournalSlot {
  return { slot, release: commit.release, seq: commit.seq, tree: commit.treeDigest };
}

/** A full or failing disk says nothing about the release: it stays unseen, and is fetched and judged again. */
async function storing(work: () => Promise<Event>): Promise<Event> {
  try {
    return await work();
  } catch (error) {
    return { type: "poll-failed", ...diskFault(error) };
  }
}

/** A9: before APPLY signature and digests are looked at again, because weeks may have passed since they were staged. */
async function recheck({ slot, tree }: JournalSlot, world: World): Promise<Event> {
  const content = await loadOr(world, slot, tree);
  if ("refusal" in content) return { type: "candidate-fell", refusal: content };
  const fallen = judgeStaged(content.value, benchOf(world));
  if (fallen !== undefined) return { type: "candidate-fell", refusal: fallen };
  world.rechecked = { tree, files: content.value.files };
  return { type: "candidate-stands" };
}

const NOTHING = { keep: [], other: null };

/** What `recheck` held in memory a moment ago is used once; after a crash in between the slot is read again. */
async function apply(slot: JournalSlot, isFirst: boolean, world: World): Promise<Event> {
  const { rechecked } = world;
  world.rechecked = undefined;
  const tree = rechecked?.tree === slot.tree ? { tree: slot.tree, load: async () => rechecked.files } : treeOf(slot, world);
  try {
    const answer = await world.target.apply(tree, NOTHING, isFirst);
    return answer.done ? { type: "applied" } : { type: "apply-failed", reason: answer.reason, detail: answer.detail };
  } catch (error) {
    if (!(error instanceof SlotVoid)) throw error;
    return { type: "apply-failed", reason: error.refusal.refusal, detail: error.refusal.because };
  }
}

/** The one effect that may run beside a fetch: it touches the target and the current slot, and a fetch neither. */
async function heal(slot: JournalSlot, world: World): Promise<Event> {
  try {
    const answer = await world.target.heal(treeOf(slot, world), NOTHING);
    if (answer.done) return { type: "healed", repaired: answer.repaired };
    return { type: "heal-failed", reason: answer.reason, detail: answer.detail, slotIsVoid: false };
  } catch (error) {
    if (!(error instanceof SlotVoid)) throw error;
    return { type: "heal-failed", reason: error.refusal.refusal, detail: error.refusal.because, slotIsVoid: true };
  }
}

async function settle(slot: JournalSlot, { slots, clock, log }: World): Promise<Event> {
  try {
    await slots.noteCommitted(slot.slot, Math.floor(clock.now() / 1000));
  } catch (error) {
    // The record is what counts; this is a date for people.
    log({ level: "warn", event: "settled", ...diskFault(error) });
  }
  return { type: "settled" };
}

async function prune(slot: JournalSlot, world: World): Promise<Event> {
  const answer = await world.target.prune(treeOf(slot, world), NOTHING, []);
  return answer.done ? { type: "pruned" } : { type: "prune-failed", reason: answer.reason, detail: answer.detail };
}

/** The slot does not hold what the journal says. */
class SlotVoid extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.because);
    this.refusal = refusal;
  }
}

function treeOf({ slot, tree }: JournalSlot, world: World): TargetTree {
  return {
    tree,
    load: async () => {
      const content = await loadOr(world, slot, tree);
      if ("refusal" in content) throw new SlotVoid(content);
      return content.value.files;
    },
  };
}

/** A disk that cannot be read and a slot whose bytes are wrong come to the same: this slot heals and applies nothing. */
type Loaded = Awaited<ReturnType<World["slots"]["load"]>>;

async function loadOr({ slots }: World, slot: "a" | "b", tree: string): Promise<Loaded> {
  try {
    return await slots.load(slot, tree);
  } catch (error) {
    const { reason, detail } = diskFault(error);
    return { refusal: reason, because: detail };
  }
}

/** Only what the operating system says is a fault of the world; the rest is a bug and goes on. */
export function diskFault(error: unknown): { readonly reason: Extract<Reason, "disk-full" | "storage-failed">; readonly detail: string } {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined) throw error;
  return { reason: code === "ENOSPC" || code === "EDQUOT" ? "disk-full" : "storage-failed", detail: message };
}
