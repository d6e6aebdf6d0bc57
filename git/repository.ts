import { existsSync, mkdirSync, readdirSync, readFileSync, unlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Clock, type Read, systemClock } from "../core/index.ts";
import { KEEP_WORDS } from "./index-pack.ts";
import { fetchMirror, tryCloneMirror } from "./mirror.ts";
import { pushRefs } from "./push.ts";
import { moveRefs, type LostRef, type RefUpdate } from "./ref-transaction.ts";
import { readRefs } from "./refs.ts";
import { lockRepository } from "./repository-lock.ts";
import { runGit } from "./runner.ts";

/** A fleet repository: a bare one on this machine, or one somewhere else with a mirror on this machine. */
export interface Repository {
  /** Where its objects are on this machine. */
  readonly folder: string;
  /** Set when refs live somewhere else. */
  readonly url: string | undefined;
  /** For a remote: as of the last `refresh`. */
  refs(): Map<string, string>;
  /** Brings refs and objects of a remote up to date; of a local one there is nothing to do. */
  refresh(): Promise<void>;
  /**
   * Moves refs that hold what they must. All or none, but at a remote in batches: then what was lost is told, and the
   * batches before stay moved. Objects must be durable in `folder`.
   */
  moveRefs(updates: readonly RefUpdate[]): Promise<readonly LostRef[]>;
  close(): void;
}

export interface RepositoryOptions {
  /** A folder, or anything that git takes for a URL. */
  readonly location: string;
  /** Where the mirror of a remote lies; made when it is missing. */
  readonly mirror: string;
  /** `create`: write, and make a local repository that is missing. `read` takes no lock, unless a mirror has to be fetched. */
  readonly access: "read" | "write" | "create";
  readonly clock?: Clock;
}

const LOCK = "skerry.lock";
const IS_REPOSITORY = ["HEAD", "objects", "config"];

/** A URL, or `host:path` as scp takes it. A single letter before the colon would be a drive. */
export function isRemote(location: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(location) || /^[^/\\:]{2,}:/.test(location);
}

/** Opens a repository; a writer holds its lock until `close`. The fault is a sentence about the location. */
export async function openRepository(options: RepositoryOptions): Promise<Read<Repository>> {
  return isRemote(options.location) ? openRemote(options) : openLocal(options);
}

async function openLocal({ location, access, clock = systemClock }: RepositoryOptions): Promise<Read<Repository>> {
  const folder = resolve(location);
  // With a lock in it, it may be in the making: then what it lacks is judged when we have the lock.
  const canMake = access === "create" && (isUnfinished(folder) || existsSync(join(folder, LOCK)));
  if (!canMake && !existsSync(folder)) return { fault: "does not exist yet" };
  // Nothing is written into a folder that is no fleet repository, not even a lock.
  const fault = canMake ? undefined : await formatFault(folder);
  if (fault !== undefined) return { fault };
  if (canMake) mkdirSync(folder, { recursive: true });
  const lock = access === "read" ? undefined : await lockRepository(join(folder, LOCK), clock);
  try {
    if (canMake && isUnfinished(folder)) await makeBare(folder);
    const late = canMake ? await formatFault(folder) : undefined;
    if (late !== undefined) {
      lock?.release();
      return { fault: late };
    }
    if (lock) removeDeadKeepFiles(folder);
  } catch (error) {
    lock?.release();
    throw error;
  }
  return {
    value: {
      folder,
      url: undefined,
      refs: () => readRefs(folder),
      refresh: () => Promise.resolve(),
      moveRefs: (updates) => moveRefs(folder, updates, clock),
      close: () => lock?.release(),
    },
  };
}

async function openRemote({ location: url, mirror, clock = systemClock }: RepositoryOptions): Promise<Read<Repository>> {
  const folder = resolve(mirror);
  mkdirSync(join(folder, ".."), { recursive: true });
  const lock = await lockRepository(`${folder}.lock`, clock);
  try {
    if (!(await tryCloneMirror(url, folder))) await fetchMirror(url, folder);
    const fault = await formatFault(folder);
    if (fault !== undefined) return { fault };
    removeDeadKeepFiles(folder);
  } catch (error) {
    lock.release();
    throw error;
  }
  const push = async (updates: readonly RefUpdate[]): Promise<readonly LostRef[]> => {
    const { moved, refused } = await pushRefs(folder, url, updates);
    if (refused === undefined) {
      await moveRefs(folder, asMirrored(folder, moved), clock);
      return [];
    }
    await fetchMirror(url, folder);
    const refs = readRefs(folder);
    const found = refused.batch.map(({ name, old }) => ({ name, expected: old, found: refs.get(name) ?? null }));
    const lost = found.filter((ref) => ref.found !== ref.expected);
    // All hold what they must, so it was no race: the server does not want it.
    if (lost.length === 0) throw refused.error;
    return lost;
  };
  return {
    value: {
      folder,
      url,
      refs: () => readRefs(folder),
      refresh: () => fetchMirror(url, folder),
      moveRefs: push,
      close: () => lock.release(),
    },
  };
}

/** Missing, empty, or what a run left that was killed while it made the repository: nothing that `git init` would not make. */
function isUnfinished(folder: string): boolean {
  if (!existsSync(folder)) return true;
  const names = readdirSync(folder);
  const isWhole = IS_REPOSITORY.every((name) => names.includes(name));
  return (
    !isWhole &&
    names.every((name) => [...IS_REPOSITORY, "refs", LOCK, `${LOCK}.takeover`].includes(name.replace(/^(HEAD|config)\.lock$/, "$1")))
  );
}

async function makeBare(folder: string): Promise<void> {
  // An empty template: no sample hooks, no description.
  await runGit({ folder, args: ["init", "--quiet", "--bare", "--template=", "--initial-branch=fleet", "."] });
}

/** Why we cannot write here, or undefined. Read as a file: git itself would stop at an extension that it does not know. */
async function formatFault(folder: string): Promise<string | undefined> {
  if (existsSync(join(folder, ".git"))) return "is a work tree; a fleet repository is a bare one, in a folder of its own";
  if (!IS_REPOSITORY.every((name) => existsSync(join(folder, name)))) return "is not a git repository, and not empty either";
  const list = (await runGit({ folder, args: ["config", "--file=config", "--list"] })).toString("utf8");
  const config = new Map(list.split("\n").map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
  if (config.get("core.bare") !== "true") return "is not a bare repository";
  if ((config.get("extensions.objectformat") ?? "sha1") !== "sha1")
    return "is a SHA-256 repository; agents and most git hosts read SHA-1 ones only";
  if ((config.get("extensions.refstorage") ?? "files") !== "files")
    return "keeps its refs as a reftable; make one with: git init --bare --ref-format=files";
  return undefined;
}

/** Of a run that was killed between pack and refs: its objects are found again by the next run, or pruned by `git gc`. */
function removeDeadKeepFiles(folder: string): void {
  const packs = join(folder, "objects", "pack");
  const keepFiles = readdirSync(packs).filter((name) => name.endsWith(".keep"));
  for (const path of keepFiles.map((name) => join(packs, name))) {
    if (readFileSync(path, "utf8").startsWith(KEEP_WORDS)) unlinkSync(path);
  }
}

function asMirrored(folder: string, moved: readonly RefUpdate[]): RefUpdate[] {
  const refs = readRefs(folder);
  return moved.map((update) => ({ ...update, old: refs.get(update.name) ?? null }));
}
