import { resolve } from "node:path";
import { type Outcome, refused } from "../../core/index.ts";
import { runGit } from "../../git/index.ts";
import { isSignedTime } from "../../wire/index.ts";

/** The state of the fleet's source that a release is made of. */
export interface SourceRevision {
  /** Commit id. */
  readonly commit: string;
  /** The commit's time, in seconds since 1970: the release takes it over, so that the same source gives the same release. */
  readonly seconds: number;
}

const SHOWN_FILES = 10;

/**
 * The commit that the fleet's source is at. A problem when the folder is not in a git repository, has no commit yet, or
 * differs from its commit: a release must be what the commit says. Files that git ignores do not count.
 */
export async function readSource(folder: string): Promise<Outcome<SourceRevision>> {
  // The user's own ignore files and settings hold here: what `git status` shows them is what counts.
  const git = async (...args: string[]): Promise<string> => (await runGit({ folder, setting: "users", args })).toString("utf8");
  const [head, status] = await Promise.allSettled([
    git("log", "-1", "--no-show-signature", "--format=%H %ct", "HEAD"),
    git("--no-optional-locks", "status", "--porcelain=v1", "-z", "--untracked-files=normal", "--ignore-submodules=none", "--no-renames"),
  ]);
  if (head.status === "rejected") return noCommit(folder, (head.reason as Error).message);
  if (status.status === "rejected") throw status.reason;
  const [commit, time] = head.value.trim().split(" ");
  const changes = status.value.split("\0").filter((line) => line !== "");
  if (changes.length > 0) return dirty(changes.map((line) => line.slice(3)));
  if (!isSignedTime(Number(time))) return odd(folder, commit as string, Number(time));
  return { value: { commit: commit as string, seconds: Number(time) } };
}

function noCommit(folder: string, said: string): Outcome<SourceRevision> {
  // Of git 2.35.2 and later: "unsafe repository" in the first of them.
  if (/detected dubious ownership|unsafe repository/.test(said)) return foreign(folder, said);
  return refused({
    code: "no-source-commit",
    message: `${folder} has no git commit to release`,
    because: said,
    next: "commit the fleet to git: git init && git add -A && git commit",
  });
}

function foreign(folder: string, said: string): Outcome<SourceRevision> {
  return refused({
    code: "no-source-commit",
    message: `${folder} belongs to another user, so git does not read its commit`,
    because: said.split("\n")[0] as string,
    next: `run this as the user who owns the folder, or allow it: git config --global --add safe.directory ${/ at '(.+)'/.exec(said)?.[1] ?? resolve(folder)}`,
  });
}

function odd(folder: string, commit: string, seconds: number): Outcome<SourceRevision> {
  return refused({
    code: "source-date",
    message: `the source commit ${commit} in ${folder} has a date that cannot be used: ${seconds} seconds since 1970`,
    because: "a release takes the date of its source commit, and sites refuse dates before 1970 and after 2099",
    next: "correct the clock and commit again: git commit --amend --no-edit --date=now",
  });
}

function dirty(files: readonly string[]): Outcome<SourceRevision> {
  const more = files.length > SHOWN_FILES ? ` and ${files.length - SHOWN_FILES} more` : "";
  return refused({
    code: "dirty-source",
    message: `the source has uncommitted changes: ${files.slice(0, SHOWN_FILES).join(", ")}${more}`,
    at: files.slice(0, SHOWN_FILES).map((file) => ({ file })),
    because: "a release names its source commit, and everybody must be able to make the same release from it",
    next: "commit these files, or add those that are not part of the fleet to .gitignore",
  });
}
