import { CacheDamaged, OverBudget, type RawReader } from "../../git/index.ts";
import type { JournalSlot } from "../../wire/index.ts";
import { expectationsOf } from "../verify/expectations.ts";
import type { Effect, Event } from "../machine/event.ts";
import type { VerifiedRelease } from "../verify/verified-release.ts";
import { diskFault, loadOr } from "./perform-faults.ts";
import { checkHealth, pull } from "./perform-health.ts";
import { apply, dryRun, fallBack, reconcile, prune, finalize } from "./perform-target.ts";
import { writeReportFile } from "../store/report-file.ts";
import { judgeTip } from "../verify/judge.ts";
import { judgeStaged } from "../verify/staged.ts";
import { factsOf } from "./slot-facts.ts";
import { walkBranch } from "./walk-branch.ts";
import type { AgentContext } from "../context.ts";

/** Performs one effect and returns its event. Faults of disk, network and target are events; a rejection is a bug. */
export async function perform(effect: PerformedEffect, context: AgentContext, signal: AbortSignal): Promise<Event | undefined> {
  switch (effect.do) {
    case "fetch":
      return fetch(effect.withNote, context, signal);
    case "walk-trust":
      return reading(context, (reader) => walkBranch(reader, effect, context));
    case "judge":
      return reading(context, (reader) => judge(reader, effect, context));
    case "stage":
      return storing(() => stage(effect.verified, effect.slot, context));
    case "restamp":
      return storing(() => restamp(effect.verified, effect.slot, context));
    case "pull":
      return pull(effect.slot, effect.current, context, signal);
    case "recheck":
      return recheck(effect.slot, context);
    case "dry-run":
      return dryRun(effect.slot, context);
    case "check-health":
      return checkHealth(effect.round, effect.probes, context, signal);
    case "apply":
      return apply(effect, effect.isFirst, context);
    case "finalize":
      return finalize(effect.slot, effect.previous, context);
    case "fall-back":
      return fallBack(effect, context);
    case "reconcile":
      return reconcile(effect, context);
    case "prune":
    case "erase":
      return prune(effect, context);
    case "report":
      return writeReportFile(effect.body, effect.counter, context);
  }
}

/** The runner handles `end-poll` itself. */
export type PerformedEffect = Exclude<Effect, { do: "end-poll" }>;

/** An aborted fetch is a failed poll like any other: the machine returns to rest, and the runner ends. */
async function fetch(withNote: boolean, { repository }: AgentContext, signal: AbortSignal): Promise<Event> {
  try {
    const result = await repository.fetch(signal, withNote);
    return "tips" in result ? { type: "fetched", tips: result.tips } : { type: "poll-failed", ...result.fault };
  } catch (error) {
    return { type: "poll-failed", ...diskFault(error) };
  }
}

/** A cache without an object that its refs need is deleted here, so that no later step uses it. */
async function reading(context: AgentContext, work: (reader: RawReader) => Promise<Event>): Promise<Event> {
  const reader = context.repository.open();
  try {
    return await work(reader);
  } catch (error) {
    if (error instanceof OverBudget) return { type: "poll-failed", ...error.fault };
    if (!(error instanceof CacheDamaged)) return { type: "poll-failed", ...diskFault(error) };
    await context.repository.discard();
    return { type: "cache-lost", detail: error.message };
  } finally {
    await reader.close();
  }
}

async function judge(reader: RawReader, effect: Extract<Effect, { do: "judge" }>, context: AgentContext): Promise<Event> {
  const verdict = await judgeTip(reader, { site: effect.commit, trust: effect.trust }, { ...expectationsOf(context), seen: effect.seen });
  if ("refusal" in verdict) return { type: "refused", refusal: verdict };
  const fault = verdict.value.commit.treeDigest === effect.runs ? undefined : await roomFault(verdict.value, context);
  return fault ?? { type: "accepted", verified: verdict.value };
}

/** Space kept free for journal writes. */
const RESERVE_BYTES = 4_000_000;
const BLOCK_BYTES = 4_096;

/** Checked before the release is accepted, because staging gives up the previous release's slot. */
async function roomFault(verified: VerifiedRelease, { disk, config }: AgentContext): Promise<Event | undefined> {
  const needed = verified.files.reduce((sum, file) => sum + file.bytes.length + BLOCK_BYTES, RESERVE_BYTES);
  const free = await disk.freeBytes(config.state);
  if (free >= needed) return undefined;
  return { type: "poll-failed", reason: "disk-full", detail: `${config.state} needs ${needed} free bytes and has ${free}` };
}

async function stage(verified: VerifiedRelease, name: "a" | "b", { slots, config }: AgentContext): Promise<Event> {
  await slots.write(name, verified);
  return { type: "staged", slot: slotOf(verified, name), facts: factsOf(verified.commit, verified.plan, config.probes), verified };
}

async function restamp(verified: VerifiedRelease, slot: JournalSlot, { slots }: AgentContext): Promise<Event> {
  await slots.restamp(slot.slot, verified);
  return { type: "restamped", verified };
}

function slotOf({ commit }: VerifiedRelease, slot: "a" | "b"): JournalSlot {
  return { slot, release: commit.release, seq: commit.seq, tree: commit.treeDigest };
}

/** A full or failing disk proves nothing about the release: its seq is not accepted, and it is fetched and judged again. */
async function storing(work: () => Promise<Event>): Promise<Event> {
  try {
    return await work();
  } catch (error) {
    return { type: "poll-failed", ...diskFault(error) };
  }
}

/** A9: before APPLY signatures and digests are checked again, because weeks may have passed since staging. */
async function recheck({ slot, tree }: JournalSlot, context: AgentContext): Promise<Event> {
  const content = await loadOr(context, slot, tree);
  if ("refusal" in content) return { type: "candidate-fell", refusal: content };
  const fallen = judgeStaged(content.value, expectationsOf(context));
  if (fallen !== undefined) return { type: "candidate-fell", refusal: fallen };
  context.rechecked = { tree, files: content.value.files };
  return { type: "candidate-stands" };
}
