import { basename } from "node:path";
import type { Disk } from "../../core/index.ts";

/** Programs that run a script or another program, which the next argument that is no option, no assignment and no number names. */
const LAUNCHERS = /^(sh|ash|bash|dash|ksh|zsh|busybox|env|nice|timeout|python[0-9.]*|perl|ruby|node|php)$/;
const IN_BETWEEN = /^(-|[A-Za-z_][A-Za-z0-9_]*=|[0-9.]+[smhd]?$)/;
/** An absolute path, and not the text of a script. */
const PATH = /^(\/[^\s/'"`;|&<>$()]{1,255})+$/;
const PATH_LENGTH_MAX = 4_095;

/**
 * Why a user other than root and the agent's user decides what this command of agent.json runs; undefined when nobody does. Judged by the
 * absolute paths of the program and of the script that a shell or interpreter runs: a name is looked up in PATH, which belongs to whoever
 * starts the agent. A file that is missing or cannot be read gives no fault here, because starting it fails.
 */
export async function tryProgramFault(command: readonly string[], disk: Pick<Disk, "pathFault">): Promise<string | undefined> {
  for (const path of programPaths(command)) {
    const because = await disk.pathFault(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === undefined) throw error;
      return undefined;
    });
    if (because !== undefined) return because;
  }
  return undefined;
}

function programPaths(command: readonly string[]): readonly string[] {
  const programs: string[] = [];
  const left = [...command];
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    programs.push(word);
    if (!LAUNCHERS.test(basename(word))) break;
    while (IN_BETWEEN.test(left[0] ?? "")) left.shift();
  }
  return programs.filter((path) => path.length <= PATH_LENGTH_MAX && PATH.test(path));
}
