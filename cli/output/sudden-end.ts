import type { Problem } from "../../core/index.ts";
import { printFault, printProblems } from "./command-result.ts";

const EXIT_PROBLEMS = 1;

type Blame = (error: unknown) => Problem | undefined;
let usersFault: Blame | undefined;

/**
 * Tells what ends the process before its command is done, instead of Node's trace or silence. The returned function is to be called when the
 * command is done.
 */
export function watchForSuddenEnd(): () => Promise<void> {
  process.on("uncaughtException", dieOf);
  process.on("exit", failWhenCutShort);
  leaveWhenNobodyReads();
  return endOrderly;
}

// What a stack leaves behind, such as a timer or an open connection, must not hold up a command that is done.
async function endOrderly(): Promise<void> {
  process.off("exit", failWhenCutShort);
  if (usersFault === undefined) return;
  for (const stream of [process.stdout, process.stderr]) await new Promise((written) => stream.write("", written));
  process.exit();
}

/** Before a user's stack runs: from then on `blame` says which of the errors that no `await` sees are the stack's own. */
export function blameStack(blame: Blame): void {
  usersFault = blame;
}

// Whatever escapes every `await`: a stream, a timer, a promise that nobody looks at.
function dieOf(error: unknown): void {
  const fault = usersFault?.(error);
  process.off("exit", failWhenCutShort);
  process.exit(fault === undefined ? printFault(error) : (printProblems([fault]), EXIT_PROBLEMS));
}

// A stack that ends the process, or awaits what never comes, would otherwise pass for a fleet without problems, or end without a word.
function failWhenCutShort(): void {
  const message = "the fleet's code ended the process before the command was done";
  const next = "look in it for process.exit() and for an await that never ends";
  // Inside process.exit() the line that called it is still on the stack.
  const at = usersFault?.(new Error(message))?.at ?? [];
  printProblems([{ code: "stack-failed", severity: "error", message, at, next }]);
  process.exitCode = EXIT_PROBLEMS;
}

// `skerry sites | head` closes the pipe early: that is no fault, and there is nobody left to tell.
function leaveWhenNobodyReads(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
      process.off("exit", failWhenCutShort);
      process.exit();
    });
  }
}
