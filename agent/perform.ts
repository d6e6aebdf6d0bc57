import { CacheDamaged, OverBudget, type RawReader } from "../git/index.ts";
import type { JournalSlot } from "../wire/index.ts";
import { benchOf } from "./bench.ts";
import type { Effect, Event } from "./machine/event.ts";
import type { Order } from "./order.ts";
import { diskFault, loadOr } from "./perform-faults.ts";
import { look, pull } from "./perform-health.ts";
import { apply, dryRun, fallBack, heal, prune, settle } from "./perform-target.ts";
import { writeReportFile } from "./store/report-file.ts";
import { judgeTip } from "./verify/judge.ts";
import { factsOf, judgeStaged } from "./verify/staged.ts";
import { walkBranch } from "./walk-branch.ts";
import type { World } from "./world.ts";

/** Performs one effect and says what came of it. Rejects for bugs only: every fault of the world is an event. */
export async function perform(effect: WorldEffect, world: World, signal: AbortSignal): Promise<Event | undefined> {
  switch (effect.do) {
    case "fetch":
      return fetch(effect.withNote, world, signal);
    case "walk-trust":
      return reading(world, (reader) => walkBranch(reader, effect, world));
    case "judge":
      return reading(world, (reader) => judge(reader, effect, world));
    case "stage":
      return storing(() => stage(effect.order, effect.slot, world));
    case "restamp":
      return storing(() => restamp(effect.order, effect.slot, world));
    case "pull":
      return pull(effect.slot, effect.current, world, signal);
    case "recheck":
      return recheck(effect.slot, world);
    case "dry-run":
      return dryRun(effect.slot, world);
    case "look":
      return look(effect.round, effect.probes, world, signal);
    case "apply":
      return apply(effect, effect.isFirst, world);
    case "settle":
      return settle(effect.slot, effect.previous, world);
    case "fall-back":
      return fallBack(effect, world);
    case "heal":
      return heal(effect, world);
    case "prune":
    case "erase":
      return prune(effect, world);
    case "report":
      return writeReportFile(effect.body, effect.counter, world);
  }
}

/** `end-poll` is the runner's own. */
export type WorldEffect = Exclude<Effect, { do: "end-poll" }>;

/** Being stopped is a failed poll like any other: the machine rests, and the runner ends. */
async function fetch(withNote: boolean, { repository }: World, signal: AbortSignal): Promise<Event> {
  try {
    const result = await repository.fetch(signal, withNote);
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
    if (error instanceof OverBudget) return { type: "poll-failed", ...error.fault };
    if (!(error instanceof CacheDamaged)) return { type: "poll-failed", ...diskFault(error) };
    await world.repository.discard();
    return { type: "cache-lost", detail: error.message };
  } finally {
    await reader.close();
  }
}

async function judge(reader: RawReader, effect: Extract<Effect, { do: "judge" }>, world: World): Promise<Event> {
  const verdict = await judgeTip(reader, { site: effect.commit, trust: effect.trust }, { ...benchOf(world), seen: effect.seen });
  if ("refusal" in verdict) return { type: "refused", refusal: verdict };
  const fault = verdict.value.commit.treeDigest === effect.runs ? undefined : await roomFault(verdict.value, world);
  return fault ?? { type: "accepted", order: verdict.value };
}

/** What a journal needs when everything else is full. */
const RESERVE_BYTES = 4_000_000;
const BLOCK_BYTES = 4_096;

/** Looked at before the order is accepted, because from then on the previous release's slot is given up. */
async function roomFault(order: Order, { disk, config }: World): Promise<Event | undefined> {
  const needed = order.files.reduce((sum, file) => sum + file.bytes.length + BLOCK_BYTES, RESERVE_BYTES);
  const free = await disk.freeBytes(config.state);
  if (free >= needed) return undefined;
  return { type: "poll-failed", reason: "disk-full", detail: `${needed} bytes are needed in ${config.state}, ${free} are free` };
}

async function stage(order: Order, name: "a" | "b", { slots, config }: World): Promise<Event> {
  await slots.write(name, order);
  return { type: "staged", slot: slotOf(order, name), facts: factsOf(order.commit, order.plan, config.probes), order };
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
