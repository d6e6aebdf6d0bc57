import { existsSync, readdirSync, readFileSync, statSync, utimesSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { type Clock, systemClock } from "../../core/index.ts";
import { IdTable } from "./id-table.ts";
import { tryReadPackIds } from "./pack-index.ts";

/** More ids than this are not kept in memory (26 bytes each): unknown objects are written again, which does no harm. */
const IDS_MAX = 6_000_000;
/** git follows alternates of alternates this deep. */
const ALTERNATE_DEPTH_MAX = 5;
const OWNERS_MAX = 65_000;

const NEW = 0;

/**
 * Objects that need not be written, because a pack or a loose file of the repository or of its alternates has them, or because this run wrote
 * them. Reads only pack indexes: `git index-pack --strict` checks later that every object that a new one names exists.
 */
export class KnownObjects {
  readonly #table = new IdTable();
  /** Packs by owner number; the owner of a loose object is its object folder. */
  readonly #places: string[] = ["this run"];
  readonly #used = new Set<number>();
  readonly #usedLoose: string[] = [];

  static of(gitFolder: string): KnownObjects {
    const known = new KnownObjects();
    for (const folder of objectFolders(join(gitFolder, "objects"))) {
      known.#readPacks(join(folder, "pack"));
      known.#readLoose(folder);
    }
    return known;
  }

  has(id: string): boolean {
    const owner = this.#table.ownerOf(id);
    if (owner === undefined) return false;
    this.#use(id, owner);
    return true;
  }

  /** Marks an object as written by this run. Returns false for a known one, which must not be written. */
  add(id: string): boolean {
    const owner = this.#table.add(id, NEW);
    if (owner === undefined) return true;
    this.#use(id, owner);
    return false;
  }

  /**
   * Updates the time of files with objects that were not written again, as git does, because a concurrent `git gc` prunes old unreachable
   * objects. A missing file was repacked; index-pack checks whether its objects still exist.
   */
  freshen(clock: Clock = systemClock): void {
    const now = clock.now() / 1000;
    const packs = [...this.#used].map((owner) => this.#places[owner] as string).filter((place) => place.endsWith(".pack"));
    for (const path of [...packs, ...this.#usedLoose]) {
      try {
        utimesSync(path, now, now);
      } catch (error) {
        // An alternate may be read-only; git ignores that too.
        if (!["ENOENT", "EACCES", "EPERM", "EROFS"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
      }
    }
  }

  #use(id: string, owner: number): void {
    if (owner === NEW) return;
    this.#used.add(owner);
    const place = this.#places[owner] as string;
    if (place.endsWith(".pack")) return;
    const hex = Buffer.from(id, "latin1").toString("hex");
    this.#usedLoose.push(join(place, hex.slice(0, 2), hex.slice(2)));
  }

  #readPacks(folder: string): void {
    if (!existsSync(folder)) return;
    const names = readdirSync(folder).filter((name) => name.endsWith(".idx"));
    const packs = names.map((name) => join(folder, name)).filter((path) => existsSync(packOf(path)));
    for (const path of byAge(packs)) {
      if (this.#places.length >= OWNERS_MAX) return;
      const ids = ifThere(() => tryReadPackIds(path, IDS_MAX - this.#table.size));
      if (ids) this.#table.addAll(ids.bytes, ids.count, this.#places.push(packOf(path)) - 1);
    }
  }

  #readLoose(folder: string): void {
    const owner = this.#places.push(folder) - 1;
    for (const fan of readdirSync(folder).filter((name) => /^[0-9a-f]{2}$/.test(name))) {
      for (const name of readdirSync(join(folder, fan))) {
        if (/^[0-9a-f]{38}$/.test(name)) this.#table.add(Buffer.from(fan + name, "hex").toString("latin1"), owner);
      }
    }
  }
}

/** Newest first: they have the objects of the last release. */
function byAge(paths: readonly string[]): string[] {
  const dated = paths.map((path) => ({ path, time: ifThere(() => statSync(path).mtimeMs) ?? 0 }));
  return dated.sort((a, b) => b.time - a.time).map(({ path }) => path);
}

// A concurrent `git gc` may repack; objects of a removed pack then count as unknown.
function ifThere<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function packOf(indexPath: string): string {
  return `${indexPath.slice(0, -".idx".length)}.pack`;
}

function objectFolders(first: string): string[] {
  const folders: string[] = [];
  const visit = (folder: string, depth: number): void => {
    if (folders.includes(folder) || depth > ALTERNATE_DEPTH_MAX || !existsSync(folder)) return;
    folders.push(folder);
    const list = join(folder, "info", "alternates");
    if (!existsSync(list)) return;
    const lines = readFileSync(list, "utf8")
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"));
    for (const line of lines) visit(isAbsolute(line) ? line : join(folder, line), depth + 1);
  };
  visit(first, 0);
  return folders;
}
