import { join } from "node:path";
import type { Clock, Disk, DiskEntry } from "../../core/index.ts";
import type { PathAndBytes } from "../../git/index.ts";

/** A listing of a folder: path -> its entry. */
export interface FolderListing {
  readonly folder: string;
  readonly atMs: number;
  readonly entries: ReadonlyMap<string, DiskEntry>;
}

/**
 * File systems use a coarse clock for timestamps, so a change right after a listing may have the listing's own time. Younger timestamps prove
 * nothing, and the bytes are read again.
 */
const STAMP_MS = 2_000;

/** Bit rot changes no timestamp, so all bytes are read again after a day. */
const FULL_MS = 86_400_000;

/** One `lstat` per entry, no content read. undefined when the path does not exist or is not a folder. */
export async function listFolder(disk: Disk, folder: string, clock: Clock): Promise<FolderListing | undefined> {
  const top = await disk.inspect(folder);
  if (top?.kind !== "folder") return undefined;
  const atMs = clock.now();
  const entries = new Map<string, DiskEntry>();
  const folders = [""];
  for (let inner = folders.pop(); inner !== undefined; inner = folders.pop()) {
    for (const entry of await disk.list(join(folder, inner))) {
      const path = inner === "" ? entry.name : `${inner}/${entry.name}`;
      entries.set(path, entry);
      if (entry.kind === "folder") folders.push(path);
    }
  }
  return { folder, atMs, entries };
}

/** Whether nothing can have changed since `before`, when every byte was right. */
export function isUntouched(before: FolderListing | undefined, now: FolderListing): boolean {
  if (before === undefined || before.folder !== now.folder || before.entries.size !== now.entries.size) return false;
  const ageMs = now.atMs - before.atMs;
  // A clock that was set back makes the age negative; then everything is read again.
  if (ageMs < 0 || ageMs > FULL_MS) return false;
  for (const [path, entry] of now.entries) {
    const was = before.entries.get(path);
    if (was?.kind !== entry.kind || was.size !== entry.size || was.changedMs !== entry.changedMs) return false;
    if (entry.kind !== "folder" && entry.changedMs > before.atMs - STAMP_MS) return false;
  }
  return true;
}

/** The paths that differ from the tree: other bytes or kind, missing and foreign entries. */
export async function differences(disk: Disk, listing: FolderListing, files: readonly PathAndBytes[]): Promise<readonly string[]> {
  const expected = new Map(files.map((file) => [file.path, file.bytes]));
  const folders = new Set(files.flatMap(({ path }) => parents(path)));
  const changed: string[] = [];
  for (const [path, entry] of listing.entries) {
    const bytes = expected.get(path);
    if (entry.kind === "folder" ? !folders.has(path) : !(bytes && (await holds(disk, listing, path, entry, bytes)))) changed.push(path);
  }
  for (const path of [...expected.keys(), ...folders]) if (!listing.entries.has(path)) changed.push(path);
  return changed;
}

async function holds(disk: Disk, listing: FolderListing, path: string, entry: DiskEntry, bytes: Uint8Array): Promise<boolean> {
  return entry.kind === "file" && entry.size === bytes.length && (await disk.read(join(listing.folder, path), bytes.length)).equals(bytes);
}

function parents(path: string): string[] {
  const parts = path.split("/");
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("/"));
}
