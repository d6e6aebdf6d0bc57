import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../core/index.ts";
import { pruneShallow, restoreCache, snapshotCache } from "./cache-snapshot.ts";
import {
  type Cache,
  CACHE_PACK_BYTES,
  dropAside,
  openCache,
  packBytes,
  putCacheBack,
  receivedBytes,
  remakeCache,
  setCacheAside,
  SSH_LOG,
  tidyCache,
  tryCachedTip,
} from "./cache.ts";
import { type GitExit, runConfined } from "../process/confined-git.ts";
import { type FetchFault, fetchFault } from "./fetch-fault.ts";
import { isObjectWord } from "./fsck-word.ts";
import { PollBudget } from "../process/poll-budget.ts";
import { CacheDamaged, openRawReader, OverBudget, type RawReader } from "./raw-reader.ts";
import { GitMissing } from "../process/programs.ts";

/** What is fetched for a site; refs as full names. */
export interface FetchRefs {
  /** The site's own branch. With `shard` it is fetched only from a server that refuses commits by their id. */
  readonly site: string;
  readonly trust: string;
  readonly shard?: ShardLookup;
  /** The office's freshness note; fetched occasionally. */
  readonly freshness?: string | undefined;
}

/** The branch that names the newest commits of many sites. */
export interface ShardLookup {
  readonly ref: string;
  /** Looks a site up in what the shard's tip holds. Throws as `RawReader` does. */
  readonly own: (reader: RawReader, tip: string) => Promise<OwnCommit>;
}

/** The id that a shard names for a site, which may be that of anything; undefined without a line for the site. */
export type OwnCommit = { readonly commit: string | undefined } | { readonly fault: FetchFault };

/** Not below `refs/heads`, where git takes only commits: whatever the id names is stored, so that the caller can judge and say what it is. */
const OWN_REF = "refs/skerry/own";

/** The refs' tips after a fetch. `site` is undefined when the server has no such ref, `freshness` also when it was not fetched. */
export interface FetchedTips {
  readonly site: string | undefined;
  readonly trust: string;
  readonly freshness?: string | undefined;
  /** Why the site's commit could not be fetched, although branch trust was; then `site` is undefined. */
  readonly refused?: FetchFault;
}

interface FetchFaulty {
  readonly fault: FetchFault | { readonly reason: "trust-missing" | "trust-broken"; readonly detail: string };
}
export type FetchResult = { readonly tips: FetchedTips } | FetchFaulty;

export interface FetchOptions {
  readonly clock: Clock;
  /** Time limit of the poll; overrides the one in the limits. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
  /** Shared with the readers of the fetched objects; otherwise the fetch has its own. */
  readonly budget?: PollBudget;
}

/**
 * One fetch of both refs at depth 1 into the cache, and with a shard a second one of the commit that it newly names for the site. The only
 * check here is git's own fsck. All calls of git share one budget, and what a failed call left in the cache is removed before the next.
 */
export async function fetchSite(cache: Cache, refs: FetchRefs, options: FetchOptions): Promise<FetchResult> {
  const wallMs = options.deadlineMs ?? cache.limits.wallMs;
  const budget = options.budget ?? new PollBudget({ ...cache.limits, wallMs }, options.clock, options.signal);
  try {
    return await fetchWithin(cache, refs, budget);
  } catch (error) {
    if (error instanceof GitMissing) return { fault: { reason: "git-missing", detail: error.message } };
    throw error;
  }
}

/**
 * A fault with an existing cache may be the cache's: then everything is fetched once into a new one. If that fails too, the old cache is
 * restored, so that the next poll fetches only a difference, and the same fault does not replace the cache again.
 */
async function fetchWithin(cache: Cache, refs: FetchRefs, budget: PollBudget): Promise<FetchResult> {
  const { fresh } = await openCache(cache);
  if (!fresh && !(await tidyCache(cache, budget))) await remakeCache(cache);
  const first = await fetchBoth(cache, refs, budget);
  if ("tips" in first) return first;
  const { reason, detail } = first.fault;
  if (fresh || !mayBeCacheFault(reason) || cache.serverFaults.isKnown(reason, detail)) return withTrustAlone(cache, refs, budget, first);
  await setCacheAside(cache);
  await remakeCache(cache);
  const second = await fetchBoth(cache, refs, budget);
  if ("tips" in second) {
    await dropAside(cache);
    return second;
  }
  if (second.fault.reason === reason) cache.serverFaults.remember(reason, detail);
  await putCacheBack(cache);
  return withTrustAlone(cache, refs, budget, second);
}

