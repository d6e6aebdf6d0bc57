import type { Reason } from "../../core/index.ts";
import type { Change } from "./action.ts";
import { NOTE_MS, pollDelayMs, retryDelayMs } from "./back-off.ts";
import type { EventOf, TrustWalked } from "./event.ts";
import { raisedUnits, reachedData } from "./guards.ts";
import type { Memory } from "./memory.ts";
import { type Machine, seconds, troubleOf } from "./state.ts";
import type { Moment } from "./moment.ts";
import { adoptTrust } from "./trust-adoption.ts";

/** A poll: fetch, verify the trust branch, judge the commit. */

/** A2: the note at most once a day, also after a failed fetch, because it only causes warnings. */
export function fetch({ memory }: Machine, _event: unknown, moment: Moment): Change {
  const withNote = moment.monotonicMs >= memory.noteAtMs;
  const noteAtMs = withNote ? moment.monotonicMs + NOTE_MS : memory.noteAtMs;
  return { memory: { tips: null, noteAtMs }, effects: [{ do: "fetch", withNote }] };
}

/** A person is waiting: postponed work is tried now. */
export function pollSoon(_machine: Machine, _event: unknown, moment: Moment): Change {
  return { journal: { retryAt: null }, memory: { pollAtMs: moment.monotonicMs, retryAtMs: 0, pullAtMs: moment.monotonicMs } };
}

export function pollAgain(): Change {
  return { memory: { isAsked: true } };
}

/** An idle poll changes only memory. */
export function nothingNew(machine: Machine, { tips }: EventOf<"fetched">, moment: Moment): Change {
  return { memory: pollEnded(machine, moment, tips) };
}

/** Nothing was judged, so the next poll judges the tips again. */
export function failPoll(machine: Machine, { reason, detail }: EventOf<"poll-failed">, moment: Moment): Change {
  return { memory: pollFailed(machine, moment, reason, detail) };
}

/** Fetches everything again, once; a second failure is the server's fault. */
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

/** The tips count as judged, so that the same broken branch is not verified at every poll. */
export function trustBroken(machine: Machine, event: TrustWalked, moment: Moment): Change {
  const { journal, memory } = adoptTrust(machine, event);
  const detail = event.broken?.because ?? `trust version ${journal.trust.version} was accepted before, but the branch does not have it`;
  const trustTrouble = troubleOf("trust-broken", detail, moment, machine.memory.trustTrouble);
  return { journal, memory: { ...memory, ...pollEnded(machine, moment, memory.tips), trustTrouble } };
}

/** A missing ref changes nothing at the site. Before the first release it is the normal state of a new box. */
export function refMissing(machine: Machine, event: TrustWalked, moment: Moment): Change {
  const { journal, memory } = adoptTrust(machine, event);
  const refused = memory.tips?.refused;
  // The trust branch was still processed. Objects that git rejected are not fetched again at the next poll but with back-off.
  if (refused)
    return { journal, memory: { ...memory, ...pollFailed(machine, moment, refused.reason, refused.detail), trustTrouble: null } };
  const reason: Reason = journal.seen === null ? "not-promoted-yet" : "ref-missing";
  const refusal = troubleOf(reason, `the repository has no ref for site ${machine.settings.site}`, moment, machine.memory.refusal);
  return { journal, memory: { ...memory, ...pollEnded(machine, moment, memory.tips), trustTrouble: null, refusal } };
}

/** An earlier refusal ends when the ref points to an accepted commit again. */
export function noNews(machine: Machine, event: TrustWalked, moment: Moment): Change {
  const { journal, memory } = adoptTrust(machine, event);
  return { journal, memory: { ...memory, ...pollEnded(machine, moment, memory.tips), trustTrouble: null, refusal: null } };
}

/** After a restart only the journal knows the refusal; its detail was lost with the old process. */
export function refusedBefore(machine: Machine, event: TrustWalked, moment: Moment): Change {
  const { journal, memory } = adoptTrust(machine, event);
  const refused = journal.refused as NonNullable<typeof journal.refused>;
  const refusal =
    memory.refusal ?? troubleOf(refused.reason, `commit ${refused.commit} was refused before the agent's last start`, moment, null);
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

/** Not pinned, because the tag may arrive later, and the agent may be upgraded. */
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

/** The same commit is judged again at the next poll, when the requested fallback no longer needs the other slot. */
export function judgeLater(machine: Machine, _event: unknown, moment: Moment): Change {
  return { memory: pollEnded(machine, moment, null) };
}

/** A19. */
export function refuseOneWay(machine: Machine, { verified }: EventOf<"accepted">, moment: Moment): Change {
  const units = raisedUnits(verified.plan, reachedData(machine)).join(", ");
  const because = `the release has a lower data version of ${units} than the site's data`;
  return refuse(machine, { type: "refused", refusal: { refusal: "one-way", because } }, moment);
}

/** After any answer of the repository. */
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

/** After any fault of a poll: the site is not affected, and the next poll waits with back-off. */
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
