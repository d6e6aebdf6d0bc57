import { printable, reasons } from "../../core/index.ts";
import { isPinned } from "../machine/due.ts";
import type { Trouble } from "../machine/memory.ts";
import type { StartCommand } from "../local/start-command.ts";
import { utcText } from "../utc-text.ts";
import { distanceText, timeText } from "./time-text.ts";
import type { LiveStatus } from "./live-status.ts";
import type { StatusDocument } from "./status-document.ts";
import type { LastCheck, UnitProgress } from "./trial-progress.ts";

const WIDTH = 13;
/** Longer lists of objects and units are cut in text; `-o json` has them all. */
const LINES_MAX = 10;

/** For a person on call: what runs, since when, what is wrong, what happens next and when. Plain text, one fact per line. */
export function statusText(status: StatusDocument, nowMs: number, command: StartCommand): string {
  const { live } = status;
  const rows: (readonly [string, readonly string[]])[] = [
    ["site", [`${status.site} of fleet ${status.fleet}`]],
    ["agent", agentLines(status, nowMs, command)],
    ["runs", [runsText(status, nowMs)]],
    ["trial", live?.trial ? trialLines(live.trial, status) : []],
    ["health", live?.lastLook ? healthLines(live.lastLook, nowMs) : []],
    ["waits", [waitsText(status, nowMs)]],
    ["wrong", wrongLines(status, nowMs, command)],
    ["paused", status.paused ? [`until ${timeText(status.paused.until, nowMs)}: ${printable(status.paused.why, 500)}`] : []],
    [
      "failed",
      stillFailed(status).map(
        ({ seq, reason }) => `seq ${seq}, ${reason}: not applied again before a higher seq or \`skerry agent retry\``,
      ),
    ],
    ["next", nextLines(status, nowMs)],
    ["fallback", [fallbackText(status)]],
    ["unprobed", cut(live === null ? [] : unprobedLines(live))],
    ["services", cut(live === null ? [] : partlyProbedLines(live))],
    ["left over", cut(live?.leftOver.map((id) => `${id}: kept, because no release consents to its removal`) ?? [])],
    ["blocked", cut(live?.blocked.map(({ id, detail }) => `${id}: ${printable(detail)}`) ?? [])],
    ["trust", [status.trust === null ? "not read yet" : `version ${status.trust}`]],
  ];
  return rows.flatMap(([name, lines]) => lines.map((line, place) => `${(place === 0 ? `${name}:` : "").padEnd(WIDTH)}${line}`)).join("\n");
}

/** A release older than the running one is not applied again in any case; `-o json` has it all the same. */
function stillFailed({ failed, running }: StatusDocument): StatusDocument["failed"] {
  return failed.filter(({ seq }) => running === null || seq >= running.seq);
}

function agentLines(
  { isWorking, silence, state, live, trust, lastSign }: StatusDocument,
  nowMs: number,
  { start }: StartCommand,
): readonly string[] {
  if (!isWorking) {
    const sign = lastSign === null ? "" : `; last sign of life ${timeText(lastSign, nowMs)}`;
    const ended = trust === null ? "" : `, stopped in state ${state}${sign}`;
    return [`DOES NOT RUN${ended}: start it (${start}); nothing is watched or repaired until then`];
  }
  if (silence !== null) return [`runs, but DOES NOT ANSWER: ${silence}; the rest of this status is from its journal`];
  if (live?.isDegraded !== true) return [`runs, state ${state}`];
  return [`runs, state DEGRADED${state === "DEGRADED" ? "" : ` (during a poll: ${state})`}: going back failed or was not possible`];
}

function runsText({ running, candidate, failed, retryAt, state, journalFault }: StatusDocument, nowMs: number): string {
  if (journalFault !== null)
    return `not known: the journal cannot be read (${printable(journalFault)}); the agent rebuilds it from the slots at its next start`;
  if (running === null) {
    const isUnkept = state === "PROVISIONING" && candidate !== null && retryAt !== null;
    return isUnkept ? `no committed release yet; what release ${candidate.release} has applied so far stays` : "nothing yet";
  }
  const release = `release ${running.release} (seq ${running.seq}, slot ${running.slot})`;
  // Only a committed release has a start time. A failed release that the site cannot go back from has none.
  if (running.since === null) return `${release}, never committed because it did not become healthy`;
  const since = `${release} since ${timeText(running.since, nowMs)}`;
  const newer = failed.filter(({ seq }) => seq > running.seq).at(-1);
  return newer === undefined ? since : `${since}, except while seq ${newer.seq} was applied, which failed`;
}

