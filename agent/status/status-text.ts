import { printable, reasons } from "../../core/index.ts";
import { isPinned } from "../machine/due.ts";
import type { Trouble } from "../machine/memory.ts";
import { utcText } from "../utc-text.ts";
import { distanceText, timeText } from "./time-text.ts";
import type { LiveStatus } from "./live-status.ts";
import type { StatusDocument } from "./status-document.ts";
import type { LastLook, UnitProgress } from "./trial-progress.ts";

const WIDTH = 13;
/** Lists of objects and units are cut in text; `-o json` has them all. */
const LINES_MAX = 10;

/** For somebody who was woken: what runs, since when, what is wrong, what comes next and when. Plain text, one fact a line. */
export function statusText(status: StatusDocument, nowMs: number): string {
  const { live } = status;
  const rows: (readonly [string, readonly string[]])[] = [
    ["site", [`${status.site} of fleet ${status.fleet}`]],
    ["agent", agentLines(status, nowMs)],
    ["runs", [runsText(status, nowMs)]],
    ["trial", live?.trial ? trialLines(live.trial, status) : []],
    ["health", live?.lastLook ? healthLines(live.lastLook, nowMs) : []],
    ["waits", [waitsText(status, nowMs)]],
    ["wrong", wrongLines(status, nowMs)],
    ["paused", status.paused ? [`until ${timeText(status.paused.until, nowMs)}: ${printable(status.paused.why, 500)}`] : []],
    [
      "failed",
      status.failed.map(({ seq, reason }) => `seq ${seq}, ${reason}: not tried again before a higher seq or \`skerry agent retry\``),
    ],
    ["next", nextLines(status, nowMs)],
    ["fallback", [fallbackText(status)]],
    ["unprobed", cut(live === null ? [] : unprobedLines(live))],
    ["left over", cut(live?.leftOver.map((id) => `${id}: stays, because no release consented to its removal`) ?? [])],
    ["blocked", cut(live?.blocked.map(({ id, detail }) => `${id}: ${printable(detail)}`) ?? [])],
    ["trust", [status.trust === null ? "not read yet" : `version ${status.trust}`]],
  ];
  return rows.flatMap(([name, lines]) => lines.map((line, place) => `${(place === 0 ? `${name}:` : "").padEnd(WIDTH)}${line}`)).join("\n");
}

function agentLines({ isWorking, silence, state, live, trust, lastSign }: StatusDocument, nowMs: number): readonly string[] {
  if (!isWorking) {
    const sign = lastSign === null ? "" : `; last sign of life ${timeText(lastSign, nowMs)}`;
    const ended = trust === null ? "" : `, ended in state ${state}${sign}`;
    return [`DOES NOT RUN${ended}: start it (\`systemctl start skerry-agent\`), nothing is watched or repaired until then`];
  }
  if (silence !== null) return [`works, but DOES NOT ANSWER: ${silence}; what follows is from its journal`];
  if (live?.isDegraded !== true) return [`works, state ${state}`];
  return [`works, state DEGRADED${state === "DEGRADED" ? "" : ` (in a poll: ${state})`}: going back did not help, or could not be done`];
}

function runsText({ running, candidate, failed, retryAt, state, journalFault }: StatusDocument, nowMs: number): string {
  if (journalFault !== null)
    return `not known: the journal is lost (${printable(journalFault)}), and made anew from the slots at the agent's next start`;
  if (running === null) {
    const isUnkept = state === "PROVISIONING" && candidate !== null && retryAt !== null;
    return isUnkept ? `nothing that counts yet; what release ${candidate.release} has put in place so far stays` : "nothing yet";
  }
  const release = `release ${running.release} (seq ${running.seq}, slot ${running.slot})`;
  // Only a release that was committed has a beginning; the one that a change of data holds the site on has none.
  if (running.since === null) return `${release}, though it was never well enough to be committed`;
  const since = `${release} since ${timeText(running.since, nowMs)}`;
  const newer = failed.filter(({ seq }) => seq > running.seq).at(-1);
  return newer === undefined ? since : `${since}, but for the time of seq ${newer.seq}, which failed`;
}

