import { statSync } from "node:fs";
import { relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { errorPlace, Fleet } from "../../constructs/index.ts";
import { type Place, type Problem, type ProblemCode, systemProcess } from "../../core/index.ts";
import { runImportedSources } from "./run-imported-sources.ts";

export type LoadedStack = { readonly fleet: Fleet } | { readonly problems: readonly Problem[] };

/**
 * Runs a stack's module and returns the fleet that it exports as default. Whatever the module does wrong is a problem with the user's own
 * line. `file` is relative to the working folder. A module runs once a process.
 */
export async function loadStack(file: string): Promise<LoadedStack> {
  const path = resolve(systemProcess.workingFolder, file);
  const next = "write where the stack's file is in cdk8s.yaml, under fleet.stack";
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return fault("stack-not-found", `there is no ${file}`, [], next);
  if (found.isDirectory()) return fault("stack-not-found", `${file} is a folder`, [], next);
  runImportedSources();
  let loaded: { readonly default?: unknown };
  try {
    loaded = (await import(pathToFileURL(path).href)) as typeof loaded;
  } catch (error) {
    return fault(
      "stack-failed",
      `the stack cannot be run: ${sentenceOf(error)}`,
      placesOf(error, file),
      "correct the line, then run the command again",
    );
  }
  if (loaded.default instanceof Fleet) return { fleet: loaded.default };
  if (Fleet.isFleet(loaded.default)) return twoCopies(file);
  const message = loaded.default === undefined ? `${file} has no default export` : `the default export of ${file} is not a Fleet`;
  return fault("no-fleet", message, [{ file }], 'end the stack with "export default fleet;", where fleet is a new Fleet(…)');
}

/**
 * The problem of an error that escaped while a stack was loaded or used, from a timer or a promise of the stack's own; undefined when it is
 * none of the stack's. What carries no place at all, such as a rejected text, can only be the stack's: we throw errors.
 */
export function tryStackFault(error: unknown, file: string): Problem | undefined {
  const place = errorPlace(error);
  const [, reason] = /reason "([^]*)"\.$/.exec(isRejection(error) ? error.message : "") ?? [];
  if (place === undefined && error instanceof Error && reason === undefined) return undefined;
  return {
    code: "stack-failed",
    severity: "error",
    message: `the fleet's code failed in a timer or promise that nothing awaits: ${sentenceOf(reason ?? error)}`,
    at: [place ?? { file }],
    because: "no await sees this error, so it would end the process without a message",
    next: "await the promise at the top of the stack, or remove the timer",
  };
}

// Node's own error around a rejection with something that is no error.
function isRejection(error: unknown): error is Error {
  return error instanceof Error && "code" in error && error.code === "ERR_UNHANDLED_REJECTION";
}

// Constructs of one copy mean nothing to the other, and the faults that come of it name everything but the reason.
function twoCopies(file: string): LoadedStack {
  const message = `${file} imports another copy of skerry than the one that runs this command`;
  return fault(
    "two-skerries",
    message,
    [{ file }],
    "run the fleet's own copy with npx skerry in its folder; npm ls skerry lists the copies",
  );
}

function fault(code: ProblemCode, message: string, at: readonly Place[], next: string): LoadedStack {
  return { problems: [{ code, severity: "error", message, at, next }] };
}

function sentenceOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  // The compiler's picture of the line comes below its sentence; the place says the same.
  return message.trim().split("\n")[0] as string;
}

function placesOf(error: unknown, file: string): readonly Place[] {
  const place = tryParserPlace(error) ?? errorPlace(error);
  return [place ?? { file }];
}

// A module that cannot be read never ran, so its place stands before the message: `file:///…/airports.ts:12`, the line (or some), and a caret below it.
function tryParserPlace(error: unknown): Place | undefined {
  const picture = /^(file:[^\n]*):([0-9]+)\n(?:(?:[^\n]*\n){1,4}?([ \t]*)\^+\n)?/;
  const [, url, line, indent] = (error instanceof SyntaxError && picture.exec(error.stack ?? "")) || [];
  if (url === undefined) return undefined;
  const file = relative(systemProcess.workingFolder, fileURLToPath(url));
  return { file, line: Number(line), ...(indent === undefined ? {} : { column: indent.length + 1 }) };
}
