import { readSigningKey, writePublicKeyLine } from "../../../trust/index.ts";
import { journalAbsurdity } from "../../../agent/store/journal-check.ts";
import { readJournal } from "../../../wire/index.ts";
import { REPORT, STATE } from "../world/box.ts";
import type { Check, Watch } from "./watch.ts";
import { START_SECONDS } from "../world/behaviour.ts";

/** Rules of the agent that no invariant says in so many words. */

const trustIsKept: Check = {
  name: "A4 an accepted trust version is on the disk",
  start(watch) {
    const { journal } = watch;
    if (journal === undefined || watch.rotten.has("trust")) return undefined;
    for (let version = 1; version <= journal.trust.version; version++) {
      if (watch.box.image.tryRead(`${STATE}/trust/${version}.json`) === undefined) return `trust/${version}.json is gone`;
    }
    return undefined;
  },
};

const WINDOW_MINUTES = 10;
const OPEN_MINUTES = 4;
/** Between the look at the clock and the journal: a look at the old release, and a slow disk. */
const SLACK_MINUTES = 0.5;

const recordsAreWritten: Check = {
  name: "R1 a step's record is in its file before anything follows",
  step(watch, before, { journal }) {
    if (before === undefined || journal === before.journal) return undefined;
    const bytes = watch.box.image.tryRead(`${STATE}/journal.${journal.record % 2}`);
    return bytes?.includes(`"record":${journal.record},`) === true ? undefined : `record ${journal.record} is not`;
  },
};

const recordsAreSane: Check = {
  name: "T26 every record that the agent writes is one that a start accepts",
  step(_watch, before, { journal }) {
    return journal === before?.journal ? undefined : journalAbsurdity(journal);
  },
};

const JOURNALS = [`${STATE}/journal.0`, `${STATE}/journal.1`] as const;

const onlyWholeRecordsCount: Check = {
  name: "R1 only a record that the agent wrote, whole, counts",
  diskAfter({ box, records }, { op, to }) {
    if (op !== "rename" || to === undefined || !JOURNALS.some((file) => file === to)) return undefined;
    records.add(box.image.tryRead(to)?.toString("latin1") ?? "");
    return undefined;
  },
  start({ box, records }) {
    const found = JOURNALS.flatMap((file) => box.image.tryRead(file) ?? []);
    if (records.size === 0) for (const bytes of found) records.add(bytes.toString("latin1"));
    const strange = found.find((bytes) => "value" in readJournal(bytes) && !records.has(bytes.toString("latin1")));
    return strange === undefined ? undefined : `nobody wrote ${JSON.stringify(strange.toString("latin1"))}`;
  },
};

const switchIsSure: Check = {
  name: "A21 what was committed is in place after a power cut",
  start(watch) {
    const { journal, visible } = watch;
    if (!journal?.current || watch.wasBent || watch.rotten.size > 0 || watch.isUnsure || watch.hadDiskFault) return undefined;
    if ((journal.state !== "IDLE" && journal.state !== "PRUNE") || watch.treeBy(journal.current.tree)?.nature.retired != null)
      return undefined;
    if (visible !== "mixture" && visible?.digest === journal.current.tree) return undefined;
    return `the target shows ${visible === "mixture" ? visible : visible?.nature.name}`;
  },
};

const windowHolds: Check = {
  name: "A11 a release goes in while its window is open",
  step(watch, before, after) {
    if (before?.phase !== "DRYRUN" || after.phase !== "APPLY" || after.journal.current === null) return undefined;
    const facts = after.memory.candidate;
    // A18: out of DEGRADED any cure goes in at once.
    if (facts === null || facts.window === null || facts.urgent || before.journal.state === "DEGRADED") return undefined;
    const minute = (watch.box.time.wallMs / 60_000) % WINDOW_MINUTES;
    return minute <= OPEN_MINUTES + SLACK_MINUTES
      ? undefined
      : `minute ${minute.toFixed(1)} of ${WINDOW_MINUTES}, and it is open for ${OPEN_MINUTES}`;
  },
};

