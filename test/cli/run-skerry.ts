import { spawn } from "node:child_process";
import { join } from "node:path";

export const REPOSITORY = join(import.meta.dirname, "../..");
const LAUNCHER = join(REPOSITORY, "cli/skerry.js");

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The real command in a process of its own. */
export function skerry(args: readonly string[], folder: string, env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  return run(process.execPath, [LAUNCHER, ...args], folder, env);
}

/** What `-o json` printed, read back. Fails the test when the command did not end as expected. */
export async function skerryJson(args: readonly string[], folder: string, code = 0): Promise<any> {
  const ran = await skerry([...args, "-o", "json"], folder);
  if (ran.code !== code) throw new Error(`skerry ${args.join(" ")}: exit ${ran.code}\n${ran.stdout}${ran.stderr}`);
  return JSON.parse(ran.stdout);
}

export function run(program: string, args: readonly string[], folder: string, env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: folder, env: { ...environment(), ...env }, stdio: ["ignore", "pipe", "pipe"] });
    const said = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].setEncoding("utf8").on("data", (text: string) => {
        said[stream] += text;
      });
    }
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, ...said }));
  });
}

// Jest's own variables (NODE_OPTIONS, colours) and a developer's git settings must not change what is tested.
function environment(): Record<string, string> {
  const { PATH = "", HOME = "", TMPDIR } = process.env;
  return { PATH, HOME, ...(TMPDIR === undefined ? {} : { TMPDIR }), GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" };
}
