import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { tryPackage } from "./package-trial.ts";

/** One check. Returns what is wrong, or undefined. */
type Step = readonly [name: string, run: () => string | undefined];

const top = join(import.meta.dirname, "..");
const bin = (name: string): string => join(top, "node_modules/.bin", name);

// All of them run, so that one run shows every fault. The architecture is among the tests.
const steps: readonly Step[] = [
  ["types", () => command(bin("tsc"), ["-p", "."])],
  ["types of the fleet", () => command(bin("tsc"), ["-p", "stacks"])],
  ["types of the examples", () => command(bin("tsc"), ["-p", "examples"])],
  ["lint", () => command(bin("oxlint"), ["--type-aware", "--deny-warnings"])],
  ["format", () => command(bin("biome"), ["format", "--reporter=summary", "."])],
  ["dead code", () => command(bin("knip"), ["--no-progress"])],
  ["build", () => command(process.execPath, ["tools/build.ts"])],
  ...tryPackage(top, command),
];

let failed = 0;
for (const [name, run] of steps) {
  const started = performance.now();
  const fault = run();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`${fault === undefined ? "ok    " : "FAILED"} ${name} (${seconds} s)\n`);
  if (fault === undefined) continue;
  failed += 1;
  process.stdout.write(`${fault.trimEnd().replaceAll(/^/gm, "       ")}\n`);
}
process.stdout.write(`check: ${steps.length - failed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;

function command(program: string, args: readonly string[], folder = top): string | undefined {
  // A folder of its own means a user's fleet there: nothing of this repository may leak in through npm's variables.
  const env = folder === top ? process.env : Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("npm_")));
  const { status, stdout, stderr, error, signal } = spawnSync(program, args, {
    cwd: folder,
    env,
    encoding: "utf8",
    maxBuffer: 64_000_000,
    timeout: 300_000,
  });
  if (error) return existsSync(program) ? String(error) : `${program} does not exist: run npm ci`;
  return status === 0 ? undefined : `${stdout}${stderr}\nexit ${status ?? signal}`;
}
