import { accessSync, constants, readFileSync } from "node:fs";
import type { ProcessPort } from "../core/index.ts";

const SHELL = "/bin/sh";

/**
 * Process 1 becomes the parent of orphaned processes and must wait for them, or they remain as zombies: git's helpers end after git when a
 * fetch is aborted. Node waits only for its own children, a POSIX shell for all. The shell forwards signals and exits with the agent's code.
 */
const INIT = `agent= wanted=
pass() { if [ -n "$agent" ]; then kill -"$1" "$agent" 2>/dev/null; else wanted=$1; fi; }
trap 'pass TERM' TERM
trap 'pass INT' INT
trap 'pass HUP' HUP
"$@" &
agent=$!
[ -z "$wanted" ] || kill -"$wanted" "$agent"
while :; do
  wait "$agent"
  code=$?
  if kill -0 "$agent" 2>/dev/null; then continue; fi
  wait "$agent" 2>/dev/null
  again=$?
  [ "$again" -eq 127 ] || code=$again
  exit "$code"
done`;

/**
 * As process 1 of a container, replaces this process by that shell, which runs the same command line as its child. Otherwise it returns; as
 * process 1, with the reason why zombies remain. The agent runs all the same.
 */
export function superviseAsProcessOne({ pid }: ProcessPort): string | undefined {
  if (pid !== 1) return undefined;
  try {
    accessSync(SHELL, constants.X_OK);
    // The original command line: `skerry` has already parsed and removed its own arguments.
    const [, ...args] = readFileSync("/proc/self/cmdline", "utf8").split("\0").slice(0, -1);
    if (process.execve !== undefined) process.execve(SHELL, [SHELL, "-c", INIT, "skerry-init", process.execPath, ...args]);
    return "this version of Node has no process.execve";
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return message;
  }
}
