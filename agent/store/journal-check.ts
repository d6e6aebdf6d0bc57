import { limits } from "../../core/index.ts";
import type { Journal } from "../../wire/index.ts";
import { CLOCK_END_SECONDS } from "../machine/moment.ts";

/** Far above any real count, and far enough below the largest safe integer to continue counting. */
const COUNT_MAX = 2 ** 50;

/** A pause or a retry is at most a day ahead. */
const SECONDS_MAX = CLOCK_END_SECONDS + 2 * 86_400;

/**
 * A combination of values that no agent writes, although every field is valid and the digest fits; else undefined. Somebody who can write the
 * journal can also compute its digest, so such a record counts as damaged: the other record is used, or the journal is rebuilt from the slots.
 */
export function journalAbsurdity(journal: Journal): string | undefined {
  return countFault(journal) ?? timeFault(journal) ?? slotFault(journal) ?? stateFault(journal);
}

function countFault({ record, starts, interruptions = 0, counter, unsureSeconds, trust }: Journal): string | undefined {
  const counts = { record, starts, interruptions, counter, unsureSeconds };
  const found = Object.entries(counts).find(([, count]) => count > COUNT_MAX);
  if (found !== undefined) return `${found[0]} is ${found[1]}, more than an agent can count`;
  if (trust.version > limits.trustVersions) return `trust.version is ${trust.version}, but at most ${limits.trustVersions} is possible`;
  return undefined;
}

function timeFault({ retryAt, paused, signedTime }: Journal): string | undefined {
  const times = { retryAt: retryAt ?? 0, "paused.until": paused?.until ?? 0, signedTime };
  const found = Object.entries(times).find(([, seconds]) => seconds > SECONDS_MAX);
  return found && `${found[0]} is ${found[1]}, after the year 2099`;
}

function slotFault({ current, candidate, previous }: Journal): string | undefined {
  const slots = Object.entries({ current, candidate, previous }).flatMap(([name, slot]) =>
    slot === null ? [] : [{ name, slot: slot.slot }],
  );
  const twins = slots.flatMap((one, at) => slots.slice(at + 1).flatMap((other) => (one.slot === other.slot ? [[one, other]] : [])))[0];
  return twins && `${twins[0]?.name} and ${twins[1]?.name} are both in slot ${twins[0]?.slot}`;
}

/** Before the first COMMIT nothing is current; APPLY and TRIAL need a candidate. */
function stateFault({ state, current, candidate }: Journal): string | undefined {
  const isGoingIn = state === "APPLY" || state === "TRIAL";
  if (isGoingIn && candidate === null) return `the state is ${state}, but there is no candidate`;
  if (state === "PROVISIONING" && current !== null) return "the state is PROVISIONING, but there is a current release";
  if (!isGoingIn && state !== "PROVISIONING" && current === null) return `the state is ${state}, but there is no current release`;
  return undefined;
}