function mayBeCacheFault(reason: string): boolean {
  return reason === "cache-damaged" || reason === "not-git" || reason === "disk-full" || isObjectWord(reason);
}

/**
 * Bad objects at the site's ref, from anybody with write access, must not block a revocation: so branch trust is fetched alone. git names the
 * object and not the ref, so this also shows which ref is at fault. A damaged pack shows nothing about either.
 */
async function withTrustAlone(cache: Cache, refs: FetchRefs, budget: PollBudget, both: FetchFaulty): Promise<FetchResult> {
  const { reason } = both.fault;
  if (reason === "bad-object" || !(reason === "too-large" || isObjectWord(reason))) return both;
  const alone = await fetchOnce(cache, [refs.trust], budget);
  if ("fault" in alone) {
    return alone.fault.reason !== "bad-object" && isObjectWord(alone.fault.reason)
      ? { fault: { reason: "trust-broken", detail: `branch trust: ${alone.fault.detail}` } }
      : both;
  }
  const trust = await tryCachedTip(cache, refs.trust);
  return trust === undefined ? both : { tips: { site: undefined, trust, refused: { reason, detail: both.fault.detail } } };
}

async function fetchBoth(cache: Cache, refs: FetchRefs, budget: PollBudget): Promise<FetchResult> {
  const asked = refs.freshness === undefined ? [] : [refs.freshness];
  const first = refs.shard?.ref ?? refs.site;
  const both = await fetchOnce(cache, [first, refs.trust, ...asked], budget);
  // Not every fleet writes notes, and a missing or bad note must not fail the poll.
  const isInTheWay = "fault" in both ? isObjectWord(both.fault.reason) : both.missing === refs.freshness;
  if (refs.freshness !== undefined && isInTheWay) return fetchBoth(cache, { ...refs, freshness: undefined }, budget);
  if ("fault" in both) return both;
  const alone = both.missing === undefined ? undefined : await fetchTrustAlone(cache, refs, budget);
  if (alone) return alone;
  const trust = await tryCachedTip(cache, refs.trust);
  if (trust === undefined) return { fault: { reason: "cache-damaged", detail: `${refs.trust} does not exist after a fetch` } };
  if (both.missing !== undefined) return { tips: { site: undefined, trust } };
  const note = refs.freshness === undefined ? undefined : await tryCachedTip(cache, refs.freshness);
  const own = refs.shard === undefined ? { commit: await tryCachedTip(cache, refs.site) } : await fetchOwn(cache, refs, refs.shard, budget);
  // Whoever may push the shard can name an id that nobody has: that must not block a revocation either, and branch trust is there already.
  if ("fault" in own) return own.fault.reason === "ids-not-served" ? { tips: { site: undefined, trust, refused: own.fault } } : own;
  return { tips: { site: own.commit, trust, ...(note === undefined ? {} : { freshness: note }) } };
}

/** Fetches the commit that the shard names for the site, unless the cache has it from an earlier poll. */
async function fetchOwn(cache: Cache, refs: FetchRefs, { ref, own }: ShardLookup, budget: PollBudget): Promise<OwnCommit> {
  const tip = await tryCachedTip(cache, ref);
  if (tip === undefined) return { fault: { reason: "cache-damaged", detail: `${ref} does not exist after a fetch` } };
  const named = await lookUp(cache, budget, (reader) => own(reader, tip));
  if ("fault" in named || named.commit === undefined || named.commit === (await tryCachedTip(cache, OWN_REF))) return named;
  const once = await fetchOnce(cache, [named.commit], budget, OWN_REF);
  if (!("fault" in once)) return named;
  return once.fault.reason === "ids-not-served" ? fetchBranch(cache, refs, budget, once.fault) : once;
}

/** Not every server gives out a commit by its id. A fleet may keep a branch a site for them. */
async function fetchBranch(cache: Cache, refs: FetchRefs, budget: PollBudget, fault: FetchFault): Promise<OwnCommit> {
  const once = await fetchOnce(cache, [refs.site], budget);
  if ("fault" in once) return once;
  return once.missing === undefined ? { commit: await tryCachedTip(cache, refs.site) } : { fault };
}

