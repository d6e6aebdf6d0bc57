import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runGit } from "../process/runner.ts";

export const LOCK = "skerry.lock";

const IS_REPOSITORY = ["HEAD", "objects", "config"];
const IN_THE_MAKING = [...IS_REPOSITORY, "refs", "HEAD.lock", "config.lock", LOCK, `${LOCK}.takeover`];

/** The config of `git init --bare` on Linux: nearly every fleet repository has it, and it needs no call of git (4 ms). */
const USUAL_CONFIG = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n";

/** Missing, empty, or left incomplete by a run that was killed while it created the repository, with nothing but files of `git init`. */
export function isUnfinished(folder: string): boolean {
  if (!existsSync(folder)) return true;
  const names = readdirSync(folder);
  return !IS_REPOSITORY.every((name) => names.includes(name)) && names.every((name) => IN_THE_MAKING.includes(name));
}

export async function makeBare(folder: string): Promise<void> {
  // An empty template: no sample hooks, no description.
  await runGit({ folder, args: ["init", "--quiet", "--bare", "--template=", "--initial-branch=fleet", "."] });
}

/** Why this repository cannot be used; undefined when it can. Read as a file, because git itself stops at an unknown extension. */
export async function tryFormatFault(folder: string): Promise<string | undefined> {
  if (existsSync(join(folder, ".git"))) return "is a work tree; a fleet repository must be a bare one in its own folder";
  if (!IS_REPOSITORY.every((name) => existsSync(join(folder, name)))) return "is not a git repository, and not empty either";
  if (readFileSync(join(folder, "config"), "utf8") === USUAL_CONFIG) return undefined;
  const list = (await runGit({ folder, args: ["config", "--file=config", "--list"] })).toString("utf8");
  const config = new Map(list.split("\n").map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
  if (config.get("core.bare") !== "true") return "is not a bare repository";
  const format = config.get("extensions.objectformat") ?? "sha1";
  if (format !== "sha1") return "is a SHA-256 repository; agents and most git hosts read SHA-1 ones only";
  const storage = config.get("extensions.refstorage") ?? "files";
  return storage === "files" ? undefined : "stores its refs in a reftable; create one with: git init --bare --ref-format=files";
}
