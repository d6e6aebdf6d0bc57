import type { Reason } from "../../core/index.ts";
import type { EventOf } from "./event.ts";
import { isPinned } from "./due.ts";
import { ableToGoBack, raisedUnits } from "./guards.ts";
import { utcText } from "../utc-text.ts";
import type { Machine } from "./state.ts";

/** The answer to a command of a person at the box (A24). */
export interface PeopleAnswer {
  readonly ok: boolean;
  readonly reason: Reason | null;
  readonly text: string;
}

export type PeopleEvent = EventOf<"poll-asked" | "pause-asked" | "resume-asked" | "retry-asked" | "fallback-asked">;

/** `before` and `after`: the machine before and after the step that the command caused. */
export function answerTo(event: PeopleEvent, before: Machine, after: Machine): PeopleAnswer {
  switch (event.type) {
    case "poll-asked":
      return before.phase === "RETIRED" ? RETIRED : done("The agent polls the repository now.");
    case "pause-asked":
      return done(
        `Paused until ${utcText(after.journal.paused?.until ?? 0)}: no repair and no new release until then; a release that is being applied continues.`,
      );
    case "resume-asked":
      return before.journal.paused === null ? done("The agent was not paused.") : done("The pause is over.");
    case "retry-asked":
      return before.phase === "RETIRED" ? RETIRED : retried(before);
    case "fallback-asked":
      return ableToGoBack(before) ? done(`Going back to release ${goalOf(before)}.`) : refused(before);
  }
}

function retried({ journal }: Machine): PeopleAnswer {
  const isMarked = journal.failed.some(({ seq }) => seq === (journal.candidate ?? journal.seen)?.seq);
  if (!isMarked && journal.refused === null && journal.retryAt === null)
    return done(
      `The newest release was not refused or failed; the agent polls again${journal.paused === null ? "" : ", and applies nothing before the pause ends"}.`,
    );
  return done(`The newest release is applied again${journal.paused === null ? "" : " when the pause ends"}, in its window if it has one.`);
}

/** During APPLY and TRIAL the agent goes back to the current release, otherwise to the previous one. */
function goalOf({ phase, journal }: Machine): number | undefined {
  return (phase === "TRIAL" || phase === "APPLY" ? journal.current : journal.previous)?.release;
}

function refused(machine: Machine): PeopleAnswer {
  const { reason, why } = noWayBack(machine);
  return {
    ok: false,
    reason,
    text: reason === "no-previous" ? `There is no previous release to go back to: ${why}.` : `The site cannot go back: ${why}.`,
  };
}

/** Why the site cannot go back now. Call it only when it cannot. */
export function noWayBack({ phase, journal, memory }: Machine): { readonly reason: Reason; readonly why: string } {
  const isGoingIn = phase === "APPLY" || phase === "TRIAL";
  const [from, to] = isGoingIn ? [memory.candidate, memory.current] : [memory.current, memory.previous];
  const goal = isGoingIn ? journal.current : journal.previous;
  const raised = from && to ? raisedUnits(to, from) : [];
  if (phase === "RETIRED" || from?.retired) return { reason: "retired", why: "the site is retired" };
  if (raised.length > 0)
    return {
      reason: "one-way",
      why: `the data of ${raised.join(", ")} was changed irreversibly, and release ${goal?.release} cannot read it`,
    };
  if (phase === "FALLBACK" || phase === "CHECK") return { reason: "no-previous", why: "the site is already going back" };
  if (goal !== null) return { reason: "no-previous", why: `release ${goal.release} is kept, but its slot cannot be read` };
  if (journal.current === null) return { reason: "no-previous", why: "nothing ran here before" };
  const isWaiting = journal.candidate !== null && !isPinned(journal);
  return { reason: "no-previous", why: isWaiting ? "the waiting release uses its slot" : "no other release is kept" };
}

const RETIRED: PeopleAnswer = { ok: false, reason: "retired", text: "The site is retired, and the agent follows no release." };

function done(text: string): PeopleAnswer {
  return { ok: true, reason: null, text };
}
