import { join } from "node:path";
import { type Disk, type Read, WorldError } from "../../core/index.ts";
import { type Journal, readJournal, writeJournal } from "../../wire/index.ts";
import { journalAbsurdity } from "./journal-check.ts";
import { tryReadWhole, writeDurably } from "./durable.ts";

/** The record's own limit plus its digest. */
const JOURNAL_BYTES = 32_000_100;

/** Record n is in file n modulo 2, so that a write never touches the newest intact record. */
const FILES = ["journal.0", "journal.1"] as const;

export type JournalState =
  | { readonly journal: Journal }
  /** The box is new. */
  | { readonly lost: false }
  /** There are records, but none can be read. */
  | { readonly lost: true; readonly because: string };

/** The intact record with the higher number. */
export async function loadJournal(disk: Disk, folder: string): Promise<JournalState> {
  const found = await Promise.all(FILES.map((file) => tryReadWhole(disk, join(folder, file), JOURNAL_BYTES)));
  const reads = found.flatMap((bytes, place) =>
    bytes === undefined ? [] : [{ file: FILES[place], read: "fault" in bytes ? bytes : readWhole(bytes.value) }],
  );
  const whole = reads.flatMap(({ read }) => ("value" in read ? [read.value] : []));
  const faults = reads.flatMap(({ read }) => ("fault" in read ? [read.fault] : []));
  // A newer agent wrote this. An older one would treat it as damaged and forget the accepted seq.
  const newer = faults.find((fault) => fault.startsWith("agent-too-old"));
  if (newer !== undefined)
    throw new WorldError("agent-too-old", `the journal in ${folder} ${newer}`, "Run the agent version that wrote it, or a newer one");
  if (whole.length > 0) return { journal: whole.reduce((newest, journal) => (journal.record > newest.record ? journal : newest)) };
  return faults.length === 0
    ? { lost: false }
    : { lost: true, because: reads.flatMap(({ file, read }) => ("fault" in read ? [`${file} ${read.fault}`] : [])).join("; ") };
}

/** Throws when a record can never be replaced: a rename does not replace a folder. */
export async function checkJournalFiles(disk: Disk, folder: string): Promise<void> {
  for (const path of FILES.map((file) => join(folder, file))) {
    if ((await disk.inspect(path))?.kind === "folder")
      throw new WorldError("storage-failed", `${path} is a folder`, "Stop the agent, remove the folder, and start the agent again");
  }
}

function readWhole(bytes: Buffer): Read<Journal> {
  const read = readJournal(bytes);
  const absurdity = "value" in read ? journalAbsurdity(read.value) : undefined;
  return absurdity === undefined ? read : { fault: `is not what an agent writes: ${absurdity}` };
}

export async function saveJournal(disk: Disk, folder: string, journal: Journal): Promise<void> {
  const file = FILES[journal.record % 2] as string;
  await writeDurably(disk, join(folder, file), Buffer.from(writeJournal(journal)), 0o600);
}
