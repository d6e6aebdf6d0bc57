import { WorldError } from "../core/index.ts";
import { redact } from "./redaction.ts";
import type { RefUpdate } from "./ref-transaction.ts";
import { type GitProcess, startGit } from "./runner.ts";

export interface PushOutcome {
  readonly moved: readonly RefUpdate[];
  /** Those of the batch that lost whose refs held something else. */
  readonly lost: readonly RefUpdate[];
}

/** Refs of one atomic push. Each site stands alone, so a batch is safe; servers and command lines have limits. */
const BATCH_REFS = 1_000;

const QUIET = ["-c", "core.hooksPath=/dev/null", "-c", "push.followTags=false", "-c", "push.gpgSign=false", "-c", "push.recurseSubmodules=no"];

/**
 * Moves refs at a remote, each only from the value it must hold (a lease). A batch moves as a whole or not at all, and
 * the first one that loses ends the push. Run again after a cut line: what was moved before is then no longer an update.
 */
export async function pushRefs(gitFolder: string, url: string, updates: readonly RefUpdate[]): Promise<PushOutcome> {
  const moved: RefUpdate[] = [];
  for (let start = 0; start < updates.length; start += BATCH_REFS) {
    const batch = updates.slice(start, start + BATCH_REFS);
    const lost = await pushBatch(gitFolder, url, batch);
    if (lost.length > 0) return { moved, lost };
    moved.push(...batch);
  }
  return { moved, lost: [] };
}

async function pushBatch(gitFolder: string, url: string, batch: readonly RefUpdate[]): Promise<readonly RefUpdate[]> {
  const leases = batch.map(({ name, old }) => `--force-with-lease=${name}:${old ?? ""}`);
  const refspecs = batch.map((update) => `${update.new}:${update.name}`);
  const args = [...QUIET, "--git-dir=.", "push", "--porcelain", "--atomic", "--no-verify", ...leases, "--", url, ...refspecs];
  const git = startGit({ folder: gitFolder, args, setting: "users" });
  git.stdin.end();
  const said = readText(git);
  try {
    await git.done;
    return [];
  } catch (error) {
    const refusals = readRefusals(await said);
    const lost = batch.filter(({ name }) => isStale(refusals.get(name)));
    if (lost.length > 0) return lost;
    throw refusals.size > 0 ? refused(url, refusals, error) : error;
  }
}

async function readText(git: GitProcess): Promise<string> {
  let text = "";
  for await (const chunk of git.stdout.setEncoding("utf8")) text += chunk as string;
  return text;
}

// `!` TAB <from>:<to> TAB [rejected] (stale info). Source: git-push(1), OUTPUT.
function readRefusals(text: string): Map<string, string> {
  const lines = text.split("\n").filter((line) => line.startsWith("!\t"));
  return new Map(lines.map((line) => [(line.split("\t")[1] ?? "").split(":").slice(1).join(":"), line.split("\t").slice(2).join(" ")]));
}

// The last is what a server says when the ref moved between its greeting and our push.
function isStale(reason: string | undefined): boolean {
  return reason !== undefined && /stale info|fetch first|non-fast-forward|already exists|cannot lock ref|failed to update ref|reference already exists/.test(reason);
}

function refused(url: string, refusals: ReadonlyMap<string, string>, cause: unknown): WorldError {
  const [name, reason] = [...refusals].find(([, why]) => !why.includes("atomic")) ?? [...refusals][0] ?? ["", ""];
  return new WorldError("push-refused", `${redact(url)} refused ${name}: ${redact(reason)}`, "Ask whoever runs that server for the right to move these refs", { cause });
}
