import { isReason } from "../../../core/index.ts";
import type { Machine } from "../../../agent/machine/state.ts";
import { type LiveStatus, liveStatus } from "../../../agent/status/live-status.ts";
import { type AgentState, type Journal, readSiteCommit, releaseTagPath } from "../../../wire/index.ts";
import { REPORT, STATE } from "../world/box.ts";
import { type Check, hasExcuse, isDurable, type Watch } from "./watch.ts";
import { CANARY } from "../world/fleet.ts";
import { isSound, QUIET_SECONDS } from "../world/behaviour.ts";
import { changes } from "../world/sim-disk.ts";
import { TARGET } from "../world/workload.ts";

const HOME = "/srv/site/.current.skerry";
export const THEIRS = { path: "/srv/site/theirs.txt", bytes: Buffer.from("not ours") } as const;

const onlyWhatPassed: Check = {
  name: "I1 only bytes of a tree that passed every check reach the target",
  flip(watch) {
    const { visible } = watch;
    if (visible === undefined) return undefined;
    if (visible === "mixture") return "the target shows files that are no released tree";
    const passed = [...watch.offers.values()].some(
      ({ nature, lie }) => watch.fleet.tree(nature).digest === visible.digest && lie === undefined,
    );
    return passed ? undefined : `the target shows ${visible.nature.name}, which no valid commit ever gave to this site`;
  },
};

const recordsStay: Check = {
  name: "R1 an acknowledged record is there after any power cut",
  step(watch, before, after) {
    if (before !== undefined || watch.journal === undefined || watch.rotten.has("journal")) return undefined;
    const lost = watch.journal.record - after.journal.record;
    if (lost > 0 && watch.isUnsure) return forgets(watch, lost);
    return lost > 0 ? `record ${watch.journal.record} was durable, and the agent started from ${after.journal.record}` : undefined;
  },
};

/** What rested on the lost record falls with it, so the checks go on from what is there. */
function forgets(watch: Watch, records: number): undefined {
  watch.fail("R2 a record that could not be flushed is made durable before anything rests on it", `${records} records fell`);
  watch.journal = undefined;
  watch.reportCounter = 0;
}

const nothingFalls: Check = {
  name: "I3 seq, trust version and report counter never fall",
  step(watch, _before, { journal }) {
    const last = watch.journal;
    if (last === undefined || watch.rotten.has("journal")) return undefined;
    const isReset = journal.trust.version > last.trust.version;
    if (!isReset && (journal.seen?.seq ?? 0) < (last.seen?.seq ?? 0)) return `seen fell from ${last.seen?.seq} to ${journal.seen?.seq}`;
    if (journal.trust.version < last.trust.version) return `trust fell from ${last.trust.version} to ${journal.trust.version}`;
    return journal.counter < last.counter ? `the report counter fell from ${last.counter} to ${journal.counter}` : undefined;
  },
};

const seenIsTrue: Check = {
  name: "I3 nothing is remembered of a release before all its checks passed",
  step(watch, _before, { journal }) {
    const { seen } = journal;
    if (seen === null || seen.commit === watch.journal?.seen?.commit) return undefined;
    const offer = watch.offers.get(seen.commit);
    if (offer === undefined) return `commit ${seen.commit} was never published`;
    if (offer.lie !== undefined) return `a commit with a lie was remembered: ${offer.lie}`;
    return offer.seq === seen.seq ? undefined : `seq ${seen.seq} was remembered for a commit of seq ${offer.seq}`;
  },
};

const theirsStays: Check = {
  name: "I4 what the agent did not make is not touched",
  disk(_watch, call) {
    // A flush changes nothing of what it makes sure.
    if (!changes(call) || !isDurable(call) || call.op === "syncFolder") return undefined;
    const places = [call.path, ...(call.to === undefined ? [] : [call.to])];
    const foreign = places.find((path) => !path.startsWith(STATE) && !path.startsWith(HOME) && path !== TARGET && path !== "/srv/site");
    return foreign === undefined ? undefined : `${call.op} of ${foreign}`;
  },
  rest(watch) {
    return watch.box.image.tryRead(THEIRS.path)?.equals(THEIRS.bytes) === true ? undefined : `${THEIRS.path} is no longer as it was`;
  },
};

const inventoryCovers: Check = {
  name: "I5 the journal names every object of ours that is in place, at every instant",
  flip(watch) {
    const { visible, journal } = watch;
    if (visible === undefined || visible === "mixture" || journal === undefined) return undefined;
    const named = new Set(journal.owned.map((object) => object.id));
    const missing = visible.plan.steps.flatMap((step) => step.objects).find((id) => !named.has(id));
    if (missing === undefined) return undefined;
    const because = `${missing} of ${visible.nature.name} is in place and not in the journal`;
    if (!journal.failed.some((mark) => mark.reason === "operator")) return because;
    watch.fail("I5 also when a person asks for the previous release", because);
    return undefined;
  },
};

const UNDECIDED: readonly AgentState[] = ["APPLY", "TRIAL", "COMMIT"];

