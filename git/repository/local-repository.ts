import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Read, systemClock } from "../../core/index.ts";
import { removeDeadKeepFiles } from "../pack/keep-files.ts";
import { moveRefs } from "../refs/ref-transaction.ts";
import { readRefs } from "../refs/refs.ts";
import type { Repository, RepositoryOptions } from "./repository.ts";
import { isUnfinished, LOCK, makeBare, tryFormatFault } from "./repository-format.ts";
import { lockRepository } from "./repository-lock.ts";

/** A bare repository on this machine. Its site refs are only in `packed-refs`, see `ref-transaction.ts`. */
export async function openLocal({ location, access, clock = systemClock }: RepositoryOptions): Promise<Read<Repository>> {
  const folder = resolve(location);
  // With a lock in it, another process may be creating it: then the format is checked after locking.
  if (access === "preview" && isUnfinished(folder)) return { value: notMadeYet(folder) };
  const canMake = access === "create" && (isUnfinished(folder) || existsSync(join(folder, LOCK)));
  if (!canMake && !existsSync(folder)) return { fault: "does not exist yet" };
  // Nothing is written to a folder that is not a fleet repository, not even a lock.
  const fault = canMake ? undefined : await tryFormatFault(folder);
  if (fault !== undefined) return { fault };
  if (canMake) mkdirSync(folder, { recursive: true });
  const isReadOnly = access === "read" || access === "preview";
  const lock = isReadOnly ? undefined : await lockRepository(join(folder, LOCK), clock);
  const close = (): void => lock?.release();
  try {
    if (canMake && isUnfinished(folder)) await makeBare(folder);
    const late = canMake ? await tryFormatFault(folder) : undefined;
    if (late !== undefined) {
      close();
      return { fault: late };
    }
    if (lock) removeDeadKeepFiles(folder);
  } catch (error) {
    close();
    throw error;
  }
  const refs = (): Map<string, string> => readRefs(folder);
  return {
    value: {
      folder,
      url: undefined,
      refs,
      moveRefs: (updates) => moveRefs(folder, updates, clock),
      close,
    },
  };
}

/** Represents the repository that `create` would create: without refs, objects or a folder. */
function notMadeYet(folder: string): Repository {
  const moveRefs = (): never => {
    throw new Error(`a preview moves no refs: ${folder}`);
  };
  return { folder, url: undefined, refs: () => new Map(), moveRefs, close: () => undefined };
}
