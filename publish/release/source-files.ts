import { realpathSync } from "node:fs";
import { relative } from "node:path";
import { type Place, type Problem, some } from "../../core/index.ts";
import { runGit } from "../../git/index.ts";

const SHOWN_FILES = 10;

/** Why a file that synth read is not what the commit holds. */
type Stray = "ignored" | "not committed" | "hidden change" | "outside";

/**
 * Compares the files that a release is made of with its source commit, by path and by content as git would store it. `git status` is not
 * enough: it passes over ignored files, over files with skip-worktree or assume-unchanged, and over everything outside the repository.
 */
export async function strayFiles(folder: string, commit: string, files: readonly string[]): Promise<readonly Problem[]> {
  if (files.length === 0) return [];
  const git = async (args: readonly string[], input = ""): Promise<string> =>
    (await runGit({ folder: top, setting: "users", args, input })).toString("utf8");
  let top = folder;
  const [shown, tree] = await Promise.all([git(["rev-parse", "--show-toplevel"]), git(["ls-tree", "-r", "-z", "--full-tree", commit])]);
  top = realpathSync(shown.replace(/\n$/, ""));
  const paths = [...new Set(files.map((file) => relative(top, realpathSync(file))))];
  const inside = paths.filter((path) => !isOutside(path));
  const committed = readTree(tree);
  const found = inside.filter((path) => committed.blobs.has(path));
  // With git's own filters, so that line ends of another system and files of Git LFS are no changes.
  const ids = (await git(["hash-object", "--stdin-paths"], found.map((path) => `${path}\n`).join(""))).split("\n");
  const missing = inside.filter((path) => !committed.blobs.has(path) && !committed.modules.some((module) => path.startsWith(`${module}/`)));
  const ignored = new Set(missing.length === 0 ? [] : await tryIgnored(git, missing));
  const strays: Readonly<Record<Stray, readonly string[]>> = {
    ignored: missing.filter((path) => ignored.has(path)),
    "not committed": missing.filter((path) => !ignored.has(path)),
    "hidden change": found.filter((path, index) => ids[index] !== committed.blobs.get(path)),
    outside: paths.filter(isOutside),
  };
  return (Object.keys(strays) as Stray[]).filter((kind) => strays[kind].length > 0).map((kind) => problemOf(kind, strays[kind], commit));
}

function isOutside(path: string): boolean {
  return path.startsWith("../") || path.startsWith("/");
}

interface CommittedTree {
  /** Path -> id. */
  readonly blobs: ReadonlyMap<string, string>;
  /** Paths of submodules, whose own state `git status` compares. */
  readonly modules: readonly string[];
}

// `<mode> <type> <id>` TAB <path> NUL: git-ls-tree(1), OUTPUT FORMAT.
function readTree(text: string): CommittedTree {
  const blobs = new Map<string, string>();
  const modules: string[] = [];
  for (const entry of text.split("\0").slice(0, -1)) {
    const tab = entry.indexOf("\t");
    const [, kind, id] = entry.slice(0, tab).split(" ") as [string, string, string];
    if (kind === "commit") modules.push(entry.slice(tab + 1));
    else blobs.set(entry.slice(tab + 1), id);
  }
  return { blobs, modules };
}

/** git check-ignore ends with 1 when it finds none, and prints nothing. */
async function tryIgnored(git: (args: readonly string[], input: string) => Promise<string>, paths: readonly string[]): Promise<string[]> {
  const found = await git(["check-ignore", "-z", "--stdin"], paths.map((path) => `${path}\0`).join("")).catch(() => "");
  return found.split("\0").filter((path) => path !== "");
}

const WHAT: Readonly<Record<Stray, readonly [what: string, next: (first: string) => string]>> = {
  ignored: [
    "which git ignores",
    (first) =>
      `commit them all the same, git add --force ${first}, or take them out of the fleet; what must stay apart does not belong into a release`,
  ],
  "not committed": ["which the commit does not have", (first) => `commit them: git add ${first}`],
  "hidden change": [
    "whose content differs from the commit, although git status does not show it (skip-worktree or assume-unchanged)",
    (first) => `let git see the change, git update-index --no-skip-worktree --no-assume-unchanged ${first}, then commit or discard it`,
  ],
  outside: ["outside of the fleet's git repository", () => "move them into the repository and commit them there"],
};

function problemOf(kind: Stray, paths: readonly string[], commit: string): Problem {
  const [what, next] = WHAT[kind];
  const at = paths.slice(0, SHOWN_FILES).map((file): Place => ({ file }));
  return {
    code: "stray-source",
    severity: "error",
    message: `the fleet is made of ${paths.length === 1 ? "a file" : `${paths.length} files`} ${what}: ${some(paths)}`,
    at,
    because: `the release would say that it is made of commit ${commit.slice(0, 12)}, and a clone of that commit makes other trees`,
    next: next(paths[0] as string),
  };
}
