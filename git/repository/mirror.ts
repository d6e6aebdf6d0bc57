import { existsSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { remoteFault } from "./remote-fault.ts";
import { runGit, startGit } from "../process/runner.ts";

/** Branches and tags, but not a git host's own refs (pull requests), nor refs that are local to this machine. */
const REFSPECS = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"];

// No hook or setting of the user may run or rewrite anything meanwhile.
const QUIET = [
  "-c",
  "core.hooksPath=/dev/null",
  "-c",
  "gc.auto=0",
  "-c",
  "maintenance.auto=false",
  "-c",
  "fetch.unpackLimit=1",
  "-c",
  "fetch.writeCommitGraph=false",
];

/** Creates the mirror; returns false when it exists. A clone writes all refs to one file, a fetch would write one file each. */
export async function tryCloneMirror(url: string, folder: string): Promise<boolean> {
  if (existsSync(folder)) return false;
  const half = `${folder}.part`;
  rmSync(half, { recursive: true, force: true });
  await run(url, dirname(folder), [...QUIET, "clone", "--quiet", "--bare", "--template=", "--", url, half]);
  // The URL stays only in the fleet's configuration, because it may have a password.
  await runGit({ folder: half, args: ["--git-dir=.", "config", "--remove-section", "remote.origin"] });
  renameSync(half, folder);
  await fetchMirror(url, folder);
  return true;
}

/** Sets the mirror's refs to the remote's, and so removes what an interrupted run left. */
export async function fetchMirror(url: string, folder: string): Promise<void> {
  const options = ["--quiet", "--prune", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--update-head-ok"];
  await run(url, folder, [...QUIET, "--git-dir=.", "fetch", ...options, "--", url, ...REFSPECS]);
}

async function run(url: string, folder: string, args: readonly string[]): Promise<void> {
  const git = startGit({ folder, args, setting: "users" });
  git.stdin.end();
  git.stdout.resume();
  await git.done.catch((error: unknown) => {
    throw remoteFault(url, error);
  });
}
