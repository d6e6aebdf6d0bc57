import { printable, reasons } from "../../core/index.ts";
import { distanceText, timeText } from "./time-text.ts";
import type { LiveStatus } from "./live-status.ts";
import type { StatusDocument } from "./status.ts";
import type { UnitProgress } from "./trial-progress.ts";

const WIDTH = 13;
/** Lists of objects and units are cut in text; `-o json` has them all. */
const LINES_MAX = 10;

/** For somebody who was woken: what runs, since when, what is wrong, what comes next and when. Plain text, one fact a line. */
export function statusText(status: StatusDocument, nowMs: number): string {
  const { live } = status;
  const rows: (readonly [string, readonly string[]])[] = [
    ["site", [`${status.site} of fleet ${status.fleet}`]],
    ["agent", agentLines(status)],
    ["runs", [runsText(status, nowMs)]],
    ["trial", live?.trial ? trialLines(live.trial, status) : []],
    ["waits", [waitsText(status, nowMs)]],
    ["wrong", wrongLines(status, nowMs)],
    ["paused", status.paused ? [`until ${timeText(status.paused.until, nowMs)}: ${printable(status.paused.why, 500)}`] : []],
    [
      "failed",
      status.failed.map(({ seq, reason }) => `seq ${seq}, ${reason}: not tried again before a higher seq or \`skerry agent retry\``),
    ],
    ["next", nextLines(status, nowMs)],
    ["fallback", [fallbackText(status)]],
    ["unprobed", cut(live?.unprobed.map((unit) => `${unit}: nothing asks whether it is well`) ?? [])],
    ["left over", cut(live?.leftOver.map((id) => `${id}: stays, because no release consented to its removal`) ?? [])],
    ["blocked", cut(live?.blocked.map(({ id, detail }) => `${id}: ${printable(detail)}`) ?? [])],
    ["trust", [status.trust === null ? "not read yet" : `version ${status.trust}`]],
  ];
  return rows.flatMap(([name, lines]) => lines.map((line, place) => `${(place === 0 ? `${name}:` : "").padEnd(WIDTH)}${line}`)).join("\n");
}

function agentLines({ isWorking, silence, state }: StatusDocument): readonly string[] {
  if (!isWorking) return ["DOES NOT RUN: start it, nothing is watched or repaired until then"];
  return silence === null ? [`works, state ${state}`] : [`works, but DOES NOT ANSWER: ${silence}; what follows is from its journal`];
}

function runsText({ running }: StatusDocument, nowMs: number): string {
  if (running === null) return "nothing yet";
  return `release ${running.release} (seq ${running.seq}, slot ${running.slot})${running.since === null ? "" : ` since ${timeText(running.since, nowMs)}`}`;
}

/** When a waiting release goes in is the first question at 3 a.m.; only the living agent knows for sure. */
function waitsText({ candidate, live, retryAt, state }: StatusDocument, nowMs: number): string {
  if (candidate === null) return "nothing";
  const release = `release ${candidate.release} (seq ${candidate.seq})`;
  if (live === null) return retryAt === null ? release : `${release}, interrupted; tried again from ${timeText(retryAt, nowMs)} on`;
  if (state === "APPLY" || state === "TRIAL" || state === "DRYRUN") return `${release} is going in now`;
  if (state === "FALLBACK" || state === "CHECK") return `nothing: the site goes back from ${release}`;
  const until = live.applyAt === null ? "" : ` until ${timeText(live.applyAt, nowMs)}`;
  const why = live.waits === "interrupted" ? reasons.interrupted : reasons[live.waits ?? live.reason];
  return `${release}${until}: ${why}`;
}

function trialLines(trial: NonNullable<LiveStatus["trial"]>, { candidate, running, state }: StatusDocument): readonly string[] {
  const release = (trial.of === "candidate" ? candidate : running)?.release;
  const unasked = trial.unaskedSeconds > 0 ? `, not able to ask for ${distanceText(trial.unaskedSeconds)}` : "";
  return [
    `release ${release}, watched for ${distanceText(trial.observedSeconds)}${unasked}`,
    ...cut(trial.units.map((unit) => unitLine(unit, state))),
  ];
}

function unitLine({ unit, health, detail, healthySeconds, quietSeconds, leftSeconds, isExcused }: UnitProgress, state: string): string {
  if (health === "unprobed") return `${unit}: unprobed, says nothing`;
  if (isExcused) return `${unit}: ${health}, was so before the release came and says nothing of it`;
  if (health === "healthy") return `${unit}: healthy for ${healthySeconds} of ${quietSeconds} s`;
  // Where the site is DEGRADED it has failed already, and nothing ends at the deadline.
  const until = state === "DEGRADED" ? "" : `, fails in ${distanceText(leftSeconds)}`;
  return `${unit}: ${health.toUpperCase()}${until}: ${printable(detail)}`;
}

function wrongLines({ live, reason, detail, isWorking, silence }: StatusDocument, nowMs: number): readonly string[] {
  const troubles = live?.troubles.map(
    (each) => `${each.reason} since ${timeText(each.since, nowMs)}: ${reasons[each.reason]} (${printable(each.detail, 500)})`,
  );
  const clock = live?.clockUnsure ? [`clock-unsure: ${reasons["clock-unsure"]}`] : [];
  const found = [...(troubles ?? []), ...clock];
  if (found.length > 0) return found;
  if (live !== null) return ["nothing"];
  // Words of progress, not of trouble.
  const isFine = reason === "committed" || reason === "staged" || reason === "not-started";
  const absent = isWorking && silence !== null ? "the agent does not answer" : "the agent does not run";
  return isFine ? [absent] : [absent, `${reason}: ${reasons[reason]} (${printable(detail, 500)})`];
}

function nextLines({ live, isWorking }: StatusDocument, nowMs: number): readonly string[] {
  if (live === null) return [isWorking ? "not known: the agent does not answer" : "nothing, until the agent is started"];
  return live.next.map(({ text, at }) => (at === null ? text : `${text} ${timeText(at, nowMs)}`));
}

/** A10: said before somebody needs it. */
function fallbackText({ live, previous, candidate }: StatusDocument): string {
  if (live !== null && live.fallbackTo !== null) return `possible, to release ${live.fallbackTo} (\`skerry agent fallback\`)`;
  if (live === null && previous !== null) return `release ${previous.release} is kept; the agent must run to go back to it`;
  if (previous !== null) return `not possible: release ${previous.release} is kept, but it cannot be read, or data was changed for good`;
  return `not possible, no-previous: ${candidate ? "the waiting release took its place" : "no other release is kept"}`;
}

function cut(lines: readonly string[]): readonly string[] {
  if (lines.length <= LINES_MAX) return lines;
  return [...lines.slice(0, LINES_MAX), `and ${lines.length - LINES_MAX} more (-o json has them all)`];
}