/** When a waiting release will be applied is the first question at 3 a.m.; only the running agent knows for certain. */
function waitsText(status: StatusDocument, nowMs: number): string {
  const { candidate, live, retryAt, state, isWorking } = status;
  if (candidate === null) return "nothing";
  const release = `release ${candidate.release} (seq ${candidate.seq})`;
  if (state === "FALLBACK" || state === "CHECK") return `nothing: the site is going back from ${release}`;
  // It failed. Its slot is kept until the objects that it created are removed.
  if (isPinned(status)) return "nothing";
  const isGoingIn = state === "APPLY" || state === "TRIAL" || state === "DRYRUN";
  if (live === null) {
    if (isGoingIn) return `${release} was being applied when the agent stopped; the agent applies it again or goes back`;
    if (retryAt !== null) return `${release}, interrupted; applied again after ${timeText(retryAt, nowMs)}`;
    return isWorking ? release : `${release}: applied when the agent runs, in its window if it has one`;
  }
  if (isGoingIn) return `${release} is being applied now`;
  if (live.waits === null)
    return `${release}: ${live.applyAt === null ? "it cannot be applied as it is, and is checked again" : "applied next"}`;
  if (live.waits === "image-not-available") return `${release}: not all of its images are on this box yet`;
  const until = live.applyAt === null ? "" : ` until ${timeText(live.applyAt, nowMs)}`;
  return `${release}${until}: ${reasons[live.waits]}`;
}

/** Outside of a trial nothing is checked, so a unit that failed since the last check still shows its old health. */
function healthLines({ at, units }: LastCheck, nowMs: number): readonly string[] {
  if (at === null) return ["not checked since the agent started; the agent checks health while a release is on trial"];
  const checked = `at the last check, ${timeText(at, nowMs)}`;
  const unhealthy = units.filter(({ health }) => health !== "healthy" && health !== "unprobed");
  if (unhealthy.length === 0) return [`every unit with a probe was healthy ${checked}`];
  return cut(
    unhealthy.map(
      (unit) =>
        `${unit.unit}: ${unit.health.toUpperCase()} ${checked}${unit.isExcused ? ", and before this release" : ""}: ${printable(unit.detail)}`,
    ),
  );
}

/** Units without a health check: because of a missing URL in agent.json, or without any probe. */
function unprobedLines({ unprobed, missingServices }: LiveStatus): readonly string[] {
  const unasked = missingServices.filter(({ unit }) => unprobed.includes(unit));
  const missing = unasked.map(
    ({ unit, service }) => `${unit}: \`services\` in agent.json has no URL for ${service}, so its probe cannot run`,
  );
  const unmapped = new Set(unasked.map(({ unit }) => unit));
  return [...missing, ...unprobed.filter((unit) => !unmapped.has(unit)).map((unit) => `${unit}: has no probe, so its health is not known`)];
}

/** Units with another probe that runs, and units of the waiting release. */
function partlyProbedLines({ unprobed, missingServices }: LiveStatus): readonly string[] {
  return missingServices
    .filter(({ unit }) => !unprobed.includes(unit))
    .map(({ unit, service }) => `${unit}: \`services\` in agent.json has no URL for ${service}; the probe of that Service cannot run`);
}

function trialLines(trial: NonNullable<LiveStatus["trial"]>, { candidate, running, live }: StatusDocument): readonly string[] {
  const release = (trial.of === "candidate" ? candidate : running)?.release;
  const unasked = trial.unaskedSeconds > 0 ? `, probes without an answer for ${distanceText(trial.unaskedSeconds)}` : "";
  return [
    `release ${release}, watched for ${distanceText(trial.observedSeconds)}${unasked}`,
    ...cut(trial.units.map((unit) => unitLine(unit, live?.isDegraded === true))),
  ];
}

