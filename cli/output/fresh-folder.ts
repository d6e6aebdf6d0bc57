import { mkdirSync, readdirSync } from "node:fs";
import { UsageError } from "./usage-error.ts";

const NAMES_MAX = 3;

/** Makes sure that nothing of the person's is at `folder`: it is new or empty. `next` says how to name another one. Nothing is written. */
export function refuseOccupied(folder: string, next: string): void {
  const names = tryNames(folder);
  if (names === undefined) throw UsageError.of(`${folder} is a file, or lies below one`, next);
  if (names.length === 0) return;
  const more = names.length > NAMES_MAX ? `, and ${names.length - NAMES_MAX} more` : "";
  throw UsageError.of(`${folder} is not empty (it holds ${names.slice(0, NAMES_MAX).join(", ")}${more})`, next);
}

/** The same, and makes the folder. */
export function makeFreshFolder(folder: string, next: string): void {
  refuseOccupied(folder, next);
  mkdirSync(folder, { recursive: true });
}

// undefined where no folder can be.
function tryNames(folder: string): readonly string[] | undefined {
  try {
    return readdirSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return [];
    if (code === "ENOTDIR") return undefined;
    throw error;
  }
}
