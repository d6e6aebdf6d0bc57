import type { WorldError } from "../../core/index.ts";
import type { RefUpdate } from "../refs/ref-transaction.ts";
import { pushRefused, type Refusal, remoteFault } from "./remote-fault.ts";
import { type GitProcess, startGit } from "../process/runner.ts";

export interface PushOutcome {
  readonly moved: readonly RefUpdate[];
  /** The batch that the remote refused; none of its refs was moved, and later batches were not pushed. */
  readonly refused?: { readonly batch: readonly RefUpdate[]; readonly error: WorldError };
}

/** Refs of one atomic push. Sites are independent, so batches are safe; servers and command lines have limits. */
const BATCH_REFS = 1_000;

const QUIET = [
  "-c",
  "core.hooksPath=/dev/null",
  "-c",
  "push.followTags=false",
  "-c",
  "push.gpgSign=false",
  "-c",
  "push.recurseSubmodules=no",
];

/**
 * Moves refs at a remote, each only from its expected value (a lease). A batch moves completely or not at all. Can be repeated after a lost
 * connection: moved refs are then no updates any more. The server's message does not reliably tell a lost race from a refusal: callers read
 * the refs again.
 */
export async function pushRefs(gitFolder: string, url: string, updates: readonly RefUpdate[]): Promise<PushOutcome> {
  const moved: RefUpdate[] = [];
  for (let start = 0; start < updates.length; start += BATCH_REFS) {
    const batch = updates.slice(start, start + BATCH_REFS);
    const error = await tryPushBatch(gitFolder, url, batch);
    if (error) return { moved, refused: { batch, error } };
    moved.push(...batch);
  }
  return { moved };
}

/** undefined when the batch moved. Throws when the remote gave no answer about refs: a network, address or access fault. */
async function tryPushBatch(gitFolder: string, url: string, batch: readonly RefUpdate[]): Promise<WorldError | undefined> {
  const leases = batch.map(({ name, old }) => `--force-with-lease=${name}:${old ?? ""}`);
  const refspecs = batch.map((update) => `${update.new}:${update.name}`);
  const args = [...QUIET, "--git-dir=.", "push", "--porcelain", "--atomic", "--no-verify", ...leases, "--", url, ...refspecs];
  const git = startGit({ folder: gitFolder, args, setting: "users" });
  git.stdin.end();
  const output = readText(git);
  try {
    await git.done;
    return undefined;
  } catch (error) {
    const refusals = readRefusals(await output);
    if (refusals.length === 0) throw remoteFault(url, error);
    return pushRefused(url, refusals, error);
  }
}

async function readText(git: GitProcess): Promise<string> {
  let text = "";
  for await (const chunk of git.stdout.setEncoding("utf8")) text += chunk as string;
  return text;
}

// `!` TAB <from>:<to> TAB [rejected] (stale info). Source: git-push(1), OUTPUT.
function readRefusals(text: string): Refusal[] {
  const lines = text.split("\n").filter((line) => line.startsWith("!\t"));
  return lines.map((line) => {
    const [, refs = "", ...reason] = line.split("\t");
    return { name: refs.slice(refs.indexOf(":") + 1), reason: reason.join(" ") };
  });
}
