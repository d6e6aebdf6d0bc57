import type { Reason } from "../../core/index.ts";
import type { Change } from "./action.ts";
import { NOTE_MS, pollDelayMs, retryDelayMs } from "./back-off.ts";
import type { EventOf, TrustWalked } from "./event.ts";
import { raisedUnits, reachedData } from "./guards.ts";
import type { Memory } from "./memory.ts";
import { type Machine, seconds, troubleOf } from "./state.ts";
import type { Moment } from "./moment.ts";
import { adoptTrust } from "./trust-adoption.ts";

/** The way of a poll: fetch, walk the trust branch, judge the commit. */

/** A2: the note at most once a day. One that a failed fetch did not bring is asked for a day later: it is a warning, no need. */
export function fetch({ memory }: Machine, _event: unknown, moment: Moment): Change {
  const withNote = moment.monotonicMs >= memory.noteAtMs;
  const noteAtMs = withNote ? moment.monotonicMs + NOTE_MS : memory.noteAtMs;
  return { memory: { tips: null, noteAtMs }, effects: [{ do: "fetch", withNote }] };
}

/** Somebody waits at the box: what was put off is tried now. */
export function pollSoon(_machine: Machine, _event: unknown, moment: Moment): Change {
  return { journal: { retryAt: null }, memory: { pollAtMs: moment.monotonicMs, retryAtMs: 0, pullAtMs: moment.monotonicMs } };
}

export function pollAgain(): Change {
  return { memory: { isAsked: true } };
}

/** The whole cost of an idle poll: two numbers in memory. */
export function nothingNew(machine: Machine, { tips }: EventOf<"fetched">, moment: Moment): Change {
  return { memory: pollEnded(machine, moment, tips) };
}

/** Nothing was judged, so nothing is remembered of the tips: the next poll looks at them anew. */
export function failPoll(machine: Machine, { reason, detail }: EventOf<"poll-failed">, moment: Moment): Change {
  return { memory: pollFailed(machine, moment, reason, detail) };
}

/** Everything is fetched anew at once, and once: a fault that comes again is the server's. */
export function refetch({ memory }: Machine): Change {
  return { memory: { failures: memory.failures + 1 }, effects: [{ do: "fetch", withNote: false }] };
}

export function cacheLost(machine: Machine, { detail }: EventOf<"cache-lost">, moment: Moment): Change {
  return { memory: pollFailed(machine, moment, "cache-damaged", detail) };
}

export function walkTrust({ journal }: Machine, { tips }: EventOf<"fetched">): Change {
  return {
    memory: { tips },
    effects: [
      { do: "walk-trust", tip: tips.trust, candidate: journal.candidate, note: tips.freshness ?? null, since: journal.trust.version },
    ],
  };
}

/** The tips count as judged: the same broken branch is not walked again at every poll. */
export function trustBroken(machine: Machine, event: TrustWalked, moment: Moment): Change {
  const { journal, memory } = adoptTrust(machine, event);
  const detail = event.broken?.because ?? `version ${journal.trust.version} was accepted before, and the branch does not lead there`;
  const trustTrouble = troubleOf("trust-broken", detail, moment, machine.memory.trustTrouble);
  return { journal, memory: { ...memory, ...pollEnded(machine, moment, memory.tips), trustTrouble } };
}

/** A deleted or not yet created ref changes nothing at the site; before the first release it is the ordinary state of a new box. */
export function refMissing(machine: Machine, event: TrustWalked, moment: Moment): Change {
  const { journal, memory } = adoptTrust(machine, event);
  const refused = memory.tips?.refused;
  // Trust went on all the same; what git took in and threw away is not asked for at every poll.
  if (refused)
    return { journal, memory: { ...memory, ...pollFailed(machine, moment, refused.reason, refused.detail), trustTrouble: null } };
  const reason: Reason = journal.seen === null ? "not-promoted-yet" : "ref-missing";
  const refusal = troubleOf(reason, `the repository has no ref for site ${machine.settings.site}`, moment, machine.memory.refusal);
  return { journal, memory: { ...memory, ...pollEnded(machine, moment, memory.tips), trustTrouble: null, refusal } };
}

