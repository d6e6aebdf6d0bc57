import { looseRefs } from "./loose-refs.ts";
import { readPacked } from "./ref-transaction.ts";

/** All refs of a repository on this machine, full name to id. Symbolic refs are left out. */
export function readRefs(gitFolder: string): Map<string, string> {
  const refs = new Map<string, string>();
  // Loose refs first: `git pack-refs` moves values from there to the packed file, never in the other direction.
  const loose = [...looseRefs(gitFolder)];
  for (const [name, ref] of readPacked(gitFolder).refs) refs.set(name, ref.id);
  for (const [name, value] of loose) if (value !== "symbolic") refs.set(name, value);
  return refs;
}
