import { type Clock, limits } from "../core/index.ts";
import { type Cache, openCache, packBytes, remakeCache, tidyCache, tryCachedTip } from "./cache.ts";
import { type GitExit, runConfined } from "./confined-git.ts";
import { type FetchFault, fetchFault } from "./fetch-fault.ts";
import { isObjectWord } from "./fsck-word.ts";

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
  /** Whole time for the fetch; slow lines are cut earlier by git's own low-speed limit. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
}

/**
 * One fetch of both refs at depth 1 into the cache. Nothing is judged here but what git's own fsck refuses.
 * A fault in a cache that was used before may be the cache's own: it is thrown away and fetched anew, once.
 */
export async function fetchSite(cache: Cache, refs: FetchRefs, options: FetchOptions): Promise<FetchResult> {
  const { fresh } = await openCache(cache);
  if (!fresh && !(await tidyCache(cache, options.signal))) await remakeCache(cache);
  const first = await fetchBoth(cache, refs, options);
  if ("tips" in first) return first;
  if (fresh || !mayBeOurs(first.fault.reason)) return blamed(cache, refs, options, first);
  await remakeCache(cache);
  const second = await fetchBoth(cache, refs, options);
  return "tips" in second ? second : blamed(cache, refs, options, second);
}

function mayBeOurs(reason: string): boolean {
  return reason === "cache-damaged" || reason === "not-git" || reason === "disk-full" || isObjectWord(reason);
}

/**
 * What the site's ref names may be rubbish, of whoever may write there, and shall not keep a revocation away: so branch trust is fetched
 * alone. git names an object and not the ref that led to it, so this also tells whose fault it was. A damaged pack says nothing of either.
 */
async function blamed(cache: Cache, refs: FetchRefs, options: FetchOptions, both: FetchFaulty): Promise<FetchResult> {
  const { reason } = both.fault;
  if (reason === "bad-object" || !(reason === "too-large" || isObjectWord(reason))) return both;
  const alone = await fetchOnce(cache, [refs.trust], options);
  if ("fault" in alone) {
    return isObjectWord(alone.fault.reason) ? { fault: { reason: "trust-broken", detail: `branch trust: ${alone.fault.detail}` } } : both;
  }
  const trust = await tryCachedTip(cache, refs.trust);
  return trust === undefined ? both : { tips: { site: undefined, trust, refused: { reason, detail: both.fault.detail } } };
}

async function fetchBoth(cache: Cache, refs: FetchRefs, options: FetchOptions): Promise<FetchResult> {
  const asked = refs.freshness === undefined ? [] : [refs.freshness];
  const both = await fetchOnce(cache, [refs.site, refs.trust, ...asked], options);
  // Not every fleet writes notes, and neither one that is missing nor one that is rubbish is worth a poll.
  const isInTheWay = "fault" in both ? isObjectWord(both.fault.reason) : both.missing === refs.freshness;
  if (refs.freshness !== undefined && isInTheWay) return fetchBoth(cache, { ...refs, freshness: undefined }, options);
  if ("fault" in both) return both;
  const alone = both.missing === undefined ? undefined : await fetchTrustAlone(cache, refs, options);
  if (alone) return alone;
  const trust = await tryCachedTip(cache, refs.trust);
  if (trust === undefined) return { fault: { reason: "cache-damaged", detail: `${refs.trust} is not there after a fetch` } };
  if (both.missing !== undefined) return { tips: { site: undefined, trust } };
  const note = refs.freshness === undefined ? undefined : await tryCachedTip(cache, refs.freshness);
  return { tips: { site: await tryCachedTip(cache, refs.site), trust, ...(note === undefined ? {} : { freshness: note }) } };
}

/**
 * `git fetch` is all or nothing: without the site's ref it brings no trust either, and trust must go on. A page of a captive portal looks
 * to git like an old server without a single ref, so this time git is asked to tell whether the server spoke protocol 2 at all.
 */
async function fetchTrustAlone(cache: Cache, refs: FetchRefs, options: FetchOptions): Promise<FetchFaulty | undefined> {
  const traced = { ...cache, environment: { ...cache.environment, GIT_TRACE2_EVENT: "2" } };
  const alone = await fetchOnce(traced, [refs.trust], options);
  if ("fault" in alone) return alone;
  if (alone.missing === undefined) return undefined;
  if (!/"negotiated-version","value":"2"/.test(alone.said)) {
    return { fault: { reason: "not-git", detail: "the server's answer is not git's protocol 2" } };
  }
  return { fault: { reason: "trust-missing", detail: `the repository has no ${refs.trust}` } };
}

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

type Once = { readonly missing: string | undefined; readonly said: string } | { readonly fault: FetchFault };

async function fetchOnce(cache: Cache, refs: readonly string[], options: FetchOptions): Promise<Once> {
  const { exit, late } = await runUntil(cache, [...FETCH, ...refs.map((ref) => `+${ref}:${ref}`)], options);
  if (late) return { fault: { reason: "slow-retrieval", detail: `stopped after ${options.deadlineMs / 1000} s` } };
  if (options.signal?.aborted) return { fault: { reason: "offline", detail: "stopped by the agent" } };
  // The kernel's limit is per file; a server that sends many packs' worth over time is caught here.
  if (exit.code === 0) return (await packBytes(cache)) > 2 * limits.packBytes ? tooLarge() : { missing: undefined, said: exit.stderr };
  const missing = /^fatal: couldn't find remote ref (\S+)$/m.exec(exit.stderr)?.[1];
  if (missing !== undefined && refs.includes(missing)) return { missing, said: exit.stderr };
  return { fault: fetchFault(exit.stderr.replace(/^\{.*\n/gm, "")) };
}

function tooLarge(): Once {
  return { fault: { reason: "too-large", detail: `packs together above ${2 * limits.packBytes} bytes` } };
}

async function runUntil(cache: Cache, args: readonly string[], options: FetchOptions): Promise<{ exit: GitExit; late: boolean }> {
  const stop = new AbortController();
  const done = new AbortController();
  let late = false;
  const abort = (): void => stop.abort();
  options.signal?.addEventListener("abort", abort, { once: true });
  if (options.signal?.aborted) abort();
  void options.clock.sleep(options.deadlineMs, done.signal).then(() => {
    late = !done.signal.aborted;
    if (late) stop.abort();
  });
  try {
    return { exit: await runConfined(args, cache.environment, cache.limits, stop.signal), late };
  } finally {
    options.signal?.removeEventListener("abort", abort);
    done.abort();
  }
}
