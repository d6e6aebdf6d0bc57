import { deployFileBody, objectIdsIn, tryBody } from "./deploy-file.ts";
import type { Survey } from "./deploy-folder.ts";
import type { RecordedFiles } from "./deploy-record.ts";
import type { PlacedObjects } from "./tree-objects.ts";

/** The desired content of the folder. */
export interface Wanted {
  readonly tree: PlacedObjects;
  readonly keep: readonly string[];
  readonly gone: ReadonlySet<string>;
}

/** File of the agent -> ids of the objects that k3s may have read from it. */
export type HeldObjects = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Which object belongs into which file, and what k3s has from each file now. Every object has one home file. An object in a file that is not
 * its home is *leaving*: it stays in that file until its home has taken it over, because k3s deletes objects that a file drops.
 */
export class DeployLayout {
  /** Object id -> file, of the tree's objects in the plan's order, then of the kept ones. */
  readonly homes: ReadonlyMap<string, string>;
  /** Objects that are not in the tree and that stay. */
  readonly kept: readonly string[];
  /** All files of the agent, in the order in which k3s reads them. */
  readonly files: readonly string[];
  readonly #held: HeldObjects;
  readonly #own = new Map<string, string[]>();
  readonly #bytes = new Map<string, Uint8Array>();

  constructor(wanted: Wanted, held: HeldObjects, leftOver: PlacedObjects) {
    this.#held = held;
    const homes = new Map(Array.from(wanted.tree, ([id, { file }]) => [id, file]));
    for (const [id, { bytes }] of wanted.tree) this.#bytes.set(id, bytes);
    for (const id of keptIds(wanted, held, leftOver)) {
      const holders = [...held].filter(([, ids]) => ids.has(id)).map(([file]) => file);
      const last = leftOver.get(id)?.file;
      const home = last !== undefined && (holders.length === 0 || holders.includes(last)) ? last : holders.sort()[0];
      homes.set(id, home as string);
    }
    this.homes = homes;
    this.kept = [...homes.keys()].filter((id) => !wanted.tree.has(id));
    for (const id of this.kept) this.learn(id, leftOver.get(id)?.bytes);
    for (const [id, file] of homes) listIn(this.#own, file, id);
    this.files = [...new Set([...homes.values(), ...held.keys()])].sort();
  }

  /** Adds an object's bytes that were found elsewhere. */
  learn(id: string, bytes: Uint8Array | undefined): void {
    if (bytes !== undefined) this.#bytes.set(id, bytes);
  }

  tryBytes(id: string): Uint8Array | undefined {
    return this.#bytes.get(id);
  }

  held(file: string): ReadonlySet<string> {
    return this.#held.get(file) ?? NONE;
  }

  /** The final content of the file. */
  own(file: string): readonly string[] {
    return this.#own.get(file) ?? [];
  }

  leaving(file: string): readonly string[] {
    return [...this.held(file)].filter((id) => (this.homes.get(id) ?? file) !== file).sort();
  }

  /** The content of the file before anything may be removed. A moving object has its new bytes in both files, or k3s would apply both in turn. */
  wide(file: string): readonly string[] {
    return [...this.own(file), ...this.leaving(file)];
  }

  /** undefined when the bytes of one of them are lost. */
  tryBody(ids: readonly string[]): Buffer | undefined {
    const objects = ids.map((id) => this.tryBytes(id));
    return objects.includes(undefined) ? undefined : deployFileBody(objects as Uint8Array[]);
  }
}

const NONE: ReadonlySet<string> = new Set();

/**
 * Only PRUNE removes what the agent wrote: an object in its record stays until it is in `gone`, even when a lost journal does not name it. An
 * object that is only in a file stays when the state machine knows it; otherwise somebody else added it, which is drift.
 */
function keptIds({ tree, keep, gone }: Wanted, held: HeldObjects, leftOver: PlacedObjects): readonly string[] {
  const there = new Set([...held.values()].flatMap((ids) => [...ids]));
  const kept = keep.filter((id) => there.has(id) || leftOver.has(id));
  return [...new Set([...kept, ...[...there].filter((id) => !gone.has(id))])].filter((id) => !tree.has(id)).sort();
}

/**
 * The objects that k3s may have from each of the agent's files: those in the record, and the known ones that are in the file now. Without a
 * record, everything in files with the agent's mark counts as recorded.
 */
export function heldObjects({ tree, keep, gone }: Wanted, record: RecordedFiles | undefined, { present }: Survey): HeldObjects {
  const held = new Map(Array.from(record ?? [], ([file, digests]) => [file, new Set(digests.keys())]));
  const trees = byFile(tree);
  const known = new Set([...tree.keys(), ...keep, ...gone]);
  for (const [file, bytes] of present) {
    const own = trees.get(file);
    // Most files equal the tree's, and need not be parsed.
    const isTree = own !== undefined && tryBody(bytes)?.equals(deployFileBody(own.map((id) => tree.get(id)?.bytes as Uint8Array))) === true;
    const found = isTree ? own : objectIdsIn(bytes);
    const counted = record === undefined ? found : found.filter((id) => known.has(id));
    // A file with the agent's mark but without known objects may be somebody's copy, and is left alone.
    if (counted.length > 0 || held.has(file)) held.set(file, new Set([...(held.get(file) ?? []), ...counted]));
  }
  return held;
}

function byFile(objects: PlacedObjects): ReadonlyMap<string, readonly string[]> {
  const files = new Map<string, string[]>();
  for (const [id, { file }] of objects) listIn(files, file, id);
  return files;
}

function listIn(files: Map<string, string[]>, file: string, id: string): void {
  const ids = files.get(file);
  if (ids === undefined) files.set(file, [id]);
  else ids.push(id);
}
