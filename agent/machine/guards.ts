import type { Reason } from "../../core/index.ts";
import type { EventOf, PullFailed, Started, TrustWalked } from "./event.ts";
import { BASELINE_CHECK_MS } from "./back-off.ts";
import { applyEntry } from "./due.ts";
import { adoptTrust } from "./trust-adoption.ts";
import type { Machine } from "./state.ts";
import type { Moment } from "./moment.ts";
import type { UnitFacts } from "./slot-facts.ts";
import { type HealthAnswer, healthChecked, verdictOf, type WatchVerdict } from "./watch.ts";

/** Conditions of the table: pure functions of the machine and the event. */

/** R3: a restart resumes the same release, three starts at most. */
const STARTS_MAX = 3;

export function startable({ journal }: Machine, event: Started): boolean {
  return journal.candidate !== null && event.candidate !== null && journal.starts < STARTS_MAX;
}

/** A15: power cuts prove nothing about a release, but three crashes within one boot do. */
export function crashedInOneBoot({ journal }: Machine, event: Started): boolean {
  return journal.candidate !== null && journal.starts >= STARTS_MAX && journal.boot === event.boot;
}

/** Its result may be older than the request. */
export function polling({ phase }: Machine): boolean {
  return phase === "FETCH" || phase === "VERIFY" || phase === "STAGE";
}

/** Both refs name commits that this process has judged completely. */
export function nothingMoved({ memory }: Machine, { tips }: EventOf<"fetched">): boolean {
  const { judged } = memory;
  const isNoteKnown = tips.freshness === undefined || tips.freshness === judged?.freshness;
  return judged !== null && judged.site === tips.site && judged.trust === tips.trust && isNoteKnown;
}

export function firstFailure({ memory }: Machine): boolean {
  return memory.failures === 0;
}

/** A4: no site commit is accepted in this poll. */
export function trustBroken({ journal }: Machine, event: TrustWalked): boolean {
  return event.broken !== null || event.version < journal.trust.version;
}

export function siteRefMissing({ memory }: Machine): boolean {
  return memory.tips?.site === undefined;
}

/** A6: the same commit is not new while it runs, waits, or has failed. */
export function noNews(machine: Machine, event: TrustWalked): boolean {
  const { journal, memory } = adoptTrust(machine, event);
  const { seen, current, candidate } = journal;
  if (seen === null || seen.commit !== memory.tips?.site) return false;
  if (candidate?.tree === seen.tree && memory.candidate !== null) return true;
  if (current?.tree === seen.tree && !memory.currentIsVoid) return true;
  return journal.failed.some((failed) => failed.seq === seen.seq);
}

/** A5: judged again only when the site commit or the trust tip changes. */
export function refusedAlready({ journal, memory }: Machine): boolean {
  return journal.refused !== null && journal.refused.commit === memory.tips?.site && journal.refused.trust === memory.tips.trust;
}

/** A7: the same tree under a higher seq changes nothing at the site. A tree that failed, or that runs DEGRADED, is applied again instead. */
export function sameTree({ journal, memory }: Machine, { verified }: EventOf<"accepted">): boolean {
  const { treeDigest } = verified.commit;
  const isDoubted = journal.state === "DEGRADED" || journal.failed.some(({ tree }) => tree === treeDigest);
  return journal.current?.tree === treeDigest && !memory.currentIsVoid && !isDoubted;
}

/** A19: irreversibly changed data is not given to an older version of its unit. */
export function belowData(machine: Machine, { verified }: EventOf<"accepted">): boolean {
  return raisedUnits(verified.plan, reachedData(machine)).length > 0;
}

interface DataFacts {
  readonly units: Readonly<Record<string, { readonly dataVersion: number }>>;
}

/** The highest data versions that the site may have. The journal knows them even when the slot that raised them cannot be read. */
export function reachedData({ journal, memory }: Machine): DataFacts {
  const units = Object.entries(memory.current?.units ?? {}).map(([name, { dataVersion }]) => [name, dataVersion] as const);
  const highest = new Map(units);
  for (const [name, version] of Object.entries(journal.data ?? {})) highest.set(name, Math.max(version, highest.get(name) ?? 1));
  return { units: Object.fromEntries([...highest].map(([name, dataVersion]) => [name, { dataVersion }])) };
}

/** Units of `after` whose data version is above the one in `before`. */
export function raisedUnits(before: DataFacts, after: DataFacts): readonly string[] {
  return Object.entries(after.units).flatMap(([name, unit]) => {
    const old = Object.hasOwn(before.units, name) ? before.units[name] : undefined;
    return old !== undefined && unit.dataVersion > old.dataVersion ? [name] : [];
  });
}

export function imagesWanted({ settings }: Machine): boolean {
  return settings.hasImages;
}

export function imageNotFound(_machine: Machine, { isNotFound }: PullFailed): boolean {
  return isNotFound;
}

/** A20: the tree of a retired site has nothing for a dry run or a trial. */
export function retiring({ memory }: Machine): boolean {
  return memory.candidate?.retired != null;
}

