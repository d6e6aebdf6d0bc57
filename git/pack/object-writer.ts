import { unlinkSync } from "node:fs";
import { join } from "node:path";
import { type IndexedPack, indexPack } from "./index-pack.ts";
import { KnownObjects } from "./known-objects.ts";
import { binaryId, hexOf, type ObjectKind } from "../objects/object.ts";
import { entryRoom, writeDelta, writeWhole } from "./pack-entry.ts";
import { syncFolder } from "../sync-folder.ts";

/** Position of an object that others may be deltas of. A delta's base is always in the same pack. */
export interface Base {
  readonly pack: number;
  readonly offset: number;
}

/** Receives new objects: callers first ask whether an object is new, then write it whole or as a delta. */
export interface ObjectSink {
  /** Marks the object (binary SHA-1 id, 20 characters) as known. Returns whether it must be written. */
  isNew(id: string): boolean;
  writeWhole(kind: ObjectKind, body: Uint8Array): Base;
  /** Only while `isReachable(base)`. */
  writeDelta(base: Base, delta: Uint8Array): void;
  isReachable(base: Base | undefined): base is Base;
}

export interface Written {
  readonly objects: number;
  readonly packs: number;
  readonly packBytes: number;
}

const CHUNK_BYTES = 1 << 20;
/** A pack is closed and handed to git when it is this long, so that memory is bounded and git works beside us. */
const PACK_BYTES = 16 << 20;
const FIRST_OFFSET = 12;

/**
 * Collects new objects in packs: each object once, and none that the repository has. git checks and stores a pack in the background while the
 * next one is built. Nothing is reachable before refs are moved.
 */
export class ObjectWriter implements ObjectSink {
  readonly known: KnownObjects;
  readonly #gitFolder: string;
  readonly #abort = new AbortController();
  readonly #inFlight: Promise<IndexedPack>[] = [];
  readonly #keepFiles: string[] = [];
  #pack = 0;
  #count = 0;
  #position = FIRST_OFFSET;
  #chunks: Buffer[] = [];
  #chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  #used = 0;

  constructor(gitFolder: string, known = KnownObjects.of(gitFolder)) {
    this.#gitFolder = gitFolder;
    this.known = known;
  }

  /** Adds one object. Returns its id as 40 hex digits. */
  add(kind: ObjectKind, body: Buffer): string {
    const id = binaryId(kind, body);
    if (this.isNew(id)) this.writeWhole(kind, body);
    return hexOf(id);
  }

  isNew(id: string): boolean {
    return this.known.add(id);
  }

  writeWhole(kind: ObjectKind, body: Uint8Array): Base {
    const base = this.#begin(body.length);
    this.#end(writeWhole(this.#chunk, this.#used, kind, body));
    return base;
  }

  writeDelta(base: Base, delta: Uint8Array): void {
    const { offset } = this.#begin(delta.length);
    this.#end(writeDelta(this.#chunk, this.#used, offset - base.offset, delta));
  }

  isReachable(base: Base | undefined): base is Base {
    return base !== undefined && base.pack === this.#pack;
  }

  /** Hands the pack to git, which starts at once; returns before it is done. A pack of fewer bytes than `least` goes on growing. */
  flush(least = 0): void {
    if (this.#count === 0 || this.#position < least) return;
    this.#closeChunk();
    const content = { count: this.#count, chunks: this.#chunks };
    const before = this.#inFlight.at(-1) ?? Promise.resolve();
    const indexed = indexPack(this.#gitFolder, content, before, this.#abort.signal);
    indexed.then(({ keepFile }) => this.#keepFiles.push(keepFile)).catch(() => undefined);
    this.#inFlight.push(indexed);
    this.#chunks = [];
    this.#chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    this.#used = 0;
    this.#count = 0;
    this.#position = FIRST_OFFSET;
    this.#pack++;
  }

  /** Waits until everything is durable. Only then may a ref name any of it. */
  async finish(): Promise<Written> {
    this.flush();
    const packs = await Promise.all(this.#inFlight);
    // git syncs the pack file, but not its folder.
    if (packs.length > 0) syncFolder(join(this.#gitFolder, "objects", "pack"));
    this.known.freshen();
    return {
      objects: packs.reduce((sum, pack) => sum + pack.objects, 0),
      packs: packs.length,
      packBytes: packs.reduce((sum, pack) => sum + pack.bytes, 0),
    };
  }

  /**
   * Call it after the refs were moved, or instead: from now on `git gc` may prune the packs. Running git processes are killed; finished packs
   * stay unreachable until they are pruned.
   */
  close(): void {
    this.#abort.abort();
    for (const path of this.#keepFiles.splice(0)) unlinkSync(path);
  }

  #begin(length: number): Base {
    const room = entryRoom(length);
    if (this.#chunk.length - this.#used < room) {
      this.#closeChunk();
      this.#chunk = Buffer.allocUnsafe(Math.max(CHUNK_BYTES, room));
      this.#used = 0;
    }
    return { pack: this.#pack, offset: this.#position };
  }

  #end(used: number): void {
    this.#position += used - this.#used;
    this.#used = used;
    this.#count++;
    // Only after an object: before one, the caller's answer of isReachable would become wrong.
    if (this.#position > PACK_BYTES) this.flush();
  }

  #closeChunk(): void {
    if (this.#used > 0) this.#chunks.push(this.#chunk.subarray(0, this.#used));
  }
}
