import { basename, dirname, join } from "node:path";
import type { Clock, Disk } from "../../core/index.ts";
import type { PathAndBytes } from "../../git/index.ts";
import { flushFolder, tryList, writeFolder } from "../store/durable.ts";
import { guardedTarget } from "./guarded-target.ts";
import { answered } from "./answered.ts";
import { differences, isUntouched, type FolderListing, listFolder } from "./folder-listing.ts";
import {
  CHANGED_MAX,
  type PruneAnswer,
  type RetainedObjects,
  type Target,
  type TargetAnswer,
  type TargetFault,
  type TargetTree,
} from "./target.ts";

/**
 * A21: `path` is a symlink to a complete folder and changes by one rename, so readers see the old tree or the new one. The folders are next to
 * it in `.<name>.skerry/`, one for each apply, and are never written to after the switch.
 */
export function plainDirectory(path: string, disk: Disk, clock: Clock): Target {
  return guardedTarget(new PlainDirectory(path, disk, clock), homeOf(path), disk);
}

function homeOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.skerry`);
}

const LEFT_OVER_MAX = 1_000;

class PlainDirectory implements Target {
  /** Readers of the link see the new tree at once. */
  readonly settleSeconds = 0;
  readonly #path: string;
  readonly #home: string;
  readonly #disk: Disk;
  readonly #clock: Clock;
  /** The last listing at which every byte was right; lost with the process, so each start reads everything once. */
  #right: FolderListing | undefined;

  constructor(path: string, disk: Disk, clock: Clock) {
    this.#path = path;
    this.#home = homeOf(path);
    this.#disk = disk;
    this.#clock = clock;
  }

  /** Any tree can become a folder. An obstacle at the path is reported by `apply`, and is not a fault of the release. */
  async dryRun(): Promise<TargetAnswer> {
    return answered(async () => (await this.#tryForeignHome()) ?? { done: true });
  }

  async apply(tree: TargetTree, _besides: RetainedObjects, isFirst: boolean): Promise<TargetAnswer> {
    return answered(async () => {
      const occupied = (await this.#tryForeignHome()) ?? (await this.#tryOccupied(isFirst));
      if (occupied !== undefined) return occupied;
      const files = await tree.load();
      const whole = await this.#tryWhole(tree.tree, files);
      const folder = join(this.#home, whole ?? (await this.#freeName(tree.tree)));
      if (whole !== undefined) await flushFolder(this.#disk, folder, files);
      else await this.#writeWhole(folder, files);
      await this.#disk.syncFolder(this.#home);
      await this.#disk.syncFolder(dirname(this.#home));
      await this.#switchTo(basename(folder));
      this.#right = undefined;
      return { done: true };
    });
  }

  /** All or nothing: a partial folder on a full disk must not grow with each attempt. */
  async #writeWhole(folder: string, files: readonly PathAndBytes[]): Promise<void> {
    try {
      await writeFolder(this.#disk, folder, files);
    } catch (error) {
      await this.#disk.remove(folder).catch(() => undefined);
      throw error;
    }
  }

  /** A folder that already has the tree byte for byte, as the old one does until PRUNE: going back then needs no disk space. */
  async #tryWhole(tree: string, files: readonly PathAndBytes[]): Promise<string | undefined> {
    for (const { name, kind } of await tryList(this.#disk, this.#home)) {
      if (kind !== "folder" || !name.startsWith(`${shortName(tree)}.`)) continue;
      const listing = await listFolder(this.#disk, join(this.#home, name), this.#clock);
      if (listing !== undefined && (await differences(this.#disk, listing, files)).length === 0) return name;
    }
    return undefined;
  }

  async reconcile(tree: TargetTree, retained: RetainedObjects): ReturnType<Target["reconcile"]> {
    let changed: readonly string[] = [];
    const answer = await answered(async () => {
      const foreign = await this.#tryForeignHome();
      if (foreign !== undefined) return foreign;
      changed = await this.#differing(tree);
      if (changed.length === 0) return { done: true };
      const applied = await this.apply(tree, retained, false);
      return applied.done ? this.prune() : applied;
    });
    if (!answer.done) return answer;
    return { done: true, repaired: changed.length, ...(changed.length === 0 ? {} : { changed: changed.slice(0, CHANGED_MAX) }) };
  }

  /** The current folder equals the tree since the switch, so only old folders are left to remove. */
  async prune(): Promise<PruneAnswer> {
    return answered(async () => {
      const foreign = await this.#tryForeignHome();
      if (foreign !== undefined) return foreign;
      const kept = await this.#tryCurrent();
      // Without the agent's link it is not known which folder is in use.
      if (kept === undefined) return PRUNED;
      for (const { name } of await tryList(this.#disk, this.#home)) {
        if (name !== kept) await this.#disk.remove(join(this.#home, name));
      }
      return PRUNED;
    });
  }

  /** The link first, so that nobody reads from a partly removed folder. A path that is not the agent's is left alone. */
  async erase(): Promise<PruneAnswer> {
    return answered(async () => {
      if ((await this.#tryCurrent()) !== undefined) {
        await this.#disk.remove(this.#path);
        await this.#disk.syncFolder(dirname(this.#path));
      }
      await this.#disk.remove(this.#home);
      return PRUNED;
    });
  }

  async #differing(tree: TargetTree): Promise<readonly string[]> {
    const name = await this.#tryCurrent();
    const listing = name === undefined ? undefined : await listFolder(this.#disk, join(this.#home, name), this.#clock);
    if (name === undefined || listing === undefined || !name.startsWith(shortName(tree.tree))) return [this.#path];
    if (isUntouched(this.#right, listing)) return [];
    const changed = await differences(this.#disk, listing, await tree.load());
    this.#right = changed.length === 0 ? listing : undefined;
    return changed;
  }

  /** A symbolic link here would redirect writes and removals to another folder. */
  async #tryForeignHome(): Promise<TargetFault | undefined> {
    const entry = await this.#disk.inspect(this.#home);
    if (entry === undefined || entry.kind === "folder") return undefined;
    const detail = `${this.#home} is a ${entry.kind} that the agent did not create; move it away`;
    return { done: false, reason: "target-occupied", detail };
  }

  /** Something else is at `path`. A link that somebody changed later is drift, and is set back. */
  async #tryOccupied(isFirst: boolean): Promise<TargetAnswer | undefined> {
    const entry = await this.#disk.inspect(this.#path);
    if (entry === undefined) return undefined;
    if (entry.kind === "link" && (!isFirst || (await this.#tryCurrent()) !== undefined)) return undefined;
    const detail = `${this.#path} is a ${entry.kind} that the agent did not create; move it away`;
    return { done: false, reason: "target-occupied", detail };
  }

  /** The folder that the link names, when it is the agent's link. */
  async #tryCurrent(): Promise<string | undefined> {
    const entry = await this.#disk.inspect(this.#path);
    if (entry?.kind !== "link") return undefined;
    const [home, name, ...rest] = (await this.#disk.readLink(this.#path)).split("/");
    return home === basename(this.#home) && name !== undefined && name !== "" && rest.length === 0 ? name : undefined;
  }

  /** A folder that was in use is never written to again, so the same tree gets a new one each time. */
  async #freeName(tree: string): Promise<string> {
    for (let number = 1; number <= LEFT_OVER_MAX; number++) {
      const name = `${shortName(tree)}.${number}`;
      if ((await this.#disk.inspect(join(this.#home, name))) === undefined) return name;
    }
    throw Object.assign(new Error(`${this.#home} has ${LEFT_OVER_MAX} old folders of this tree that could not be removed`), {
      code: "EEXIST",
    });
  }

  async #switchTo(name: string): Promise<void> {
    const next = join(this.#home, "next");
    await this.#disk.remove(next);
    // Relative to the link's final path, so that the parent folder can be moved or mounted elsewhere.
    await this.#disk.link(join(basename(this.#home), name), next);
    await this.#disk.rename(next, this.#path);
    await this.#disk.syncFolder(dirname(this.#path));
  }
}

function shortName(tree: string): string {
  return tree.slice("sha256:".length, "sha256:".length + 12);
}

const PRUNED = { done: true, blocked: [] } as const;
