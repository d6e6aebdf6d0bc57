import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { getCallSites } from "node:util";
import { systemProcess } from "../../core/index.ts";

/** A place in code, as a problem shows it. */
export interface CallSite {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/**
 * Where the function that asks was called from: objects carry no places, the call that took them does. To be asked directly in that function, since
 * frames are counted: this one, the asking one, its caller. undefined when the engine does not tell.
 */
export function tryCallSite(): CallSite | undefined {
  const [, , caller] = getCallSites(3);
  if (!caller?.scriptName) return undefined;
  const file = relative(systemProcess.workingFolder, pathOf(caller.scriptName));
  return { file, line: caller.lineNumber, column: caller.columnNumber };
}

// CommonJS frames carry paths, modules URLs.
function pathOf(script: string): string {
  return script.startsWith("file:") ? fileURLToPath(script) : script;
}
