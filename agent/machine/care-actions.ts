import type { JournalSlot } from "../../wire/index.ts";
import type { Change } from "./action.ts";
import { DRIFT_MS, firstPollDelayMs } from "./back-off.ts";
import type { EventOf, Started } from "./event.ts";
import { type Machine, type Moment, troubleOf } from "./state.ts";

/** Starting, and keeping the target as the current slot says. */

const HOUR_MS = 3_600_000;

/** Every start goes through here, whatever the row does besides. */
export function begin({ settings, journal }: Machine, event: Started, moment: Moment): Change {
  const waitMs = event.now || journal.current === null ? 0 : firstPollDelayMs(settings.pollSeconds ?? event.current?.pollSeconds, moment);
  return {
    // A person waits: what was put off is tried now.
    journal: event.now && journal.candidate !== null ? { retryAt: null } : {},
    memory: {
      boot: event.boot,
      current: event.current,
      candidate: event.candidate,
      currentIsVoid: journal.current !== null && event.current === null,
      reported: event.reported,
      repaired: event.reported?.drift.repaired ?? 0,
      pollAtMs: moment.monotonicMs + waitMs,
      driftAtMs: moment.monotonicMs,
      unsureAtMs: moment.monotonicMs + HOUR_MS,
    },
  };
}

export function heal({ journal }: Machine, _event: unknown, moment: Moment): Change {
  return {
    memory: { healing: true, driftAtMs: moment.monotonicMs + DRIFT_MS },
    effects: [{ do: "heal", slot: journal.current as JournalSlot }],
  };
}

export function healed({ memory }: Machine, { repaired }: EventOf<"healed">): Change {
  return { memory: { healing: false, repaired: memory.repaired + repaired, care: null } };
}

export function healFailed({ memory }: Machine, { reason, detail, slotIsVoid }: EventOf<"heal-failed">, moment: Moment): Change {
  const care = troubleOf(reason, detail, moment, memory.care);
  // A slot that rots is the one thing that healing cannot mend: the release is fetched again.
  const refetch = slotIsVoid ? { currentIsVoid: true, judged: null, pollAtMs: moment.monotonicMs } : {};
  return { memory: { healing: false, care, ...refetch } };
}

/** A11: hours of an unsure clock are summed across restarts, so an hour is one write. */
export function countUnsure({ journal }: Machine, _event: unknown, moment: Moment): Change {
  return { journal: { unsureSeconds: journal.unsureSeconds + HOUR_MS / 1000 }, memory: { unsureAtMs: moment.monotonicMs + HOUR_MS } };
}