/** When a waiting release goes in is the first question at 3 a.m.; only the living agent knows for sure. */
function waitsText(status: StatusDocument, nowMs: number): string {
  const { candidate, live, retryAt, state, isWorking } = status;
  if (candidate === null) return "nothing";
  const release = `release ${candidate.release} (seq ${candidate.seq})`;
  if (state === "FALLBACK" || state === "CHECK") return `nothing: the site goes back from ${release}`;
  // It failed, and its slot is held until what it made was cleared away.
  if (isPinned(status)) return "nothing";
  const isGoingIn = state === "APPLY" || state === "TRIAL" || state === "DRYRUN";
  if (live === null) {
    if (isGoingIn) return `${release} was going in, and may be in place: it is tried again, or gone back from`;
    if (retryAt !== null) return `${release}, interrupted; tried again from ${timeText(retryAt, nowMs)} on`;
    return isWorking ? release : `${release}: goes in when the agent runs, in its window if it has one`;
  }
  if (isGoingIn) return `${release} is going in now`;
  if (live.waits === null)
    return `${release}: ${live.applyAt === null ? "it cannot go in as it is, and is looked at again" : "goes in next"}`;
  if (live.waits === "image-not-available") return `${release}: its images are not all here yet`;
  const until = live.applyAt === null ? "" : ` until ${timeText(live.applyAt, nowMs)}`;
  return `${release}${until}: ${reasons[live.waits]}`;
}

/** At rest nobody asks: a unit that fell ill since then is not known to be. */
function healthLines({ at, units }: LastLook, nowMs: number): readonly string[] {
  if (at === null) return ["not asked since the agent began; it asks while a release is on trial"];
  const asked = `when asked last, ${timeText(at, nowMs)}`;
  const unwell = units.filter(({ health }) => health !== "healthy" && health !== "unprobed");
  if (unwell.length === 0) return [`every unit that can be asked was healthy ${asked}`];
  return cut(
    unwell.map(
      (unit) =>
        `${unit.unit}: ${unit.health.toUpperCase()} ${asked}${unit.isExcused ? ", and before this release came" : ""}: ${printable(unit.detail)}`,
    ),
  );
}

/** What to write into agent.json, where that is what is missing. */
function unprobedLines({ unprobed, missingServices }: LiveStatus): readonly string[] {
  const missing = missingServices.map(
    ({ unit, service }) => `${unit}: \`services\` in agent.json has no URL for ${service}, so its probe asks nothing`,
  );
  const unmapped = new Set(missingServices.map(({ unit }) => unit));
  return [...missing, ...unprobed.filter((unit) => !unmapped.has(unit)).map((unit) => `${unit}: nothing asks whether it is well`)];
}

function trialLines(trial: NonNullable<LiveStatus["trial"]>, { candidate, running, live }: StatusDocument): readonly string[] {
  const release = (trial.of === "candidate" ? candidate : running)?.release;
  const unasked = trial.unaskedSeconds > 0 ? `, not able to ask for ${distanceText(trial.unaskedSeconds)}` : "";
  return [
    `release ${release}, watched for ${distanceText(trial.observedSeconds)}${unasked}`,
    ...cut(trial.units.map((unit) => unitLine(unit, live?.isDegraded === true))),
  ];
}

function unitLine(progress: UnitProgress, isDegraded: boolean): string {
  const { unit, health, detail, healthySeconds, quietSeconds, leftSeconds, isExcused } = progress;
  if (health === "unprobed") return `${unit}: unprobed, says nothing`;
  if (isExcused)
    return `${unit}: ${health}${health === "healthy" ? "; it was not" : ", was so"} before the release came and says nothing of it`;
  if (health === "healthy") return `${unit}: healthy for ${healthySeconds} of ${quietSeconds} s`;
  // Where the site is DEGRADED it has failed already, and nothing ends at the deadline.
  const until = isDegraded ? "" : `, fails in ${distanceText(leftSeconds)}`;
  return `${unit}: ${health.toUpperCase()}${until}: ${printable(detail)}`;
}

