import { Cron } from "croner";
import type { PlanWindow } from "../wire/index.ts";

/** Whether the window is open at `wallMs`, and when it opens next (wall time; undefined when it never does again). */
export interface Opening {
  readonly isOpen: boolean;
  readonly nextMs: number | undefined;
}

/** A window is a cron start, a length and a zone. croner skips or repeats hours of a zone's clock change as ISC cron does. */
export function openingOf(window: PlanWindow, wallMs: number): Opening {
  const cron = new Cron(window.cron, { timezone: window.timeZone, paused: true });
  const now = new Date(wallMs);
  // previousRuns excludes a run at exactly this millisecond.
  const last = cron.previousRuns(1, new Date(wallMs + 1))[0];
  const isOpen = last !== undefined && wallMs < last.getTime() + window.minutes * 60_000;
  return { isOpen, nextMs: cron.nextRun(now)?.getTime() };
}

/** undefined when croner can read it: the plan's reader knows only the grammar. */
export function windowFault(window: PlanWindow): string | undefined {
  try {
    openingOf(window, 0);
    return undefined;
  } catch (error) {
    return `agent.window: ${(error as Error).message}`;
  }
}
