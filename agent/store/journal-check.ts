import { limits } from "../../core/index.ts";
import type { Journal } from "../../wire/index.ts";
import { CLOCK_END_SECONDS } from "../machine/moment.ts";

/** Far above what an agent counts in its life, and far enough below what a number holds to count on from it. */
const COUNT_MAX = 2 ** 50;

/** A pause or a retry lies a day ahead at most. */
const SECONDS_MAX = CLOCK_END_SECONDS + 2 * 86_400;

/**
 * What no agent writes, though every field is right by itself and the digest fits; undefined when there is nothing. Whoever can write the
 * journal can make its digest too, so such a record counts as damaged: the other one is taken, or the state is rebuilt from the slots.
 */
export function journalAbsurdity(journal: Journal): string | undefined {
  return countFault(journal) ?? timeFault(journal) ?? slotFault(journal) ?? stateFault(journal);
}

function countFault({ record, starts, interruptions = 0, counter, unsureSeconds, trust }: Journal): string | undefined {
  const counts = { record, starts, interruptions, counter, unsureSeconds };
  const found = Object.entries(counts).find(([, count]) => count > COUNT_MAX);
  if (found !== undefined) return `${found[0]} is ${found[1]}, which no agent reaches`;
  if (trust.version > limits.trustVersions) return `trust.version is ${trust.version}, and there are at most ${limits.trustVersions}`;
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

/** Before the first COMMIT nothing is current; a release that goes in has a slot. */
function stateFault({ state, current, candidate }: Journal): string | undefined {
  const isGoingIn = state === "APPLY" || state === "TRIAL";
  if (isGoingIn && candidate === null) return `the state is ${state}, and no release is on its way`;
  if (state === "PROVISIONING" && current !== null) return "the state is PROVISIONING, and a release runs";
  if (!isGoingIn && state !== "PROVISIONING" && current === null) return `the state is ${state}, and no release runs`;
  return undefined;
}
