import { relative, resolve } from "node:path";
import { type Problem, type ProblemCode, systemProcess, WorldError } from "../../core/index.ts";
import { problemText } from "./problem-text.ts";
import { UsageError } from "./usage-error.ts";
import { visibleJson, visibleText } from "./visible-text.ts";

/** What a command found or did, for programs and for people. */
export interface CommandResult {
  /** Any error among them makes the exit code 1. */
  readonly problems?: readonly Problem[];
  /** A sentence for people about all problems together, printed after them. */
  readonly note?: string;
  /** Printed by `-o json` beside `problems`: a plain JSON value. */
  readonly data: object;
  /** Printed for people; ends in a line end, or is empty. */
  readonly text: string;
}

/** For a command that could not begin because the fleet's files have problems. */
export function refused(problems: readonly Problem[], note?: string): CommandResult {
  return { problems, ...(note === undefined ? {} : { note }), data: {}, text: "" };
}

// Opening a fleet makes its folder the working folder; people read paths from where they typed the command.
const startFolder = systemProcess.workingFolder;

// One command a process; what ends it suddenly is told as the command would have told it.
let format: "text" | "json" = "text";

const EXIT = { done: 0, problems: 1, usage: 2, world: 3 } as const;

/**
 * Runs a command's work and tells its outcome: results on stdout, problems on stderr; with `-o json` one object on stdout for both.
 * Sets the exit code: 0 done, 1 the fleet has problems, 2 wrong usage, 3 the world failed, or we did.
 */
export async function report(options: { readonly output: "text" | "json" }, work: () => Promise<CommandResult>): Promise<void> {
  format = options.output;
  const { exitCode, outcome } = await finish(work);
  print(outcome);
  process.exitCode = exitCode;
}

/** For faults that no command's `await` sees. Returns the exit code. */
export function printFault(error: unknown): number {
  const { exitCode, problems } = judge(error);
  printProblems(problems);
  return exitCode;
}

/** The same for problems that are known as such, in the format of the command that runs. */
export function printProblems(problems: readonly Problem[]): void {
  print(refused(problems));
}

/** Prints text for people before a command's work is done. A program gets one object at the end, so nothing is printed for it here. */
export function printBefore(text: string): void {
  if (format === "text") process.stdout.write(text);
}

function print({ problems: found = [], note, data, text }: CommandResult): void {
  const problems = found.map(seenFromStart);
  if (format === "json") {
    process.stdout.write(`${visibleJson({ ...data, problems })}\n`);
    // One object is all that a program reads.
    format = "text";
  } else {
    if (problems.length > 0) process.stderr.write(problemText(problems, process.stderr));
    if (note !== undefined) process.stderr.write(`${note}\n`);
    process.stdout.write(text);
  }
}

function seenFromStart(problem: Problem): Problem {
  if (systemProcess.workingFolder === startFolder) return problem;
  return {
    ...problem,
    at: problem.at.map((place) => (place.file === undefined ? place : { ...place, file: relative(startFolder, resolve(place.file)) })),
  };
}

async function finish(work: () => Promise<CommandResult>): Promise<{ readonly exitCode: number; readonly outcome: CommandResult }> {
  try {
    const outcome = await work();
    return { exitCode: outcome.problems?.some(({ severity }) => severity === "error") ? EXIT.problems : EXIT.done, outcome };
  } catch (error) {
    const { exitCode, problems } = judge(error);
    return { exitCode, outcome: refused(problems) };
  }
}

function judge(error: unknown): { readonly exitCode: number; readonly problems: readonly Problem[] } {
  if (systemProcess.env("SKERRY_DEBUG") && error instanceof Error) process.stderr.write(`${visibleTrace(error)}\n`);
  if (error instanceof UsageError) return { exitCode: EXIT.usage, problems: error.problems };
  return { exitCode: EXIT.world, problems: [worldProblem(error)] };
}

function worldProblem(error: unknown): Problem {
  if (error instanceof WorldError) return problem(error.code, error.message, error.next);
  if (isSystemFault(error))
    return problem("system", error.message, "check the file or disk that the message names, then run the command again");
  const message = error instanceof Error ? error.message : String(error);
  return problem("bug", `this is a bug in skerry: ${message}`, "run the command again with SKERRY_DEBUG=1 and report what it prints");
}

// ENOENT, EACCES, ENOSPC and the like, from a file that a person named or the disk: never our bug alone.
function isSystemFault(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "errno" in error && "syscall" in error;
}

function visibleTrace(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by: ${visibleTrace(error.cause)}` : "";
  return (error.stack ?? error.message).split("\n").map(visibleText).join("\n") + cause;
}

function problem(code: ProblemCode, message: string, next: string): Problem {
  return { code, severity: "error", message, at: [], next };
}
