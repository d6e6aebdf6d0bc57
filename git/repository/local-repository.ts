import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Read, systemClock } from "../../core/index.ts";
import { removeDeadKeepFiles } from "../pack/keep-files.ts";
import { moveRefs } from "../refs/ref-transaction.ts";
import { readRefs } from "../refs/refs.ts";
import type { Repository, RepositoryOptions } from "./repository.ts";
import { isUnfinished, LOCK, makeBare, tryFormatFault } from "./repository-format.ts";
import { lockRepository } from "./repository-lock.ts";

/** A bare repository on this machine. Its site refs live in `packed-refs` alone, see `ref-transaction.ts`. */
export async function openLocal({ location, access, clock = systemClock }: RepositoryOptions): Promise<Read<Repository>> {
  const folder = resolve(location);
  // With a lock in it, it may be in the making: then what it lacks is judged when we have the lock.
  if (access === "preview" && isUnfinished(folder)) return { value: notMadeYet(folder) };
  const canMake = access === "create" && (isUnfinished(folder) || existsSync(join(folder, LOCK)));
  if (!canMake && !existsSync(folder)) return { fault: "does not exist yet" };
  // Nothing is written into a folder that is no fleet repository, not even a lock.
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

/** Stands for the repository that `create` would make: without refs, objects or a folder. */
function notMadeYet(folder: string): Repository {
  const moveRefs = (): never => {
    throw new Error(`a preview moves no refs: ${folder}`);
  };
  return { folder, url: undefined, refs: () => new Map(), moveRefs, close: () => undefined };
}
