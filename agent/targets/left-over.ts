import { basename, join } from "node:path";
import { type Disk, limits, sha256Hex } from "../../core/index.ts";
import { inParallel, tryBytes, tryList } from "../store/durable.ts";
import { objectIdsIn } from "./deploy-file.ts";
import type { PlacedObject, PlacedObjects } from "./tree-objects.ts";

const NAME = /^(skerry-[-a-z0-9]+)\.([0-9a-f]{64})$/;

/**
 * The bytes of objects that stay although no slot has them any longer (A17): k3s deletes objects that are missing in their file, so they are
 * written again with every change of that file. One entry per object, named by its file and digest, flushed, and verified when read.
 */
export class LeftOverStore {
  readonly #disk: Disk;
  readonly #folder: string;

  constructor(disk: Disk, state: string) {
    this.#disk = disk;
    this.#folder = join(state, "left-over");
  }

  /** Entries with a wrong digest are ignored. */
  async load(): Promise<PlacedObjects> {
    const placed = new Map<string, PlacedObject>();
    for (const { name } of await tryList(this.#disk, this.#folder)) {
      const [, addOn, digest] = NAME.exec(name) ?? [];
      if (addOn === undefined) continue;
      const bytes = await tryBytes(this.#disk, join(this.#folder, name), limits.blobBytes);
      if (bytes === undefined) continue;
      const [id] = sha256Hex(bytes) === digest ? objectIdsIn(bytes) : [];
      if (id !== undefined) placed.set(id, { file: `${addOn}.yaml`, bytes });
    }
    return placed;
  }

  /** Durable when it returns; only then may their file be written and a slot be overwritten. */
  async save(objects: readonly PlacedObject[]): Promise<void> {
    if (objects.length === 0) return;
    await this.#disk.makeFolder(this.#folder);
    await inParallel(objects, async (object) => {
      const path = join(this.#folder, nameOf(object));
      await this.#disk.write(`${path}.new`, object.bytes, 0o600);
      await this.#disk.syncFile(`${path}.new`);
      await this.#disk.rename(`${path}.new`, path);
    });
    await this.#disk.syncFolder(this.#folder);
    await this.#disk.syncFolder(join(this.#folder, ".."));
  }

  /** Removes all other entries. Not flushed: an entry that a power cut brings back is removed again. */
  async retain(objects: readonly PlacedObject[]): Promise<void> {
    const names = new Set(objects.map(nameOf));
    for (const { name } of await tryList(this.#disk, this.#folder)) {
      if (!names.has(name)) await this.#disk.remove(join(this.#folder, name));
    }
  }

  async discard(): Promise<void> {
    await this.#disk.remove(this.#folder);
  }
}

function nameOf({ file, bytes }: PlacedObject): string {
  return `${basename(file, ".yaml")}.${sha256Hex(bytes)}`;
}
