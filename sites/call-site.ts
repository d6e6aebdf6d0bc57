import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { getCallSites } from "node:util";
import { systemProcess } from "../core/index.ts";

/** A place in code, as a problem shows it. */
export interface CallSite {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

// Enough to get out of this room, whatever called it.
const FRAMES_MAX = 12;
const OWN_FOLDER = new URL(".", import.meta.url).href;

/** Where this room was called from: objects carry no places, the call that took them does. undefined when the engine does not tell. */
export function tryCallSite(): CallSite | undefined {
  const frames = getCallSites(FRAMES_MAX, { sourceMap: false });
  const caller = frames.find(
    ({ scriptName }) => scriptName !== "" && !urlOf(scriptName).startsWith(OWN_FOLDER) && !scriptName.startsWith("node:"),
  );
  if (!caller) return undefined;
  const file = relative(systemProcess.workingFolder, pathOf(caller.scriptName));
  return { file, line: caller.lineNumber, column: caller.columnNumber };
}

// CommonJS frames carry paths, modules URLs.
function urlOf(script: string): string {
  return script.startsWith("file:") ? script : `file://${script}`;
}

function pathOf(script: string): string {
  return script.startsWith("file:") ? fileURLToPath(script) : script;
}
