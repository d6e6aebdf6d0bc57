import { accessSync, constants, readFileSync } from "node:fs";
import type { ProcessPort } from "../core/index.ts";

const SHELL = "/bin/sh";

/**
 * The kernel hands every process whose parent has gone to process 1, which must wait for it or it stays as a zombie: git's helpers end after
 * git when a fetch is cut off. Node waits for children of its own alone, and any POSIX shell waits for all. It passes signals on, and ends
 * with the agent's exit code.
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
 * As process 1 of a container this process becomes that shell, and the same command line its child. Returns otherwise; and as process 1 with
 * the reason why orphans stay, which stops no agent.
 */
export function superviseAsProcessOne({ pid }: ProcessPort): string | undefined {
  if (pid !== 1) return undefined;
  try {
    accessSync(SHELL, constants.X_OK);
    // As it was typed: the command line of `skerry` is taken apart by now.
    const [, ...args] = readFileSync("/proc/self/cmdline", "utf8").split("\0").slice(0, -1);
    if (process.execve !== undefined) process.execve(SHELL, [SHELL, "-c", INIT, "skerry-init", process.execPath, ...args]);
    return "this Node cannot hand over to a shell";
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return message;
  }
}