const dataIsKept: Check = {
  name: "A19 an older data version never meets newer data",
  flip(watch) {
    const { visible } = watch;
    // Before the first COMMIT there is no data that anybody vouched for (A14).
    if (visible === undefined || visible === "mixture" || visible.nature.retired !== null || !watch.journal?.current) return undefined;
    const { dataVersion } = visible.nature;
    const last = watch.dataVersion;
    watch.dataVersion = dataVersion;
    if (dataVersion >= last) return undefined;
    const because = `version ${last} was here, and ${visible.nature.name} has ${dataVersion}`;
    if (watch.box.machine?.memory.current != null) return because;
    watch.fail("A19 an older data version never meets newer data, also when the current slot cannot be read", because);
    return undefined;
  },
};

const degradedEndsInPlace: Check = {
  name: "A18 DEGRADED ends only with the current tree in place",
  step(watch, before, after) {
    if (before?.phase !== "DEGRADED" || after.phase !== "PRUNE" || watch.isBent) return undefined;
    const { visible } = watch;
    if (visible !== "mixture" && visible?.digest === after.journal.current?.tree) return undefined;
    return `the target shows ${visible === "mixture" ? visible : visible?.nature.name}, not what the journal calls current`;
  },
};

const countersRise: Check = {
  name: "A27 no two reports have one counter",
  diskAfter(watch, call) {
    if (call.op !== "rename" || call.to !== REPORT) return undefined;
    const counter = Number(/"counter":([0-9]+)/.exec(watch.box.image.tryRead(REPORT)?.toString("latin1") ?? "")?.[1]);
    const last = watch.reportCounter;
    watch.reportCounter = counter;
    watch.isReportLost = false;
    return counter > last || watch.rotten.has("journal") ? undefined : `the report after ${last} has ${counter}`;
  },
};

const keyHasBothHalves: Check = {
  name: "A27 the box has both halves of its key",
  rest({ box }) {
    const secret = box.image.tryRead(`${STATE}/site.key`);
    const read = secret === undefined ? undefined : readSigningKey(secret.toString("latin1"));
    if (read === undefined || "fault" in read) return "there is no secret half";
    const told = box.image.tryRead(`${STATE}/site.key.pub`)?.toString("latin1");
    return told === writePublicKeyLine(read.value) ? undefined : "the public half is not that of the secret one";
  },
};

const baselineIsFair: Check = {
  name: "A16 a baseline is taken of what had its time to become healthy",
  step(watch, before, after) {
    if (before?.phase !== "DRYRUN" || after.phase !== "APPLY") return undefined;
    const isUnwell = Object.values(after.journal.baseline).some((health) => health === "unhealthy");
    const { workload } = watch.box;
    const forMs = watch.nowMs - Math.max(workload.sinceMs, workload.sickUntilMs);
    // Out of DEGRADED the cure does not wait.
    if (before.journal.state === "DEGRADED") return undefined;
    if (!isUnwell || forMs > START_SECONDS * 1000 || watch.nowMs < workload.sickUntilMs) return undefined;
    const because = `after ${forMs} ms the running release counts as unhealthy, so nothing can fail the new one`;
    if (!watch.isBent) return because;
    watch.fail("A16 a baseline is taken of the release, and not of what somebody bent", because);
    return undefined;
  },
};

/** One loop is a minute; a look and a repair take moments more. */
const LOOP_MS = 65_000;

const driftHeals: Check = {
  name: "L1 a change by hand is undone within one loop",
  step(watch, before) {
    if (!watch.isBent || before === undefined || !isCalm(watch)) {
      watch.bentCalmMs = undefined;
      return undefined;
    }
    watch.bentCalmMs ??= watch.nowMs;
    const forMs = watch.nowMs - watch.bentCalmMs;
    return forMs > LOOP_MS ? `the target is bent for ${forMs} ms` : undefined;
  },
};

/** Nothing keeps the agent from looking: no half-done release, no fault, no pause, no lost slot. */
function isCalm({ box, rotten }: Watch): boolean {
  const { machine, faults } = box;
  if (machine === undefined || (machine.phase !== "IDLE" && machine.phase !== "FETCH")) return false;
  if (machine.journal.current === null || machine.journal.paused !== null || machine.memory.currentIsVoid || rotten.has("slot"))
    return false;
  return !faults.isFull && !faults.isReadOnly && faults.syncFails === 0 && faults.ioFails === 0;
}

export const RULES: readonly Check[] = [
  trustIsKept,
  recordsAreWritten,
  recordsAreSane,
  onlyWholeRecordsCount,
  switchIsSure,
  windowHolds,
  dataIsKept,
  baselineIsFair,
  degradedEndsInPlace,
  countersRise,
  keyHasBothHalves,
  driftHeals,
];