function wrongLines(status: StatusDocument, nowMs: number): readonly string[] {
  const { live, reason, detail, isWorking, silence, failed } = status;
  if (live !== null) {
    const found = live.troubles.map((each) => troubleLine(each, nowMs));
    // After a restart the mark alone is left of it, and nobody noted when.
    const isMarked = failed.some((mark) => mark.reason === reason) && !live.troubles.some((each) => each.reason === reason);
    if (isMarked) found.push(`${reason}: ${reasons[reason]} (${printable(detail, 500)})`);
    if (live.clockUnsure) found.push(clockText(live, nowMs));
    return found.length > 0 ? found : ["nothing"];
  }
  const absent = isWorking && silence !== null ? "the agent does not answer" : "the agent does not run";
  const look = `${absent}; \`journalctl -u skerry-agent\` says why`;
  if (status.lastPoll !== null && status.lastPoll.troubles.length > 0)
    return [look, ...status.lastPoll.troubles.map((each) => troubleLine(each, nowMs))];
  // Words of progress, not of trouble.
  const isFine = reason === "committed" || reason === "staged" || reason === "not-started" || reason === "retired";
  return isFine ? [look] : [look, `${reason}: ${reasons[reason]} (${printable(detail, 500)})`];
}

function troubleLine({ reason, detail, since }: Trouble, nowMs: number): string {
  return `${reason} since ${timeText(since, nowMs)}: ${reasons[reason]} (${printable(detail, 500)})`;
}

/** Both times, because either may be the wrong one. */
function clockText({ signedTime }: LiveStatus, nowMs: number): string {
  return `clock-unsure: ${reasons["clock-unsure"]} (the clock says ${utcText(nowMs / 1000)}, and something was signed at ${timeText(signedTime, nowMs)})`;
}

function nextLines(status: StatusDocument, nowMs: number): readonly string[] {
  const { live, isWorking } = status;
  if (live !== null) return live.next.map(({ text, at }) => (at === null ? text : `${text} ${timeText(at, nowMs)}`));
  return [isWorking ? "not known: the agent does not answer" : `nothing, until the agent is started; then it ${firstStep(status)}`];
}

/** What a start does by the journal alone. */
function firstStep({ state, running, candidate, journalFault }: StatusDocument): string {
  if (journalFault !== null) return "makes the journal anew from the slots";
  if (state === "RETIRED") return "follows no release: the site is retired";
  if (state === "APPLY" || state === "TRIAL") {
    const orBack = running === null ? "" : `, or goes back to release ${running.release} when that was tried three times`;
    return `puts release ${candidate?.release} in place again and watches it${orBack}`;
  }
  if (running === null) return "asks for news";
  if (state === "FALLBACK" || state === "CHECK") return `puts release ${running.release} back, and looks whether it is healthy`;
  if (state === "DEGRADED") return `puts release ${running.release} in place again, and asks for news`;
  return `looks whether release ${running.release} is still in place, and asks for news`;
}

/** A10: said before somebody needs it. */
function fallbackText(status: StatusDocument): string {
  const { live, running, previous, candidate, state, isWorking } = status;
  if (live !== null) {
    if (live.fallbackTo !== null) return `possible, to release ${live.fallbackTo} (\`skerry agent fallback\`)`;
    return live.noWayBack === null ? "not possible" : `not possible, ${live.noWayBack.reason}: ${live.noWayBack.why}`;
  }
  const must = isWorking ? "answer" : "run";
  if (state === "RETIRED") return "not possible, retired: the site is retired";
  if ((state === "APPLY" || state === "TRIAL") && running !== null)
    return `release ${running.release} is kept; the agent must ${must} to go back to it`;
  if (previous !== null) return `release ${previous.release} is kept; the agent must ${must} to go back to it`;
  if (running === null) return "not possible, no-previous: nothing ran here before";
  return `not possible, no-previous: ${candidate === null || isPinned(status) ? "no other release is kept" : "the waiting release took its place"}`;
}

function cut(lines: readonly string[]): readonly string[] {
  if (lines.length <= LINES_MAX) return lines;
  return [...lines.slice(0, LINES_MAX), `and ${lines.length - LINES_MAX} more (-o json has them all)`];
}
