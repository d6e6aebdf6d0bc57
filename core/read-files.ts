import { resolve } from "node:path";

// One for the process: an inventory is read and a stack is run once a process, before anybody asks.
const files = new Set<string>();

/** Notes that the fleet's trees are made of this file as well, so that a release can compare it with its commit. */
export function noteRead(path: string): void {
  files.add(resolve(path));
}

/** Absolute paths of the files that were noted, ascending. */
export function filesRead(): readonly string[] {
  return [...files].sort();
}
