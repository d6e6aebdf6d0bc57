import type { Reason } from "../../core/index.ts";
import type { EventOf } from "./event.ts";
import { ableToGoBack, raisedUnits } from "./guards.ts";
import type { Machine } from "./state.ts";

/** What a person at the box is told (A24). */
export interface Answer {
  readonly ok: boolean;
  readonly reason: Reason | null;
  readonly text: string;
}

export type PeopleEvent = EventOf<"poll-asked" | "pause-asked" | "resume-asked" | "retry-asked" | "fallback-asked">;

/** `before` and `after`: the machine on both sides of the step that the word caused. */
export function answerTo(event: PeopleEvent, before: Machine, after: Machine): Answer {
  switch (event.type) {
    case "poll-asked":
      return done("The agent asks for news now.");
    case "pause-asked":
      return done(
        `Paused until ${timeOf(after.journal.paused?.until ?? 0)}: no repair and no new release until then; what is under way goes on.`,
      );
    case "resume-asked":
      return before.journal.paused === null ? done("The agent was not paused.") : done("The agent works again.");
    case "retry-asked":
      return retried(before);
    case "fallback-asked":
      return ableToGoBack(before) ? done(`Going back to release ${goalOf(before)}.`) : refused(before);
  }
}

function retried({ journal }: Machine): Answer {
  const isMarked = journal.failed.some(({ seq }) => seq === (journal.candidate ?? journal.seen)?.seq);
  if (!isMarked && journal.refused === null && journal.retryAt === null)
    return done("Nothing stood against the newest release; it is asked for again.");
  return done("The newest release is tried again; it waits for its window.");
}

/** On trial the current release is what is gone back to; at rest it is the previous one. */
function goalOf({ phase, journal }: Machine): number | undefined {
  return (phase === "TRIAL" || phase === "APPLY" ? journal.current : journal.previous)?.release;
}

function refused({ phase, journal, memory }: Machine): Answer {
  const isGoingIn = phase === "TRIAL" || phase === "APPLY";
  const [from, to] = isGoingIn ? [memory.candidate, memory.current] : [memory.current, memory.previous];
  const raised = from && to ? raisedUnits(to, from) : [];
  if (raised.length > 0) {
    return {
      ok: false,
      reason: "one-way",
      text: `The release changed the data of ${raised.join(", ")} for good; the previous one cannot read it.`,
    };
  }
  const why = journal.candidate === null ? "there is none" : "the release that waits took its slot";
  return { ok: false, reason: "no-previous", text: `There is no previous release to go back to: ${why}.` };
}

function done(text: string): Answer {
  return { ok: true, reason: null, text };
}

function timeOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(".000", "");
}
