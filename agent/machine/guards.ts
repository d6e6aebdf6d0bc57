import type { Reason } from "../../core/index.ts";
import type { EventOf, PullFailed, Started, TrustWalked } from "./event.ts";
import { ASK_MS } from "./back-off.ts";
import { applyEntry } from "./due.ts";
import { adoptTrust } from "./trust-adoption.ts";
import type { Machine } from "./state.ts";
import type { Moment } from "./moment.ts";
import type { UnitFacts } from "./slot-facts.ts";
import { type HealthAnswer, healthChecked, verdictOf, type WatchVerdict } from "./watch.ts";

/** Conditions of the table. Each is a question about the machine and the event, and changes neither. */

/** R3: a restart resumes the same release, three starts at most. */
const STARTS_MAX = 3;

export function startable({ journal }: Machine, event: Started): boolean {
  return journal.candidate !== null && event.candidate !== null && journal.starts < STARTS_MAX;
}

/** A15: power cuts prove nothing, but three deaths within one boot do. */
export function crashedInOneBoot({ journal }: Machine, event: Started): boolean {
  return journal.candidate !== null && journal.starts >= STARTS_MAX && journal.boot === event.boot;
}

/** What it finds may be older than the question. */
export function polling({ phase }: Machine): boolean {
  return phase === "FETCH" || phase === "VERIFY" || phase === "STAGE";
}

/** Both refs name what was judged before, by this process, to its end. */
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

/** A6: the very same commit is no news, as long as it runs, or waits, or was found bad. */
export function noNews(machine: Machine, event: TrustWalked): boolean {
  const { journal, memory } = adoptTrust(machine, event);
  const { seen, current, candidate } = journal;
  if (seen === null || seen.commit !== memory.tips?.site) return false;
  if (candidate?.tree === seen.tree && memory.candidate !== null) return true;
  if (current?.tree === seen.tree && !memory.currentIsVoid) return true;
  return journal.failed.some((failed) => failed.seq === seen.seq);
}

/** A5: judged again only when the commit or the trust tip moves. */
export function refusedAlready({ journal, memory }: Machine): boolean {
  return journal.refused !== null && journal.refused.commit === memory.tips?.site && journal.refused.trust === memory.tips.trust;
}

/** A7: the same tree under a higher seq changes nothing at the site; one that was found bad, or that runs badly, is tried anew instead. */
export function sameTree({ journal, memory }: Machine, { verified }: EventOf<"accepted">): boolean {
  const { treeDigest } = verified.commit;
  const isDoubted = journal.state === "DEGRADED" || journal.failed.some(({ tree }) => tree === treeDigest);
  return journal.current?.tree === treeDigest && !memory.currentIsVoid && !isDoubted;
}

/** A19: data that was changed for good is not handed to an older version of its unit. */
export function belowData(machine: Machine, { verified }: EventOf<"accepted">): boolean {
  return raisedUnits(verified.plan, reachedData(machine)).length > 0;
}

interface DataFacts {
  readonly units: Readonly<Record<string, { readonly dataVersion: number }>>;
}

/** What the data at the site may be of. The journal knows it also when the slot that brought it cannot be read. */
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

/** A20: the last tree of a site holds nothing to dry-run or to try. */
export function retiring({ memory }: Machine): boolean {
  return memory.candidate?.retired != null;
}

export function leaving({ memory }: Machine): boolean {
  return memory.current?.retired === "keep";
}

const VERDICTS: readonly Reason[] = ["refused", "bad-manifest"];

/** The target said no to what the release holds; any other word is about the box. */
export function verdictOnRelease(_machine: Machine, { reason }: { readonly reason: Reason }): boolean {
  return VERDICTS.includes(reason);
}

/** A16: only what was healthy before can fail a release, so its health is asked before anything is touched. */
export function baselineWanted({ journal, memory }: Machine): boolean {
  return journal.current !== null && (memory.current?.probes.length ?? 0) > 0;
}

