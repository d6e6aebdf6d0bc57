import { existsSync, readdirSync, statSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { limits, type ProcessPort } from "../../core/index.ts";
import { cacheConfig } from "./cache-config.ts";
import { type Confinement, runConfined } from "../process/confined-git.ts";
import { gitEnvironment } from "../process/environment.ts";
import { POLL_LIMITS } from "../process/git-limits.ts";
import { isObjectId } from "../objects/object.ts";
import type { PollBudget } from "../process/poll-budget.ts";
import { GitPrograms, holdsPrograms, linkPrograms } from "../process/programs.ts";
import { type GitProtocol, parseRepository, type RepositoryAddress } from "../repository-address.ts";

/**
 * A disposable bare repository. It should be on tmpfs, because even an idle fetch renames its `shallow` file. The site does not depend on it,
 * and nothing that is read from it is trusted before it is verified.
 */
export interface Cache extends Confinement {
  readonly folder: string;
  readonly address: RepositoryAddress;
  readonly programs: GitPrograms;
  readonly serverFaults: ServerFaults;
}

/** Stores the fault that a new cache had too, so that the cache is not replaced again for that fault at each poll. */
export class ServerFaults {
  #known: string | undefined;

  isKnown(reason: string, detail: string): boolean {
    return this.#known === `${reason}: ${detail}`;
  }

  remember(reason: string, detail: string): void {
    this.#known = `${reason}: ${detail}`;
  }
}

/** Environment variables for the connection to the server, in addition to those of every sealed git. */
const TLS_AND_PROXY = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"];
const PASSED: Readonly<Record<GitProtocol, readonly string[]>> = {
  https: [...TLS_AND_PROXY, "GIT_SSL_CAINFO"],
  http: ["http_proxy", ...TLS_AND_PROXY],
  ssh: ["GIT_SSH_COMMAND", "SSH_AUTH_SOCK"],
  file: [],
};

/** No agent forwarding, no tunnels and no local commands of the user's ssh configuration for the repository's server. */
const SSH = "ssh -oBatchMode=yes -oConnectTimeout=20 -oForwardAgent=no -oForwardX11=no -oClearAllForwardings=yes -oPermitLocalCommand=no";

/** Programs that git may start, and an empty home folder: git would send a password of `.netrc` to any host that asks for one. */
const PROGRAMS = "programs";
const HOME = "home";
const PACKS = "objects/pack";
export const SSH_LOG = "ssh.log";
/** The kernel's limit is per file; this limits the sum of packs from several fetches. */
export const CACHE_PACK_BYTES = 2 * limits.packBytes;

/** `caFile`: the certificate authorities of an https server, instead of the machine's. Throws a `TypeError` when the address is not valid. */
export function describeCache(folder: string, repository: string, processPort: ProcessPort, caFile?: string): Cache {
  const address = parseRepository(repository);
  const { protocol } = address;
  const sealed = gitEnvironment("sealed", processPort);
  const passed = PASSED[protocol].flatMap((name) => (processPort.env(name) === undefined ? [] : [[name, processPort.env(name) as string]]));
  const programs = join(folder, PROGRAMS);
  const environment: Record<string, string> = {
    ...sealed,
    // git on GnuTLS does not read SSL_CERT_FILE.
    ...(protocol === "https" && processPort.env("SSL_CERT_FILE") ? { GIT_SSL_CAINFO: processPort.env("SSL_CERT_FILE") as string } : {}),
    ...Object.fromEntries(passed),
    ...(protocol === "ssh" ? { GIT_SSH_COMMAND: sshCommand(processPort.env("GIT_SSH_COMMAND") ?? SSH, join(folder, SSH_LOG)) } : {}),
    ...(protocol === "https" && caFile !== undefined ? { GIT_SSL_CAINFO: caFile } : {}),
    ...(protocol === "ssh" ? {} : { PATH: programs }),
    HOME: join(folder, HOME),
    GIT_EXEC_PATH: programs,
    GIT_DIR: folder,
    GIT_ALLOW_PROTOCOL: protocol,
    GIT_NO_LAZY_FETCH: "1",
    // Each further malloc arena of glibc uses 64 MB of address space.
    MALLOC_ARENA_MAX: "1",
  };
  return {
    folder,
    address,
    environment,
    limits: POLL_LIMITS,
    programs: new GitPrograms(protocol, sealed),
    serverFaults: new ServerFaults(),
  };
}

/** OpenSSH writes its own messages to a file, to distinguish them from the server's output on stderr. */
function sshCommand(command: string, log: string): string {
  return /^(\S*\/)?ssh(\s|$)/.test(command) ? `${command} -E '${log.replaceAll("'", "'\\''")}'` : command;
}

/** Creates the cache again unless an intact one exists. Returns whether it is empty, in which case a fault is the server's. */
export async function openCache(cache: Cache): Promise<{ readonly fresh: boolean }> {
  if (existsSync(asideOf(cache))) await dropAside(cache);
  const present = await readFile(join(cache.folder, "config"), "utf8").catch(() => undefined);
  // Locks and incomplete packs are left by a killed process, a different config by another agent version.
  if (present === cacheConfig(cache.address) && (await isWhole(cache))) {
    const bytes = await packBytes(cache);
    // Otherwise each later fetch would be refused for what was there before it.
    if (bytes <= CACHE_PACK_BYTES) return { fresh: bytes === 0 };
  }
  await remakeCache(cache);
  return { fresh: true };
}

async function isWhole({ folder, programs }: Cache): Promise<boolean> {
  if (!holdsPrograms(join(folder, PROGRAMS), await programs.links()) || !isEmpty(join(folder, HOME))) return false;
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names.every((name) => OWN_NAMES.test(name) && !/\.(lock|keep)$|(^|\/)(tmp_|\.tmp-)[^/]*$/.test(name));
}

/** What a cache may hold: git also obeys `commondir`, `config.worktree`, `hooks` and `objects/info/alternates`. */
const OWN_NAMES =
  /^(HEAD|config|shallow|packed-refs|ssh\.log|(home|programs|refs|objects\/pack)(\/.*)?|objects|objects\/(info|[0-9a-f]{2}(\/.*)?))$/;

function isEmpty(folder: string): boolean {
  return existsSync(folder) && readdirSync(folder).length === 0;
}

/** Deletes the cache; the next fetch creates it again. */
export async function discardCache({ folder }: Cache): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

/** Deletes the cache and creates it again. `config` is written last, because a cache without it is not used. */
export async function remakeCache(cache: Cache): Promise<void> {
  const { folder } = cache;
  const links = await cache.programs.links();
  await discardCache(cache);
  for (const name of ["objects/pack", "objects/info", "refs/heads/sites"])
    await mkdir(join(folder, name), { recursive: true, mode: 0o700 });
  await linkPrograms(join(folder, PROGRAMS), links);
  await mkdir(join(folder, HOME), { mode: 0o500 });
  await writeFile(join(folder, "HEAD"), "ref: refs/heads/none\n");
  await writeFile(join(folder, "config"), cacheConfig(cache.address), { mode: 0o600 });
}

/** Next to the cache, so that one rename restores it. */
function asideOf({ folder }: Cache): string {
  return `${folder}.aside`;
}

export async function setCacheAside(cache: Cache): Promise<void> {
  await dropAside(cache);
  await rename(cache.folder, asideOf(cache));
}

export async function putCacheBack(cache: Cache): Promise<void> {
  await discardCache(cache);
  await rename(asideOf(cache), cache.folder);
}

/** Also removes what a killed process left there. */
export async function dropAside(cache: Cache): Promise<void> {
  await rm(asideOf(cache), { recursive: true, force: true });
}

/** The object that a ref of the cache points to; undefined without such a ref. */
export async function tryCachedTip(cache: Cache, ref: string): Promise<string | undefined> {
  const text = await readFile(join(cache.folder, ref), "latin1").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return "";
    throw error;
  });
  return isObjectId(text.trimEnd()) ? text.trimEnd() : undefined;
}

