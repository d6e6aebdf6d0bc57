import { createHash } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { WorldError } from "../../core/index.ts";
import { KEEP_WORDS } from "./keep-files.ts";
import { type GitProcess, startGit } from "../process/runner.ts";

export interface PackContent {
  readonly count: number;
  /** The entries, split at any byte. Emptied as git reads them, to free their memory. */
  readonly chunks: Buffer[];
}

export interface IndexedPack {
  readonly objects: number;
  readonly bytes: number;
  /** Keeps a concurrent `git gc` from pruning the pack until refs reach it. The caller removes it after moving the refs. */
  readonly keepFile: string;
}

/**
 * Streams a pack into `git index-pack --strict`, which checks every object and every link, and makes it durable.
 * The last bytes are written only after `before`, when the packs with the objects that this one names are stored.
 */
export async function indexPack(gitFolder: string, pack: PackContent, before: Promise<unknown>, signal: AbortSignal): Promise<IndexedPack> {
  // One thread: with such small entries two threads mostly wait for git's locks, and the other core signs.
  const args = ["--git-dir=.", "index-pack", "--strict", "--stdin", "--threads=1", `--keep=${KEEP_WORDS}`];
  const git = startGit({ folder: gitFolder, args, signal });
  try {
    const output = readAll(git);
    const bytes = await stream(git, pack, before);
    await git.done;
    const name = /^keep\t([0-9a-f]{40})$/m.exec((await output).toString("latin1"))?.[1];
    if (name === undefined)
      throw new WorldError("git-failed", "git index-pack did not print the name of its pack", "install git 2.36 or newer");
    return { objects: pack.count, bytes, keepFile: join(gitFolder, "objects", "pack", `pack-${name}.keep`) };
  } finally {
    git.kill();
  }
}

async function stream(git: GitProcess, pack: PackContent, before: Promise<unknown>): Promise<number> {
  const header = Buffer.alloc(12);
  header.write("PACK");
  header.writeUInt32BE(2, 4);
  header.writeUInt32BE(pack.count, 8);
  const checksum = createHash("sha1").update(header);
  let bytes = 12;
  await write(git, header);
  for (let chunk = pack.chunks.shift(); chunk; chunk = pack.chunks.shift()) {
    checksum.update(chunk);
    bytes += chunk.length;
    await write(git, chunk);
  }
  await Promise.race([before, git.done]);
  git.stdin.end(checksum.digest());
  return bytes + 20;
}

/** Waits for a slower git; rejects with git's message when git exits meanwhile. */
async function write(git: GitProcess, bytes: Buffer): Promise<void> {
  if (git.stdin.write(bytes)) return;
  await Promise.race([once(git.stdin, "drain"), git.done]);
}

async function readAll(git: GitProcess): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of git.stdout) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
