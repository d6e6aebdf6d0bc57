import { mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { type Clock, type Read, systemClock } from "../../core/index.ts";
import { removeDeadKeepFiles } from "../pack/keep-files.ts";
import { fetchMirror, tryCloneMirror } from "./mirror.ts";
import { pushRefs } from "./push.ts";
import { type LostRef, moveRefs, type RefUpdate } from "../refs/ref-transaction.ts";
import { readRefs } from "../refs/refs.ts";
import type { Repository, RepositoryOptions } from "./repository.ts";
import { tryFormatFault } from "./repository-format.ts";
import { lockRepository } from "./repository-lock.ts";

/** A remote repository: fetched into a mirror, written there, then pushed. The remote's refs count, never the mirror's. */
export async function openRemote({ location: url, mirror, clock = systemClock }: RepositoryOptions): Promise<Read<Repository>> {
  const folder = resolve(mirror);
  mkdirSync(dirname(folder), { recursive: true });
  const lock = await lockRepository(`${folder}.lock`, clock);
  const close = (): void => lock.release();
  try {
    if (!(await tryCloneMirror(url, folder))) await fetchMirror(url, folder);
    const fault = await tryFormatFault(folder);
    if (fault !== undefined) {
      close();
      return { fault };
    }
    removeDeadKeepFiles(folder);
  } catch (error) {
    close();
    throw error;
  }
  const refs = (): Map<string, string> => readRefs(folder);
  return { value: { folder, url, refs, moveRefs: (updates) => push(folder, url, updates, clock), close } };
}

async function push(folder: string, url: string, updates: readonly RefUpdate[], clock: Clock): Promise<readonly LostRef[]> {
  const { moved, refused } = await pushRefs(folder, url, updates);
  if (refused === undefined) {
    await moveRefs(folder, asMirrored(folder, moved), clock);
    return [];
  }
  await fetchMirror(url, folder);
  const refs = readRefs(folder);
  const found = refused.batch.map(({ name, old }) => ({ name, expected: old, found: refs.get(name) ?? null }));
  const lost = found.filter((ref) => ref.found !== ref.expected);
  // All refs have their expected values, so it was not a race: the server refused the push.
  if (lost.length === 0) throw refused.error;
  return lost;
}

// The mirror follows what the remote took, whatever the mirror held before.
function asMirrored(folder: string, moved: readonly RefUpdate[]): RefUpdate[] {
  const refs = readRefs(folder);
  return moved.map((update) => ({ ...update, old: refs.get(update.name) ?? null }));
}