async function lookUp(cache: Cache, budget: PollBudget, look: (reader: RawReader) => Promise<OwnCommit>): Promise<OwnCommit> {
  const reader = openRawReader(cache, budget);
  try {
    return await look(reader);
  } catch (error) {
    if (error instanceof OverBudget) return { fault: error.fault };
    if (error instanceof CacheDamaged) return { fault: { reason: "cache-damaged", detail: error.message } };
    throw error;
  } finally {
    await reader.close();
  }
}

/**
 * `git fetch` fails as a whole when the site's ref is missing, but trust must still be updated. To git a page of a captive portal looks like an
 * old server without refs, so this checks whether the server used git's protocol at all.
 */
async function fetchTrustAlone(cache: Cache, refs: FetchRefs, budget: PollBudget): Promise<FetchFaulty | undefined> {
  const alone = await fetchOnce(cache, [refs.trust], budget);
  if ("fault" in alone) return alone;
  if (alone.missing === undefined) return undefined;
  if (!alone.speaksGit) return { fault: { reason: "not-git", detail: "the server's answer is not git's protocol" } };
  return { fault: { reason: "trust-missing", detail: `the repository has no ${refs.trust}` } };
}

/** Without a depth, git would also accept a repository of plain files over HTTP (the dumb protocol), and follow the URLs in its `alternates`. */
const FETCH = [
  "fetch",
  "--depth=1",
  "--quiet",
  "--no-tags",
  "--no-write-fetch-head",
  "--no-auto-maintenance",
  "--no-recurse-submodules",
  "origin",
];

type Once = { readonly missing: string | undefined; readonly speaksGit: boolean } | { readonly fault: FetchFault };

/** `into`: the ref that the one id is stored at; a ref is stored under its own name. */
async function fetchOnce(cache: Cache, refs: readonly string[], budget: PollBudget, into?: string): Promise<Once> {
  const stopped = stoppedBy(budget);
  if (stopped !== undefined) return { fault: stopped };
  const before = snapshotCache(cache);
  const refspecs = refs.map((ref) => `+${ref}:${into ?? ref}`);
  const once = await fetchUnguarded(cache, { refs, refspecs, isById: into !== undefined }, budget);
  if ("fault" in once || once.missing !== undefined) await restoreCache(cache, before);
  else pruneShallow(cache);
  return once;
}

interface Request {
  readonly refs: readonly string[];
  readonly refspecs: readonly string[];
  readonly isById: boolean;
}

async function fetchUnguarded(cache: Cache, { refs, refspecs, isById }: Request, budget: PollBudget): Promise<Once> {
  const args = [...FETCH, ...refspecs];
  const exit = await runConfined(args, cache, budget, () => receivedBytes(cache));
  const log = await takeSshLog(cache);
  const stopped = stoppedBy(budget);
  if (stopped !== undefined) return { fault: stopped };
  const { speaksGit } = exit.trace;
  if (exit.code === 0) return (await packBytes(cache)) > CACHE_PACK_BYTES ? tooLarge() : { missing: undefined, speaksGit };
  const missing = missingRef(exit);
  if (missing !== undefined && refs.includes(missing)) return { missing, speaksGit };
  return { fault: fetchFault(exit, log, isById) };
}

function stoppedBy(budget: PollBudget): FetchFault | undefined {
  return budget.fault ?? (budget.signal?.aborted ? { reason: "offline", detail: "stopped by the agent" } : undefined);
}

function missingRef({ trace }: GitExit): string | undefined {
  const error = trace.errors.find(({ format }) => format === "couldn't find remote ref %s");
  return error?.text.slice("couldn't find remote ref ".length);
}

async function takeSshLog({ folder, address }: Cache): Promise<string | undefined> {
  if (address.protocol !== "ssh") return undefined;
  const path = join(folder, SSH_LOG);
  const text = await readFile(path, "latin1").catch(() => undefined);
  await rm(path, { force: true });
  return text;
}

function tooLarge(): Once {
  return { fault: { reason: "too-large", detail: `all packs together have more than ${CACHE_PACK_BYTES} bytes` } };
}