/**
 * A16: what is not healthy now may be on its way: after a start, or since its own release came in, it has its own time before it counts as
 * ill. Without that, the first release after a boot would be excused of everything. Out of DEGRADED the cure does not wait.
 */
export function baselineOpen({ journal, memory }: Machine, { answers }: EventOf<"health-checked">, moment: Moment): boolean {
  const facts = memory.current;
  if (facts === null || journal.state === "DEGRADED" || memory.isHurried) return false;
  const ranMs = moment.monotonicMs - memory.runsSinceMs;
  const askedMs = moment.monotonicMs - (memory.askSinceMs ?? moment.monotonicMs);
  return facts.probes.some(({ unit }, place) => {
    const { health } = answers[place] as HealthAnswer;
    const deadlineMs = (facts.units[unit] as UnitFacts).deadlineSeconds * 1000;
    // Somebody may have bent the target a moment ago: the first answer only calls for a repair.
    if (health === "unhealthy" || health === "progressing") return ranMs < deadlineMs || askedMs < ASK_MS;
    // What could not be asked once can be asked again; it is excused only when it cannot be asked for as long.
    return health === "unknown" && askedMs < deadlineMs;
  });
}

/** The window shut, somebody paused or stopped the agent while it looked: what has not begun does not begin now. */
export function nowShut(machine: Machine, _event: unknown, moment: Moment): boolean {
  const { atMs } = applyEntry(machine, moment);
  return machine.memory.isStopping || atMs === undefined || atMs > moment.monotonicMs;
}

/** Staging would take the slot of the release that somebody at the site wants back. */
export function fallbackWanted({ memory }: Machine): boolean {
  return memory.isFallbackAsked;
}

export function unprobed({ memory }: Machine): boolean {
  return memory.candidate?.probes.length === 0;
}

export function unprobedNow({ memory }: Machine): boolean {
  return memory.current?.probes.length === 0;
}

/** The slot could not be read at the start, so nobody knows what to ask. */
export function unread({ memory }: Machine): boolean {
  return memory.current === null;
}

/** The question was asked of a tree that is no longer watched. */
export function outOfDate({ memory }: Machine, { round }: EventOf<"health-checked">): boolean {
  return memory.round !== round;
}

export function proven(machine: Machine, event: EventOf<"health-checked">, moment: Moment): boolean {
  return verdictAfter(machine, event, moment).is === "healthy";
}

/** A18: of the current tree, in its place. A comparison that is under way would meet a prune; the next look says the same. */
export function recovered(machine: Machine, event: EventOf<"health-checked">, moment: Moment): boolean {
  return proven(machine, event, moment) && machine.memory.isInPlace && !machine.memory.isReconciling;
}

export function foundUnhealthy(machine: Machine, event: EventOf<"health-checked">, moment: Moment): boolean {
  return verdictAfter(machine, event, moment).is === "unhealthy";
}

export function foundNothing(machine: Machine, event: EventOf<"health-checked">, moment: Moment): boolean {
  return verdictAfter(machine, event, moment).is === "unasked";
}

export function stillOpen(machine: Machine, event: EventOf<"health-checked">, moment: Moment): boolean {
  return verdictAfter(machine, event, moment).is === "open";
}

function verdictAfter({ phase, memory }: Machine, { answers }: EventOf<"health-checked">, moment: Moment): WatchVerdict {
  const facts = phase === "TRIAL" ? memory.candidate : memory.current;
  if (memory.watch === null || facts === null) return { is: "open" };
  return verdictOf(healthChecked(memory.watch, facts, answers, moment), facts);
}

/** A person wanted the release before back, and its slot cannot be read; the one that ran lies whole in the other. */
export function askedInVain({ memory }: Machine, { slotIsVoid }: EventOf<"fall-back-failed">): boolean {
  return slotIsVoid && memory.hasGivenWay;
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
