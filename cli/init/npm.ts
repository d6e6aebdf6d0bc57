import { spawn } from "node:child_process";
import { WorldError } from "../../core/index.ts";

/**
 * Runs npm in a folder, without a word of its own, and returns its stdout. The only place that does: everything else is git.
 * Rejects with a `WorldError` that has npm's own first faults.
 */
export function npm(args: readonly string[], folder: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn("npm", args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-2000);
    });
    const fail = (message: string, cause?: Error): void =>
      reject(
        new WorldError("npm-failed", `npm ${args[0]}: ${message}`, `run it again to see more: cd ${folder} && npm ${args.join(" ")}`, {
          cause,
        }),
      );
    child.on("error", (error) => fail(error.message, error));
    child.on("close", (code) => (code === 0 ? resolve(stdout) : fail(faultIn(said) ?? `exit code ${code}`)));
  });
}

// Between its faults npm prints warnings, hints and the place of a log; the faults alone are marked.
function faultIn(said: string): string | undefined {
  const errors = said.split("\n").filter((line) => /^npm (error|ERR!) /.test(line));
  return errors.length === 0
    ? undefined
    : errors
        .slice(0, 3)
        .join("; ")
        .replaceAll(/npm (error|ERR!) /g, "");
}
