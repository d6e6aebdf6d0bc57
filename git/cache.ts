import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { limits, type ProcessPort } from "../core/index.ts";
import { type GitLimits, runConfined } from "./confined-git.ts";
import { gitEnvironment } from "./environment.ts";
import { isObjectId } from "./object.ts";
import { parseRepository, type RepositoryAddress } from "./repository-address.ts";

/**
 * A bare repository that may be thrown away at any moment. It belongs on memory-backed storage: even an idle fetch renames its
 * `shallow` file. Everything a site needs to go on lies elsewhere, so no read from here is ever trusted before it was verified.
 */
export interface Cache {
  readonly folder: string;
  readonly address: RepositoryAddress;
  /** All that git sees of the environment: nothing of the user's or the system's configuration. */
  readonly environment: Record<string, string>;
  readonly limits: GitLimits;
}

/** The operator's way to the server, besides what every sealed git gets. */
const PASSED = [
  ...["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"],
  ...["SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO", "GIT_SSH_COMMAND", "SSH_AUTH_SOCK"],
];

const MEMORY_BYTES = 512 * 1024 * 1024;

/** Indexing the largest pack takes a small board some 20 s. */
const CPU_SECONDS = 300;

/** Throws a `TypeError` when the address names no allowed protocol. Touches no disk. */
export function describeCache(folder: string, repository: string, world: ProcessPort): Cache {
  const address = parseRepository(repository);
  const passed = PASSED.flatMap((name) => (world.env(name) === undefined ? [] : [[name, world.env(name) as string]]));
  const environment: Record<string, string> = {
    GIT_SSH_COMMAND: "ssh -oBatchMode=yes -oConnectTimeout=20",
    ...gitEnvironment("sealed", world),
    ...Object.fromEntries(passed),
    GIT_DIR: folder,
    GIT_ALLOW_PROTOCOL: address.protocol,
  };
  return { folder, address, environment, limits: { fileBytes: limits.packBytes, memoryBytes: MEMORY_BYTES, cpuSeconds: CPU_SECONDS } };
}

/** Makes the cache anew unless a whole one is there. Returns whether it is empty, so that its faults are the server's. */
export async function openCache(cache: Cache): Promise<{ readonly fresh: boolean }> {
  const config = configOf(cache.address);
  const present = await readFile(join(cache.folder, "config"), "utf8").catch(() => undefined);
  // A lock or half a pack was left by a process that died; a config of other words by another agent version.
  if (present === config && !(await holdsLeftOvers(cache.folder))) return { fresh: (await packBytes(cache)) === 0 };
  await remakeCache(cache);
  return { fresh: true };
}

/** Throws everything away. `config` is written last: a cache without it is none. */
export async function remakeCache(cache: Cache): Promise<void> {
  await rm(cache.folder, { recursive: true, force: true });
  for (const folder of ["objects/pack", "objects/info", "refs/heads/sites"]) {
    await mkdir(join(cache.folder, folder), { recursive: true, mode: 0o700 });
  }
  await writeFile(join(cache.folder, "HEAD"), "ref: refs/heads/none\n");
  await writeFile(join(cache.folder, "config"), configOf(cache.address), { mode: 0o600 });
}

/** The object that a ref of the cache names; undefined when there is none. */
export async function tryCachedTip(cache: Cache, ref: string): Promise<string | undefined> {
  const text = await readFile(join(cache.folder, ref), "latin1").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return "";
    throw error;
  });
  return isObjectId(text.trimEnd()) ? text.trimEnd() : undefined;
}

/**
 * After a ref moved: leaves one pack with what the refs reach, and drops the old entries of `shallow`. Both are told to the server at each
 * poll, so a cache that is not pruned makes every later request longer. It is done before the next request goes out, off the way of
 * the release that was just fetched. Returns false when git cannot do it: then the cache is damaged.
 */
export async function tidyCache(cache: Cache, signal?: AbortSignal): Promise<boolean> {
  if ((await packSizes(cache)).length < 2) return true;
  const { code } = await runConfined(["repack", "-a", "-d", "-q", "-n"], cache.environment, cache.limits, signal);
  return code === 0;
}

/** Bytes of all packs, by what the file system says. */
export async function packBytes(cache: Cache): Promise<number> {
  return (await packSizes(cache)).reduce((sum, size) => sum + size, 0);
}

/** A pack without objects is 32 bytes: an idle shallow fetch writes one. */
const EMPTY_PACK_BYTES = 32;

async function packSizes(cache: Cache): Promise<number[]> {
  const folder = join(cache.folder, "objects/pack");
  const packs = (await readdir(folder)).filter((name) => name.endsWith(".pack"));
  const sizes = await Promise.all(packs.map(async (name) => (await stat(join(folder, name))).size));
  return sizes.filter((size) => size > EMPTY_PACK_BYTES);
}

async function holdsLeftOvers(folder: string): Promise<boolean> {
  const names = await readdir(folder, { recursive: true });
  return names.some((name) => name.endsWith(".lock") || /(^|\/)(tmp_|\.tmp-)[^/]*$/.test(name));
}

/**
 * Redirects are off because a redirect may lead to another host. `writeout-only` hands the pages to the kernel in order
 * without a flush: in memory a flush means nothing, and elsewhere a damaged cache is thrown away.
 */
function configOf(address: RepositoryAddress): string {
  const headers = address.authorization === undefined ? "" : `\textraHeader = ${quote(`Authorization: ${address.authorization}`)}\n`;
  return `[core]
	repositoryFormatVersion = 0
	bare = true
	hooksPath = /dev/null
	fsync = all
	fsyncMethod = writeout-only
	bigFileThreshold = 1m
[remote "origin"]
	url = ${quote(address.url)}
	tagOpt = --no-tags
[protocol]
	version = 2
[fetch]
	fsckObjects = true
	unpackLimit = 1
	recurseSubmodules = false
	writeCommitGraph = false
[transfer]
	fsckObjects = true
	bundleURI = false
[http]
	followRedirects = false
	lowSpeedLimit = 1000
	lowSpeedTime = 60
${headers}[credential]
	helper =
[pack]
	threads = 1
[repack]
	writeBitmaps = false
[gc]
	auto = 0
[maintenance]
	auto = false
`;
}

function quote(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
