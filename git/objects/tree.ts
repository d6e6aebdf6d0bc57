import { ID_BYTES, type ObjectFormat } from "./object.ts";

/** The only two modes of a site tree and of a fleet tree: no links, no submodules, nothing executable. */
export const FILE_MODE = "100644";
export const FOLDER_MODE = "40000";

export interface TreeEntry {
  /** Octal, as git writes it: a folder has no leading zero. */
  readonly mode: string;
  readonly name: string;
  readonly id: Buffer;
}

/** Entries in any order; the bytes are in git's order. */
export function encodeTree(entries: readonly TreeEntry[]): Buffer {
  const keyed = entries.map((entry) => ({ key: sortKey(entry), entry })).sort((a, b) => (a.key < b.key ? -1 : 1));
  const pieces: Buffer[] = [];
  for (const { entry } of keyed) pieces.push(Buffer.from(`${entry.mode} ${entry.name}\0`), entry.id);
  return Buffer.concat(pieces);
}

/** git's order: by bytes, and a folder sorts as if its name ended in `/`. */
export function compareEntries(a: Pick<TreeEntry, "mode" | "name">, b: Pick<TreeEntry, "mode" | "name">): number {
  const left = sortKey(a);
  const right = sortKey(b);
  return left < right ? -1 : left > right ? 1 : 0;
}

// A character of the key is a byte of the name, so that keys sort in git's order. Nearly every name is ASCII.
function sortKey(entry: Pick<TreeEntry, "mode" | "name">): string {
  const name = entry.mode === FOLDER_MODE ? `${entry.name}/` : entry.name;
  return Buffer.byteLength(name) === name.length ? name : Buffer.from(name).toString("latin1");
}

/**
 * Reads a tree's body. Returns undefined when it ends in the middle of an entry or has a mode that is not octal.
 * Names are decoded byte for byte (latin1), so that no byte of a hostile name is lost; callers check untrusted names against an allow-list.
 * Order and uniqueness are not checked here, but by `git fsck`.
 */
export function tryReadTree(body: Buffer, format: ObjectFormat = "sha1"): TreeEntry[] | undefined {
  const entries: TreeEntry[] = [];
  const idBytes = ID_BYTES[format];
  let offset = 0;
  while (offset < body.length) {
    const space = body.indexOf(0x20, offset);
    const end = space < 0 ? -1 : body.indexOf(0, space);
    if (end < 0 || end + 1 + idBytes > body.length) return undefined;
    const mode = body.toString("latin1", offset, space);
    if (!/^[1-7][0-7]{4,5}$/.test(mode)) return undefined;
    entries.push({ mode, name: body.toString("latin1", space + 1, end), id: body.subarray(end + 1, end + 1 + idBytes) });
    offset = end + 1 + idBytes;
  }
  return entries;
}
