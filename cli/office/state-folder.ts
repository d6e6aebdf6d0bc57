import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What the office keeps beside the source and git ignores. Relative to the fleet's folder. */
export const STATE_FOLDER = ".skerry";
export const MIRROR = join(STATE_FOLDER, "mirror.git");
export const ALLOWED_SIGNERS = join(STATE_FOLDER, "allowed_signers");

/** Trust documents are called as on branch `trust`. */
export function trustFile(version: number): string {
  return join(STATE_FOLDER, "trust", `${version}.json`);
}

/**
 * The trust documents that this office knows, version 1 first; none before `skerry keys`. They are its own root of trust: what the
 * repository says later is held against them, never the other way round.
 */
export function readTrust(): readonly Buffer[] {
  const documents: Buffer[] = [];
  for (let bytes = tryRead(trustFile(1)); bytes !== undefined; bytes = tryRead(trustFile(documents.length + 1))) documents.push(bytes);
  return documents;
}

function tryRead(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
