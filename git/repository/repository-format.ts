import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runGit } from "../process/runner.ts";

export const LOCK = "skerry.lock";

const IS_REPOSITORY = ["HEAD", "objects", "config"];
const IN_THE_MAKING = [...IS_REPOSITORY, "refs", "HEAD.lock", "config.lock", LOCK, `${LOCK}.takeover`];

/** What `git init --bare` writes on Linux: nearly every fleet repository, and known to be right without asking git (4 ms). */
const USUAL_CONFIG = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n";

/** Missing, empty, or what a run left that was killed while it made the repository: nothing that `git init` would not make. */
export function isUnfinished(folder: string): boolean {
  if (!existsSync(folder)) return true;
  const names = readdirSync(folder);
  return !IS_REPOSITORY.every((name) => names.includes(name)) && names.every((name) => IN_THE_MAKING.includes(name));
}

export async function makeBare(folder: string): Promise<void> {
  // An empty template: no sample hooks, no description.
  await runGit({ folder, args: ["init", "--quiet", "--bare", "--template=", "--initial-branch=fleet", "."] });
}

/** Why we cannot write here; undefined when we can. Read as a file: git itself would stop at an extension that it does not know. */
export async function tryFormatFault(folder: string): Promise<string | undefined> {
  if (existsSync(join(folder, ".git"))) return "is a work tree; a fleet repository is a bare one, in a folder of its own";
  if (!IS_REPOSITORY.every((name) => existsSync(join(folder, name)))) return "is not a git repository, and not empty either";
  if (readFileSync(join(folder, "config"), "utf8") === USUAL_CONFIG) return undefined;
  const list = (await runGit({ folder, args: ["config", "--file=config", "--list"] })).toString("utf8");
  const config = new Map(list.split("\n").map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
  if (config.get("core.bare") !== "true") return "is not a bare repository";
  const format = config.get("extensions.objectformat") ?? "sha1";
  if (format !== "sha1") return "is a SHA-256 repository; agents and most git hosts read SHA-1 ones only";
  const storage = config.get("extensions.refstorage") ?? "files";
  return storage === "files" ? undefined : "keeps its refs as a reftable; make one with: git init --bare --ref-format=files";
}
