import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, limits } from "../../core/index.ts";
import { pruneShallow, restoreCache, snapshotCache } from "./cache-snapshot.ts";
import {
  type Cache,
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
import { GitMissing } from "../process/programs.ts";

/** The refs of a site, whole names. */
export interface FetchRefs {
  readonly site: string;
  readonly trust: string;
  /** The office's note on what the site should have by now; asked for now and then. */
  readonly freshness?: string | undefined;
}

/** What the refs name after a fetch. `site` is undefined when the server has no such ref, `freshness` also when it was not asked for. */
export interface FetchedTips {
  readonly site: string | undefined;
  readonly trust: string;
  readonly freshness?: string | undefined;
  /** Why git took nothing of what the site's ref names, though branch trust came; then `site` is undefined. */
  readonly refused?: FetchFault;
}

interface FetchFaulty {
  readonly fault: FetchFault | { readonly reason: "trust-missing" | "trust-broken"; readonly detail: string };
}
export type FetchResult = { readonly tips: FetchedTips } | FetchFaulty;

export interface FetchOptions {
  readonly clock: Clock;
  /** Whole time for the poll, when it is not the limits' own. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
  /** Shared with the readers of what was fetched; a budget of its own without it. */
  readonly budget?: PollBudget;
}

/**
 * One fetch of both refs at depth 1 into the cache. Nothing is judged here but what git's own fsck refuses.
 * All calls of git draw on one budget, and what a call that failed left in the cache is taken back before the next.
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
 * A fault in a cache that was used before may be the cache's own: then everything is fetched anew, once, beside it. When that fails too, the
 * old cache stays, so that the next poll costs a difference and no whole tree; and the same fault is not doubted again.
 */
async function fetchWithin(cache: Cache, refs: FetchRefs, budget: PollBudget): Promise<FetchResult> {
  const { fresh } = await openCache(cache);
  if (!fresh && !(await tidyCache(cache, budget))) await remakeCache(cache);
  const first = await fetchBoth(cache, refs, budget);
  if ("tips" in first) return first;
  const { reason, detail } = first.fault;
  if (fresh || !mayBeOurs(reason) || cache.doubts.areSettled(reason, detail)) return blamed(cache, refs, budget, first);
  await setCacheAside(cache);
  await remakeCache(cache);
  const second = await fetchBoth(cache, refs, budget);
  if ("tips" in second) {
    await dropAside(cache);
    return second;
  }
  if (second.fault.reason === reason) cache.doubts.settle(reason, detail);
  await putCacheBack(cache);
  return blamed(cache, refs, budget, second);
}

function mayBeOurs(reason: string): boolean {
  return reason === "cache-damaged" || reason === "not-git" || reason === "disk-full" || isObjectWord(reason);
}

/**
 * What the site's ref names may be rubbish, of whoever may write there, and shall not keep a revocation away: so branch trust is fetched
 * alone. git names an object and not the ref that led to it, so this also tells whose fault it was. A damaged pack says nothing of either.
 */
async function blamed(cache: Cache, refs: FetchRefs, budget: PollBudget, both: FetchFaulty): Promise<FetchResult> {
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
  const both = await fetchOnce(cache, [refs.site, refs.trust, ...asked], budget);
  // Not every fleet writes notes, and neither one that is missing nor one that is rubbish is worth a poll.
  const isInTheWay = "fault" in both ? isObjectWord(both.fault.reason) : both.missing === refs.freshness;
  if (refs.freshness !== undefined && isInTheWay) return fetchBoth(cache, { ...refs, freshness: undefined }, budget);
  if ("fault" in both) return both;
  const alone = both.missing === undefined ? undefined : await fetchTrustAlone(cache, refs, budget);
  if (alone) return alone;
  const trust = await tryCachedTip(cache, refs.trust);
  if (trust === undefined) return { fault: { reason: "cache-damaged", detail: `${refs.trust} is not there after a fetch` } };
  if (both.missing !== undefined) return { tips: { site: undefined, trust } };
  const note = refs.freshness === undefined ? undefined : await tryCachedTip(cache, refs.freshness);
  return { tips: { site: await tryCachedTip(cache, refs.site), trust, ...(note === undefined ? {} : { freshness: note }) } };
}

/**
 * `git fetch` is all or nothing: without the site's ref it brings no trust either, and trust must go on. A page of a captive portal looks
 * to git like an old server without a single ref, so it is looked at whether the server spoke git's protocol at all.
 */
async function fetchTrustAlone(cache: Cache, refs: FetchRefs, budget: PollBudget): Promise<FetchFaulty | undefined> {
  const alone = await fetchOnce(cache, [refs.trust], budget);
  if ("fault" in alone) return alone;
  if (alone.missing === undefined) return undefined;
  if (!alone.speaksGit) return { fault: { reason: "not-git", detail: "the server's answer is not git's protocol" } };
  return { fault: { reason: "trust-missing", detail: `the repository has no ${refs.trust}` } };
}

/** Without a depth, git would also take a repository that is plain files over HTTP, and follow the addresses in its `alternates`. */
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

async function fetchOnce(cache: Cache, refs: readonly string[], budget: PollBudget): Promise<Once> {
  const stopped = stoppedBy(budget);
  if (stopped !== undefined) return { fault: stopped };
  const before = snapshotCache(cache);
  const once = await fetchUnguarded(cache, refs, budget);
  if ("fault" in once || once.missing !== undefined) await restoreCache(cache, before);
  else pruneShallow(cache);
  return once;
}

async function fetchUnguarded(cache: Cache, refs: readonly string[], budget: PollBudget): Promise<Once> {
  const args = [...FETCH, ...refs.map((ref) => `+${ref}:${ref}`)];
  const exit = await runConfined(args, cache, budget, () => receivedBytes(cache));
  const log = await takeSshLog(cache);
  const stopped = stoppedBy(budget);
  if (stopped !== undefined) return { fault: stopped };
  const { speaksGit } = exit.trace;
  // The kernel's limit is per file; a server that sends many packs' worth over time is caught here.
  if (exit.code === 0) return (await packBytes(cache)) > 2 * limits.packBytes ? tooLarge() : { missing: undefined, speaksGit };
  const missing = missingRef(exit);
  if (missing !== undefined && refs.includes(missing)) return { missing, speaksGit };
  return { fault: fetchFault(exit, log) };
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
  return { fault: { reason: "too-large", detail: `packs together above ${2 * limits.packBytes} bytes` } };
}