const noEarlyPrune: Check = {
  name: "I6 nothing is pruned before COMMIT",
  disk(watch, { op, path }) {
    if (op !== "remove" || !path.startsWith(`${HOME}/`) || path === `${HOME}/next` || watch.journal === undefined) return undefined;
    const shown = watch.box.image.inspect(TARGET)?.kind === "link" ? watch.box.image.readLink(TARGET) : "";
    // What a full disk cut short of the new tree is nobody's yet.
    const isHalf = path.includes(`/${shortName(watch.journal.candidate?.tree)}.`) && !path.endsWith(`/${shown.split("/").at(-1)}`);
    if (UNDECIDED.includes(watch.journal.state) && !isHalf) return `${path} is removed in ${watch.journal.state}`;
    return path.endsWith(`/${shown.split("/").at(-1)}`) ? `${path} is removed, and it is what the target shows` : undefined;
  },
};

function shortName(tree: string | undefined): string {
  return tree === undefined ? "none" : tree.slice("sha256:".length, "sha256:".length + 12);
}

const failedStaysOut: Check = {
  name: "I7 a failed tree is not applied again before a higher seq",
  flip(watch) {
    const { visible, journal } = watch;
    if (visible === undefined || visible === "mixture" || !journal || journal.current?.tree === visible.digest) return undefined;
    const { candidate } = journal;
    const seq = candidate?.tree === visible.digest ? candidate.seq : 0;
    const mark = journal.failed.find((failed) => failed.tree === visible.digest && failed.seq >= seq);
    return mark === undefined || journal.current === null
      ? undefined
      : `${visible.nature.name} failed with seq ${mark.seq} (${mark.reason})`;
  },
};

const committedWasHealthy: Check = {
  name: "I8 COMMIT follows a whole quiet time of observed health, in this boot, on this release",
  step(watch, before, { journal, memory }) {
    const last = watch.journal;
    // The first step of a life finds what an earlier one committed.
    if (before === undefined || journal.state !== "COMMIT" || journal.current === null || last === undefined) return undefined;
    if (journal.current.tree === last.current?.tree) return undefined;
    const tree = watch.treeBy(journal.current.tree);
    if (tree === undefined || !tree.nature.isProbed || tree.nature.retired !== null || watch.rotten.has("journal")) return undefined;
    // It fails nothing, and is watched all the same.
    const livedMs = memory.watch?.livedMs ?? 0;
    if (hasExcuse(watch.journal))
      return livedMs >= QUIET_SECONDS * 1000 ? undefined : `${tree.nature.name}, which may be a cure, was committed after ${livedMs} ms`;
    const since = healthySinceMs(watch, tree.nature.name);
    if (since === undefined) return `${tree.nature.name} was committed, and the last probe did not find it healthy`;
    const quietMs = watch.nowMs - since;
    return quietMs >= QUIET_SECONDS * 1000 ? undefined : `${tree.nature.name} was committed after ${quietMs} ms of health`;
  },
};

function healthySinceMs({ answers }: Watch, nature: string): number | undefined {
  const lastBad = answers.findLastIndex((answer) => answer.health !== "healthy" || answer.nature !== nature);
  return answers[lastBad + 1]?.atMs;
}

const oneWholeSlot: Check = {
  name: "I9 a slot holds the release that runs, whole",
  start: (watch) => slotFault(watch, watch.journal),
  rest: (watch) => slotFault(watch, watch.journal),
};

function slotFault(watch: Watch, journal: Journal | undefined): string | undefined {
  if (!journal?.current || watch.rotten.has("slot") || watch.rotten.has("journal") || journal.state === "RETIRED") return undefined;
  const { slot, tree } = journal.current;
  const folder = `${STATE}/slots/${slot}`;
  const expected = watch.treeBy(tree);
  const files = watch.box.image.tryFiles(`${folder}/files`);
  const digest = watch.box.image.tryRead(`${folder}/digest`)?.toString("latin1");
  if (digest !== `${tree}\n`) return `slot ${slot} says ${JSON.stringify(digest)}, the journal ${tree}`;
  const isWhole = files !== undefined && expected?.files.size === files.size;
  const isSame = isWhole && [...expected.files].every(([path, bytes]) => files.get(path)?.equals(bytes));
  if (!isSame) return `the files in slot ${slot} are not those of ${expected?.nature.name}`;
  const commit = readSiteCommit(watch.box.image.tryRead(`${folder}/commit`) ?? Buffer.alloc(0));
  if ("fault" in commit) return `the commit in slot ${slot} ${commit.fault}`;
  const { release } = commit.value;
  const tag = watch.box.image.tryRead(`${folder}/${releaseTagPath(release)}`);
  return tag !== undefined && watch.fleet.tag(release)?.equals(tag) === true
    ? undefined
    : `the tag of release ${release} is not in slot ${slot}`;
}

const fallbackIsOffline: Check = {
  name: "I10 going back uses no network",
  fetch(watch) {
    const phase = watch.box.machine?.phase;
    return phase === "FALLBACK" || phase === "CHECK" ? `a fetch in ${phase}` : undefined;
  },
};