function unitLine(progress: UnitProgress, isDegraded: boolean): string {
  const { unit, health, detail, healthySeconds, quietSeconds, leftSeconds, isExcused } = progress;
  if (health === "unprobed") return `${unit}: unprobed, not counted`;
  if (isExcused)
    return `${unit}: ${health}; it was ${health === "healthy" ? "not healthy" : "so"} before this release, so it is not counted`;
  if (health === "healthy") return `${unit}: healthy for ${healthySeconds} of ${quietSeconds} s`;
  // In DEGRADED the release has already failed, and nothing happens at the deadline.
  const until = isDegraded ? "" : `, fails in ${distanceText(leftSeconds)}`;
  return `${unit}: ${health.toUpperCase()}${until}: ${printable(detail)}`;
}

function wrongLines(status: StatusDocument, nowMs: number, { log }: StartCommand): readonly string[] {
  const { live, reason, detail, isWorking, silence, failed } = status;
  if (live !== null) {
    const found = live.troubles.map((each) => troubleLine(each, nowMs));
    // After a restart only the mark is left, without its time.
    const isMarked = failed.some((mark) => mark.reason === reason) && !live.troubles.some((each) => each.reason === reason);
    if (isMarked) found.push(`${reason}: ${reasons[reason]} (${printable(detail, 500)})`);
    if (live.clockUnsure) found.push(clockText(live, nowMs));
    return found.length > 0 ? found : ["nothing"];
  }
  const absent = isWorking && silence !== null ? "the agent does not answer" : "the agent does not run";
  const look = `${absent}; see ${log} for the reason`;
  const troubles = status.lastPoll?.troubles ?? [];
  // These reasons are progress, not trouble. Any other that the last poll did not have is newer: a start or a poll would end with it now.
  const isFine = reason === "committed" || reason === "staged" || reason === "not-started" || reason === "retired";
  const newer =
    isFine || troubles.some((each) => each.reason === reason) ? [] : [`${reason}: ${reasons[reason]} (${printable(detail, 500)})`];
  return [look, ...newer, ...troubles.map((each) => troubleLine(each, nowMs))];
}

function troubleLine({ reason, detail, since }: Trouble, nowMs: number): string {
  return `${reason} since ${timeText(since, nowMs)}: ${reasons[reason]} (${printable(detail, 500)})`;
}

/** Shows both times, because either may be wrong. */
function clockText({ signedTime }: LiveStatus, nowMs: number): string {
  return `clock-unsure: ${reasons["clock-unsure"]} (the clock shows ${utcText(nowMs / 1000)}, but an accepted object was signed at ${timeText(signedTime, nowMs)})`;
}

function nextLines(status: StatusDocument, nowMs: number): readonly string[] {
  const { live, isWorking } = status;
  if (live !== null) return live.next.map(({ text, at }) => (at === null ? text : `${text} ${timeText(at, nowMs)}`));
  return [isWorking ? "not known: the agent does not answer" : `nothing until the agent is started; then it ${firstStep(status)}`];
}

/** What a start does, as far as the journal decides it. */
function firstStep({ state, running, candidate, journalFault }: StatusDocument): string {
  if (journalFault !== null) return "rebuilds the journal from the slots";
  if (state === "RETIRED") return "follows no release: the site is retired";
  if (state === "APPLY" || state === "TRIAL") {
    const orBack = running === null ? "" : `, or goes back to release ${running.release} after three starts`;
    return `applies release ${candidate?.release} again and watches its health${orBack}`;
  }
  if (running === null) return "polls the repository";
  if (state === "FALLBACK" || state === "CHECK") return `applies release ${running.release} again and checks its health`;
  if (state === "DEGRADED") return `applies release ${running.release} again and polls the repository`;
  return `checks that release ${running.release} is still applied, and polls the repository`;
}

/** A10: shown before somebody needs it. */
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
  return `not possible, no-previous: ${candidate === null || isPinned(status) ? "no other release is kept" : "the waiting release uses its slot"}`;
}

function cut(lines: readonly string[]): readonly string[] {
  if (lines.length <= LINES_MAX) return lines;
  return [...lines.slice(0, LINES_MAX), `and ${lines.length - LINES_MAX} more (-o json has them all)`];
}