export function leaving({ memory }: Machine): boolean {
  return memory.current?.retired === "keep";
}

const VERDICTS: readonly Reason[] = ["refused", "bad-manifest"];

/** The target refused the content of the release. Any other reason is about the box. */
export function verdictOnRelease(_machine: Machine, { reason }: { readonly reason: Reason }): boolean {
  return VERDICTS.includes(reason);
}

/** A16: only what was healthy before can fail a release, so health is checked before anything is changed. */
export function baselineWanted({ journal, memory }: Machine): boolean {
  return journal.current !== null && (memory.current?.probes.length ?? 0) > 0;
}

/**
 * A16: a unit that is not healthy may still be starting. After a start, or after its own release, it has its deadline before it counts as
 * unhealthy; otherwise the first release after a boot could never fail. In DEGRADED a new release does not wait.
 */
export function baselineOpen({ journal, memory }: Machine, { answers }: EventOf<"health-checked">, moment: Moment): boolean {
  const facts = memory.current;
  if (facts === null || journal.state === "DEGRADED" || memory.isPersonWaiting) return false;
  const ranMs = moment.monotonicMs - memory.runsSinceMs;
  const checkedForMs = moment.monotonicMs - (memory.baselineSinceMs ?? moment.monotonicMs);
  return facts.probes.some(({ unit }, place) => {
    const { health } = answers[place] as HealthAnswer;
    const deadlineMs = (facts.units[unit] as UnitFacts).deadlineSeconds * 1000;
    // Somebody may have changed the target a moment ago: the first result only triggers a drift repair.
    if (health === "unhealthy" || health === "progressing") return ranMs < deadlineMs || checkedForMs < BASELINE_CHECK_MS;
    // A probe that could not answer is tried again; it is excused only after a whole deadline without an answer.
    return health === "unknown" && checkedForMs < deadlineMs;
  });
}

/** The window closed, or somebody paused or stopped the agent, during the check: an apply that has not begun does not begin. */
export function mustWait(machine: Machine, _event: unknown, moment: Moment): boolean {
  const { atMs } = applyEntry(machine, moment);
  return machine.memory.isStopping || atMs === undefined || atMs > moment.monotonicMs;
}

/** Staging would overwrite the slot of the release that somebody wants to go back to. */
export function fallbackWanted({ memory }: Machine): boolean {
  return memory.isFallbackAsked;
}

export function unprobed({ memory }: Machine): boolean {
  return memory.candidate?.probes.length === 0;
}

export function unprobedNow({ memory }: Machine): boolean {
  return memory.current?.probes.length === 0;
}

/** The slot could not be read at the start, so its probes are not known. */
export function unread({ memory }: Machine): boolean {
  return memory.current === null;
}

/** The check was of a tree that is no longer watched. */
export function outOfDate({ memory }: Machine, { round }: EventOf<"health-checked">): boolean {
  return memory.round !== round;
}

export function proven(machine: Machine, event: EventOf<"health-checked">, moment: Moment): boolean {
  return verdictAfter(machine, event, moment).is === "healthy";
}

/** A18: for the current tree, fully applied. While a drift comparison runs, pruning could interfere with it; the next check decides. */
export function recovered(machine: Machine, event: EventOf<"health-checked">, moment: Moment): boolean {
  return proven(machine, event, moment) && machine.memory.isInPlace && !machine.memory.isReconciling;
}

export function foundUnhealthy(machine: Machine, event: EventOf<"health-checked">, moment: Moment): boolean {
  return verdictAfter(machine, event, moment).is === "unhealthy";
}

export function foundNothing(machine: Machine, event: EventOf<"health-checked">, moment: Moment): boolean {
  return verdictAfter(machine, event, moment).is === "unobserved";
}

export function stillOpen(machine: Machine, event: EventOf<"health-checked">, moment: Moment): boolean {
  return verdictAfter(machine, event, moment).is === "open";
}

function verdictAfter({ phase, memory }: Machine, { answers }: EventOf<"health-checked">, moment: Moment): WatchVerdict {
  const facts = phase === "TRIAL" ? memory.candidate : memory.current;
  if (memory.watch === null || facts === null) return { is: "open" };
  return verdictOf(healthChecked(memory.watch, facts, answers, moment), facts);
}

/** A person asked for the previous release, but its slot cannot be read; the release that ran is complete in the other slot. */
export function previousIsVoid({ memory }: Machine, { slotIsVoid }: EventOf<"fall-back-failed">): boolean {
  return slotIsVoid && memory.isOperatorFallback;
}

/** A10, A19: there is a release to go back to, and going back to it loses no data. */
export function ableToGoBack({ phase, journal, memory }: Machine): boolean {
  const isGoingIn = phase === "APPLY" || phase === "TRIAL";
  const from = isGoingIn ? memory.candidate : memory.current;
  const to = isGoingIn ? memory.current : memory.previous;
  const slot = isGoingIn ? journal.current : journal.previous;
  if (slot === null || from === null || to === null || from.retired !== null) return false;
  return raisedUnits(to, from).length === 0;
}
