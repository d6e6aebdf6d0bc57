import { join } from "node:path";
import { type Clock, type ProcessPort, WorldError } from "../../core/index.ts";
import {
  describeCache,
  discardCache,
  fetchSite,
  type FetchRefs,
  type FetchResult,
  openRawReader,
  PollBudget,
  type RawReader,
} from "../../git/index.ts";
import { type AgentConfig, type ShardCount, shardOf } from "../../wire/index.ts";
import { ownCommit } from "./shard-heads.ts";

/** Where releases come from. Nothing from it is trusted before `verify/` has judged it. */
export interface Repository {
  /**
   * Fetches both refs, and with `withNote` the freshness note, in one request, and a commit that the shard newly names in another. Ends early
   * when `signal` is aborted.
   */
  fetch(signal: AbortSignal, withNote: boolean): Promise<FetchResult>;
  /** Raw objects of the last fetch. The caller closes the reader. */
  open(): RawReader;
  /** Deletes the cache; the next fetch brings everything. */
  discard(): Promise<void>;
}

export function gitRepository(config: AgentConfig, cacheFolder: string, clock: Clock, environment: ProcessPort): Repository {
  const cache = described(join(cacheFolder, "repository.git"), config, environment);
  let budget = new PollBudget(cache.limits, clock);
  const freshness = `refs/heads/freshness/${shardOf(config.site)}`;
  const { site, shards } = config;
  const branches = { site: `refs/heads/sites/${site}`, trust: "refs/heads/trust" };
  const refs = shards === undefined ? branches : { ...branches, shard: shardLookup(site, shards) };
  return {
    fetch: (signal, withNote) => {
      budget = new PollBudget(cache.limits, clock, signal);
      return fetchSite(cache, withNote ? { ...refs, freshness } : refs, { clock, budget });
    },
    // A stop of the agent aborts a fetch; a reader is closed by its opener.
    open: () => openRawReader(cache, budget),
    discard: () => discardCache(cache),
  };
}

function shardLookup(site: string, shards: ShardCount): NonNullable<FetchRefs["shard"]> {
  return { ref: `refs/heads/shards/${shardOf(site, shards)}`, own: (reader, tip) => ownCommit(reader, tip, site, shards) };
}

/** Throws the `WorldError` of an address that git cannot be given. */
export function checkAddress(config: AgentConfig, environment: ProcessPort): void {
  described("/", config, environment);
}

function described(folder: string, { repository, caFile }: AgentConfig, environment: ProcessPort): ReturnType<typeof describeCache> {
  try {
    return describeCache(folder, repository, environment, caFile);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new WorldError("bad-address", error.message, "Correct `repository` in agent.json");
  }
}

/** One folder per site, so that agents of several sites may share a tmpfs folder. */
export function cacheFolderOf(config: AgentConfig, environment: ProcessPort): string {
  // systemd sets RUNTIME_DIRECTORY to a list; the first is the unit's own.
  const runtime = environment.env("RUNTIME_DIRECTORY")?.split(":")[0];
  return join(config.cache ?? (runtime || "/run/skerry"), `${config.fleet}.${config.site}`);
}
