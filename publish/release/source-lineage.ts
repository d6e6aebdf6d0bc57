import { type Problem, refused } from "../../core/index.ts";
import { runGit } from "../../git/index.ts";
import type { FleetTip } from "../../releases/index.ts";

const ANYWAY = "or say that it is meant: --other-source";

/**
 * Why a release of this commit would surprise after the last one: its source is older, or no descendant at all, as when somebody releases from
 * a branch, or from a clone that was not brought up to date. Then sites would lose what the last release gave them.
 */
export async function lineageProblems(folder: string, commit: string, last: FleetTip): Promise<readonly Problem[]> {
  if (last.source === commit) return [];
  const git = async (...args: string[]): Promise<string | undefined> =>
    runGit({ folder, setting: "users", args }).then(
      (output) => output.toString("utf8").trim(),
      () => undefined,
    );
  // Without a common ancestor, and without the commit, git prints nothing and fails.
  const base = await git("merge-base", last.source, commit);
  if (base === last.source) return [];
  if (base === undefined && (await git("rev-parse", "--verify", "--quiet", `${last.source}^{commit}`)) === undefined) {
    const isShallow = (await git("rev-parse", "--is-shallow-repository")) === "true";
    return unknownLast(last, isShallow);
  }
  return strange(commit, last, base === commit);
}

function unknownLast({ release, source }: FleetTip, isShallow: boolean): readonly Problem[] {
  return refused({
    code: "other-source",
    message: `${isShallow ? "this clone is shallow, and lacks" : "this repository lacks"} commit ${source.slice(0, 12)}, of which release/${release} was made`,
    because: "so nobody can tell whether this source continues that one, or would take something back",
    next: `${isShallow ? "get the history: git fetch --unshallow" : "fetch it: git fetch --all"}; ${ANYWAY}`,
  }).problems;
}

function strange(commit: string, { release, source }: FleetTip, isOlder: boolean): readonly Problem[] {
  const [was, is] = [source.slice(0, 12), commit.slice(0, 12)];
  return refused({
    code: "other-source",
    message: isOlder
      ? `the source commit ${is} is older than ${was}, of which release/${release} was made`
      : `the source commit ${is} is no descendant of ${was}, of which release/${release} was made`,
    because: `sites would lose what changed between the two: git log ${is}..${was}`,
    next: `${isOlder ? "bring this clone up to date: git pull" : "merge or rebase onto that commit"}; to go back on purpose use skerry rollback, ${ANYWAY}`,
  }).problems;
}