const worldFailsNothing: Check = {
  name: "I11 a fault of the world alone marks no release as failed",
  step(watch, _before, { journal }) {
    const fresh = journal.failed.filter(
      (failed) => !watch.journal?.failed.some((old) => old.tree === failed.tree && old.seq === failed.seq),
    );
    for (const { tree, reason } of fresh) {
      const nature = watch.treeBy(tree)?.nature;
      if (nature === undefined) return `a tree that is not the fleet's was marked as failed: ${tree}`;
      // What fell sick after the release came may be its fault; what was sick before is not (A16).
      const fellSick = watch.sickSinceMs !== undefined && !watch.wasSick;
      const isOwnFault = !isSound(nature) || reason === "operator" || fellSick || watch.isTrialBent;
      const isCrash = reason === "agent-crash" && watch.kills >= 2;
      if (!isOwnFault && !isCrash) return `${nature.name} was marked as failed: ${reason}`;
    }
    return undefined;
  },
};

const oneWriter: Check = {
  name: "I12 at most one task writes to the target",
  disk: (watch) => (watch.targetWriters > 1 ? `${watch.targetWriters} at once` : undefined),
};

const noSecrets: Check = {
  name: "I13 no secret in log, status, report or journal",
  log: (_watch, line) => (JSON.stringify(line).includes(CANARY) ? `in the log: ${line.event}` : undefined),
  step: (watch, _before, after) =>
    watch.asksStatus && JSON.stringify(statusOf(watch, after)).includes(CANARY) ? "in the status" : undefined,
  rest({ box }) {
    const places = [REPORT, `${STATE}/journal.0`, `${STATE}/journal.1`];
    const found = places.find((path) => box.image.tryRead(path)?.includes(CANARY));
    return found === undefined ? undefined : `in ${found}`;
  },
};

const revokedIsOut: Check = {
  name: "I14 nothing new by a revoked key once its revocation is known",
  flip(watch) {
    const { journal } = watch;
    if (journal === undefined || journal.trust.version < 3 || journal.candidate === null || watch.visible === "mixture") return undefined;
    const { seq, tree } = journal.candidate;
    if (watch.visible?.digest !== tree) return undefined;
    const offer = [...watch.offers.values()].find((told) => told.seq === seq && watch.fleet.tree(told.nature).digest === tree);
    return offer?.signer === "promote" ? `seq ${seq} goes in under trust version ${journal.trust.version}` : undefined;
  },
  step(watch, before, { journal }) {
    // An older record that a start finds says what was accepted then.
    if (before === undefined) return undefined;
    const { seen } = journal;
    if (seen === null || seen.commit === watch.journal?.seen?.commit || journal.trust.version < 3) return undefined;
    return watch.offers.get(seen.commit)?.signer === "promote"
      ? `commit ${seen.commit} under trust version ${journal.trust.version}`
      : undefined;
  },
};

const FILES_MAX = 80;
/** What runs, and what tries in the middle of APPLY left behind since the last PRUNE. */
const FOLDERS_MAX = 6;
const BYTES_MAX = 200_000;

const diskIsBounded: Check = {
  name: "I15 the disk stays under its cap",
  rest({ box }) {
    const state = [...(box.image.tryFiles(STATE)?.values() ?? [])];
    const folders = box.image.inspect(HOME) === undefined ? [] : box.image.list(HOME);
    const bytes = state.reduce((sum, file) => sum + file.length, 0);
    if (folders.length > FOLDERS_MAX) return `${folders.length} entries in ${HOME}`;
    return state.length > FILES_MAX || bytes > BYTES_MAX ? `${state.length} files of ${bytes} bytes in ${STATE}` : undefined;
  },
};

const wordsAreKnown: Check = {
  name: "I18 every reason is a documented word",
  log: (_watch, { reason }) => (reason === undefined || isReason(reason) ? undefined : `the log says ${JSON.stringify(reason)}`),
  step(watch, _before, after) {
    if (!watch.asksStatus) return undefined;
    const { reason, troubles } = statusOf(watch, after);
    const unknown = [reason, ...troubles.map((trouble) => trouble.reason)].find((word) => !isReason(word));
    return unknown === undefined ? undefined : `the status says ${JSON.stringify(unknown)}`;
  },
};

function statusOf({ box }: Watch, machine: Machine): LiveStatus {
  return liveStatus(machine, { wallMs: box.time.wallMs, monotonicMs: box.time.monotonicMs, fraction: 0 });
}

export const SAFETY: readonly Check[] = [
  onlyWhatPassed,
  recordsStay,
  nothingFalls,
  seenIsTrue,
  theirsStays,
  inventoryCovers,
  noEarlyPrune,
  failedStaysOut,
  committedWasHealthy,
  oneWholeSlot,
  fallbackIsOffline,
  worldFailsNothing,
  oneWriter,
  noSecrets,
  revokedIsOut,
  diskIsBounded,
  wordsAreKnown,
];
