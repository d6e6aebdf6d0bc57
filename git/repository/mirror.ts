import { existsSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { remoteFault } from "./remote-fault.ts";
import { runGit, startGit } from "../process/runner.ts";

/** Branches and tags. A git host's own refs (pull requests) stay where they are, and so do refs that are local to this machine. */
const REFSPECS = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"];

// A hook or a setting of the user must not run, or rewrite, anything in the middle of this.
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

/** Makes the mirror if there is none yet; false when there is. A clone puts its refs into one file, where a fetch makes one each. */
export async function tryCloneMirror(url: string, folder: string): Promise<boolean> {
  if (existsSync(folder)) return false;
  const half = `${folder}.part`;
  rmSync(half, { recursive: true, force: true });
  await run(url, dirname(folder), [...QUIET, "clone", "--quiet", "--bare", "--template=", "--", url, half]);
  // The URL stays in the fleet's configuration alone: it may hold a password.
  await runGit({ folder: half, args: ["--git-dir=.", "config", "--remove-section", "remote.origin"] });
  renameSync(half, folder);
  await fetchMirror(url, folder);
  return true;
}

/** Makes the mirror's refs those of the remote: also what an interrupted run left in it goes. */
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