/**
 * After a ref moved: keeps one pack with the reachable objects. git sends every object to the server as a `have` at each poll, so an unpruned
 * cache makes every later request longer. Runs before the next request, so that it does not delay the release that was just fetched. Returns
 * false when git cannot do it: then the cache is damaged.
 */
export async function tidyCache(cache: Cache, budget: PollBudget): Promise<boolean> {
  if ((await packSizes(cache)).length < 2) return true;
  const { code } = await runConfined(["repack", "-a", "-d", "-q", "-n"], cache, budget);
  return code === 0;
}

/** Total size of all packs. */
export async function packBytes(cache: Cache): Promise<number> {
  return (await packSizes(cache)).reduce((sum, size) => sum + size, 0);
}

/** A pack without objects has 32 bytes; an idle shallow fetch writes one. */
const EMPTY_PACK_BYTES = 32;

async function packSizes(cache: Cache): Promise<number[]> {
  const folder = join(cache.folder, PACKS);
  const packs = (await readdir(folder)).filter((name) => name.endsWith(".pack"));
  const sizes = await Promise.all(packs.map(async (name) => (await stat(join(folder, name))).size));
  return sizes.filter((size) => size > EMPTY_PACK_BYTES);
}

/** Size of all packs, including the one that index-pack is writing. */
export function receivedBytes({ folder }: Cache): number {
  const packs = join(folder, PACKS);
  const names = readdirSync(packs).filter((name) => /^tmp_pack_|\.pack$/.test(name));
  return names.reduce((sum, name) => sum + (statSync(join(packs, name), { throwIfNoEntry: false })?.size ?? 0), 0);
}
