import { basename, dirname, join } from "node:path";
import { type Clock, type Disk, type DiskEntry, limits } from "../../core/index.ts";
import { inParallel } from "../store/durable.ts";
import { deployFileBytes, isDeployFile, isTemporary, temporaryName, tryBody, trySkipped, tryTwin } from "./deploy-file.ts";
import { type FolderListing, listFolder } from "./folder-listing.ts";

/** The agent's files in a deploy folder, and the obstacles to them. */
export interface Survey {
  readonly listing: FolderListing;
  /** Name -> bytes of the agent's regular files; updated by each write. */
  readonly present: Map<string, Buffer>;
  /** Name of the agent's file -> why it cannot be written, or why k3s would not apply it. */
  readonly obstacles: ReadonlyMap<string, string>;
  /** Temporary files that a crash left behind. */
  readonly temporaries: readonly string[];
}

/** Room for a whole old tree, a whole new one and retained objects in one file. */
const FILE_BYTES = 3 * limits.treeBytes;

/** The folder is shared with k3s and others: the agent never changes a file that is not its own. */
export class DeployFolder {
  readonly path: string;
  readonly #disk: Disk;
  readonly #clock: Clock;

  constructor(path: string, disk: Disk, clock: Clock) {
    this.path = path;
    this.#disk = disk;
    this.#clock = clock;
  }

  /** Entries that concern the agent, also in subfolders, because k3s reads those too. undefined when the folder does not exist. */
  async tryListing(): Promise<FolderListing | undefined> {
    const listing = await listFolder(this.#disk, this.path, this.#clock);
    if (listing === undefined) return undefined;
    return { ...listing, entries: new Map([...listing.entries].filter(([path, { name }]) => isOurs(path) || tryInTheWay(path, name))) };
  }

  /** `isKnown`: the agent wrote a file of this name. Other files are its own only with its mark. */
  async survey(isKnown: (name: string) => boolean): Promise<Survey> {
    const listing = (await this.tryListing()) ?? { folder: this.path, atMs: this.#clock.now(), entries: new Map<string, DiskEntry>() };
    const present = new Map<string, Buffer>();
    const obstacles = new Map<string, string>();
    for (const [path, entry] of listing.entries) {
      const hindered = tryInTheWay(path, entry.name);
      if (hindered !== undefined) obstacles.set(...hindered);
      if (!isDeployFile(path)) continue;
      const bytes = entry.kind === "file" ? await this.#disk.read(join(this.path, path), FILE_BYTES) : undefined;
      const isForeign = entry.kind === "folder" || !(isKnown(path) || (bytes !== undefined && tryBody(bytes) !== undefined));
      if (isForeign) obstacles.set(path, `${join(this.path, path)} is a ${entry.kind} that the agent did not create; move it away`);
      else if (bytes !== undefined) present.set(path, bytes);
    }
    return { listing, present, obstacles, temporaries: [...listing.entries.keys()].filter(isTemporary) };
  }

  /**
   * Writes these bodies where they differ, or all of them with `anew`, so that k3s applies them again. All bytes are written before the first
   * rename, so a full disk changes nothing; the renames happen in the given order.
   */
  async write(survey: Survey, bodies: ReadonlyMap<string, Buffer>, anew = false): Promise<void> {
    const now = this.#clock.now();
    const changed = [...bodies]
      .filter(([name, body]) => anew || !holds(survey, name, body))
      .map(([name, body]) => [name, deployFileBytes(body, now)] as const);
    if (changed.length === 0) return;
    await this.#makeFolder();
    await inParallel(changed, async ([name, bytes]) => {
      await this.#disk.write(this.#temporary(name), bytes, 0o600);
      await this.#disk.syncFile(this.#temporary(name));
    });
    for (const [name, bytes] of changed) {
      await this.#disk.rename(this.#temporary(name), join(this.path, name));
      survey.present.set(name, bytes);
    }
    await this.sync();
  }

  async remove(survey: Survey, names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    for (const name of names) {
      await this.#disk.remove(join(this.path, name));
      survey.present.delete(name);
    }
    await this.sync();
  }

  async sync(): Promise<void> {
    if ((await this.#disk.inspect(this.path)) !== undefined) await this.#disk.syncFolder(this.path);
  }

  async #makeFolder(): Promise<void> {
    if ((await this.#disk.inspect(this.path)) !== undefined) return;
    await this.#disk.makeFolder(this.path);
    await this.#disk.syncFolder(dirname(this.path));
  }

  #temporary(name: string): string {
    return join(this.path, temporaryName(name));
  }
}

export function holds({ present }: Survey, name: string, body: Buffer): boolean {
  const bytes = present.get(name);
  return bytes !== undefined && tryBody(bytes)?.equals(body) === true;
}

function isOurs(path: string): boolean {
  return isDeployFile(path) || isTemporary(path);
}

/** A foreign entry, anywhere below the folder, that keeps k3s from applying one of the agent's files: [name of the agent's file, why]. */
function tryInTheWay(path: string, name: string): [name: string, because: string] | undefined {
  const skipped = trySkipped(name);
  if (skipped !== undefined) return [skipped, `k3s does not read ${skipped} because of ${path}; remove ${path}`];
  // The same name in a subfolder is the same AddOn to k3s.
  const twin = isDeployFile(name) && path !== name ? name : tryTwin(basename(path));
  return twin === undefined ? undefined : [twin, `k3s treats ${path} and ${twin} as one AddOn; move ${path} away`];
}
