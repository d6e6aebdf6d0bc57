import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { getCallSites } from "node:util";
import { systemProcess } from "../../core/index.ts";

/** A place in code. */
export interface CallSite {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/**
 * The place from which the calling function was called, for objects, which have no places of their own. Must be called directly in that function,
 * because stack frames are counted. undefined when the engine does not provide it.
 */
export function tryCallSite(): CallSite | undefined {
  const [, , caller] = getCallSites(3);
  if (!caller?.scriptName) return undefined;
  const file = relative(systemProcess.workingFolder, pathOf(caller.scriptName));
  return { file, line: caller.lineNumber, column: caller.columnNumber };
}

// Frames of CommonJS have paths, frames of modules have URLs.
function pathOf(script: string): string {
  return script.startsWith("file:") ? fileURLToPath(script) : script;
}
