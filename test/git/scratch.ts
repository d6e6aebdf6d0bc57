import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Real git, as a person would run it, but without the person's settings. Returns stdout. */
export function git(folder: string, args: readonly string[], input: string | Buffer = ""): string {
  return gitBytes(folder, args, input).toString("utf8");
}

export function gitBytes(folder: string, args: readonly string[], input: string | Buffer = ""): Buffer {
  return execFileSync("git", [...args], { cwd: folder, input, env: PLAIN, stdio: ["pipe", "pipe", "pipe"], maxBuffer: 1 << 28 });
}

export const PLAIN = {
  ...{ PATH: process.env["PATH"], HOME: "/nonexistent", LC_ALL: "C", GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" },
  ...{ GIT_AUTHOR_NAME: "A", GIT_AUTHOR_EMAIL: "a@example", GIT_COMMITTER_NAME: "A", GIT_COMMITTER_EMAIL: "a@example" },
};

const folders: string[] = [];

/** A fresh folder, removed by `removeScratch`. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), "skerry-git-"));
  folders.push(folder);
  return folder;
}

export function removeScratch(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

export function bareRepository(options: readonly string[] = []): string {
  const folder = join(scratch(), "repository.git");
  execFileSync("git", ["init", "--quiet", "--bare", "--initial-branch=fleet", ...options, folder], { env: PLAIN });
  return folder;
}