/** What was wrong with an earlier tip is no longer wrong when the ref names what runs. */
export function noNews(machine: Machine, event: TrustWalked, moment: Moment): Change {
  const { journal, memory } = adoptTrust(machine, event);
  return { journal, memory: { ...memory, ...pollEnded(machine, moment, memory.tips), trustTrouble: null, refusal: null } };
}

/** After a restart the journal alone remembers the refusal; its sentence is gone with the old process. */
export function refusedBefore(machine: Machine, event: TrustWalked, moment: Moment): Change {
  const { journal, memory } = adoptTrust(machine, event);
  const refused = journal.refused as NonNullable<typeof journal.refused>;
  const refusal = memory.refusal ?? troubleOf(refused.reason, `commit ${refused.commit}, judged before`, moment, null);
  return { journal, memory: { ...memory, ...pollEnded(machine, moment, memory.tips), trustTrouble: null, refusal } };
}

/** The new trust version is in the journal before the commit is judged by it. */
export function judge(machine: Machine, event: TrustWalked): Change {
  const { journal, memory } = adoptTrust(machine, event);
  const tips = memory.tips as NonNullable<Memory["tips"]>;
  return {
    journal,
    memory: { ...memory, trustTrouble: null },
    effects: [{ do: "judge", commit: tips.site as string, trust: tips.trust, seen: journal.seen, runs: journal.current?.tree ?? null }],
  };
}

/** Not yet here, or for a newer agent: neither word may outlive what it was said of. */
const NEVER_PINNED: readonly Reason[] = ["release-not-yet-known", "agent-too-old"];

export function refuse(machine: Machine, { refusal }: EventOf<"refused">, moment: Moment): Change {
  const { memory } = machine;
  const tips = memory.tips as NonNullable<Memory["tips"]>;
  const isPinned = !NEVER_PINNED.includes(refusal.refusal);
  const isAgeless = refusal.refusal === "release-not-yet-known";
  return {
    journal: isPinned ? { refused: { commit: tips.site as string, trust: tips.trust, reason: refusal.refusal } } : {},
    memory: {
      ...pollEnded(machine, moment, isAgeless ? null : tips),
      refusal: troubleOf(refusal.refusal, refusal.because, moment, memory.refusal),
    },
  };
}

/** The same commit is judged again at the next poll, when the other slot is nobody's hope any more. */
export function judgeLater(machine: Machine, _event: unknown, moment: Moment): Change {
  return { memory: pollEnded(machine, moment, null) };
}

/** A19. */
export function refuseOneWay(machine: Machine, { verified }: EventOf<"accepted">, moment: Moment): Change {
  const units = raisedUnits(verified.plan, reachedData(machine)).join(", ");
  const because = `the release has a lower data version of ${units} than the one that runs`;
  return refuse(machine, { type: "refused", refusal: { refusal: "one-way", because } }, moment);
}

/** The repository answered, whatever it said. */
export function pollEnded({ settings, memory }: Machine, moment: Moment, judged: Memory["judged"]): Partial<Memory> {
  const pollSeconds = settings.pollSeconds ?? memory.current?.pollSeconds;
  return {
    pollAtMs: moment.monotonicMs + (memory.isAsked ? 0 : pollDelayMs(pollSeconds, moment)),
    isAsked: false,
    contactAt: seconds(moment),
    failures: 0,
    polls: memory.polls + 1,
    pollTrouble: null,
    tips: null,
    judged,
  };
}

/** Whatever went wrong on the way: the site works on, and asks again later and later. */
function pollFailed({ settings, memory }: Machine, moment: Moment, reason: Reason, detail: string): Partial<Memory> {
  const failures = memory.failures + 1;
  const pollSeconds = settings.pollSeconds ?? memory.current?.pollSeconds;
  return {
    pollAtMs: moment.monotonicMs + (memory.isAsked ? 0 : retryDelayMs(failures, pollSeconds, moment)),
    isAsked: false,
    failures,
    polls: memory.polls + 1,
    pollTrouble: troubleOf(reason, detail, moment, memory.pollTrouble),
    tips: null,
    judged: null,
  };
}
