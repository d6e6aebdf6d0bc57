import { Cron } from "croner";
import { amount, quoted } from "../../core/index.ts";
import type { RuleViolation } from "../text/rule-violation.ts";

/** One week. A site that needs longer should have no window. */
export const WINDOW_MINUTES_MAX = 7 * 24 * 60;
// A month and a few days: with rarer windows urgent fixes would arrive too late.
const SHUT_DAYS_MAX = 35;
const DAY_MS = 86_400_000;
// A fixed year whose February has 28 days, so that the result does not depend on the current date.
const FROM = Date.UTC(2027, 0, 1);
// Twice the longest window, so that every overlap is found.
const LOOK_MS = 15 * DAY_MS;
// Enough openings to find the shortest gap of a window that opens every few minutes.
const OPENINGS_MAX = 50;

/** Five fields of digits, names, `* , - / # L`. `?` is refused, because the library reads it as the current time. */
export function cronRule(text: string): RuleViolation | undefined {
  const next = 'write five fields, minute hour day month weekday: "0 2 * * *" is every day at 02:00';
  if (text.startsWith("@") || text.trim().split(/\s+/).length !== 5) {
    return { code: "bad-cron", message: `cron ${quoted(text)} does not have five fields`, next };
  }
  if (!/^[0-9A-Za-z*,/# -]+$/.test(text))
    return { code: "bad-cron", message: `cron ${quoted(text)} holds a character that is not allowed`, next };
  try {
    schedule(text);
    return undefined;
  } catch (error) {
    const reason = (error as Error).message.replace(/^CronPattern: /, "");
    return { code: "bad-cron", message: `cron ${quoted(text)} cannot be read: ${reason}`, next };
  }
}

/** A window must open at least every 35 days and close before it opens again. The cron expression is valid. */
export function windowFault(cron: string, minutes: number): RuleViolation | undefined {
  return seldomFault(cron) ?? endlessFault(cron, minutes);
}

// Only the day fields matter, so one opening a day is enough. Time zones shift days by one at most, which does not change the gaps.
function seldomFault(cron: string): RuleViolation | undefined {
  const [, , day, month, weekday] = cron.trim().split(/\s+/) as [string, string, string, string, string];
  if (day === "*" && month === "*" && weekday === "*") return undefined;
  const days = schedule(`0 0 ${day} ${month} ${weekday}`);
  const next = 'open it at least once a month: "0 2 1 * *" is the first of each month at 02:00';
  for (let before = FROM; before < FROM + 400 * DAY_MS; ) {
    const opening = days.nextRun(new Date(before))?.getTime();
    if (opening === undefined) return { code: "window-never-opens", message: `no day matches the window's cron ${quoted(cron)}`, next };
    const shutDays = Math.round((opening - before) / DAY_MS);
    if (shutDays > SHUT_DAYS_MAX) {
      const message = `the window ${quoted(cron)} stays closed for ${shutDays} days (${dayOf(before)} to ${dayOf(opening)}); at most ${SHUT_DAYS_MAX} are allowed`;
      return { code: "window-opens-too-seldom", message, next };
    }
    before = opening;
  }
  return undefined;
}

// Overlaps are refused even when the window closes at times: they are most likely a mistake.
function endlessFault(cron: string, minutes: number): RuleViolation | undefined {
  const openings = schedule(cron);
  let opening = openings.nextRun(new Date(FROM));
  for (let count = 0; opening && opening.getTime() < FROM + LOOK_MS && count < OPENINGS_MAX; count++) {
    const next = openings.nextRun(opening);
    if (!next) return undefined;
    const gapMinutes = (next.getTime() - opening.getTime()) / 60_000;
    if (minutes >= gapMinutes) return overlap(minutes, gapMinutes);
    opening = next;
  }
  return undefined;
}

function overlap(minutes: number, gapMinutes: number): RuleViolation {
  return {
    code: "window-overlaps-itself",
    message: `the window lasts ${amount(minutes, "minute")} and opens again after ${gapMinutes}, before it has closed`,
    next: `make it shorter than ${amount(gapMinutes, "minute")}; for a site without a window leave the field out`,
  };
}

// By offset, not by time zone: the gaps are the same, and the library does not use the system's time zone data.
function schedule(cron: string): Cron {
  return new Cron(cron, { utcOffset: 0, mode: "5-part" });
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
