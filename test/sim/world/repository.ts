import { CacheDamaged, type FetchResult, type RawReader } from "../../../git/index.ts";
import type { Repository } from "../../../agent/source/git-source.ts";
import type { Fleet, StoredObject } from "./fleet.ts";
import type { Life } from "./life.ts";
import { never, type SimTime } from "./sim-time.ts";

/** How the line and the server behave. */
export interface Line {
  /** `cut`: it breaks after a while; `portal`: somebody else answers; `hole`: an object that the refs promise does not come. */
  readonly state: "up" | "offline" | "cut" | "portal" | "hole" | "stuck";
  readonly delayMs: number;
}

export interface Tips {
  readonly site: string | undefined;
  readonly trust: string;
}

/** What the office published, what a server makes of it, and what came of it at the site. */
export class SimServer {
  readonly fleet: Fleet;
  line: Line = { state: "up", delayMs: 200 };
  /** What an honest server would show. */
  honest: Tips;
  /** What this one shows instead. */
  lie: Tips | undefined;
  fetches = 0;

  constructor(fleet: Fleet) {
    this.fleet = fleet;
    this.honest = { site: undefined, trust: fleet.trustTip(1) };
  }

  get shown(): Tips {
    return this.lie ?? this.honest;
  }
}

/** The repository as one life of the agent sees it; its cache is memory and dies with it. */
export function simRepository(server: SimServer, time: SimTime, life: Life, onFetch: () => void): Repository {
  let hole: string | undefined;
  return {
    async fetch(signal) {
      if (!life.isAlive) return never();
      onFetch();
      server.fetches++;
      const { state, delayMs } = server.line;
      await time.clockOf(life).sleep(state === "stuck" ? 1_800_000 : delayMs, signal);
      if (signal.aborted) return { fault: { reason: "offline", detail: "stopped by the agent" } };
      const fault = faultOf(server.line.state);
      if (fault !== undefined) return fault;
      const tips = server.shown;
      hole = server.line.state === "hole" ? tips.site : undefined;
      return { tips };
    },
    open: () => readerOf(server.fleet, () => hole),
    discard: async () => {
      hole = undefined;
    },
  };
}

function faultOf(state: Line["state"]): FetchResult | undefined {
  switch (state) {
    case "up":
    case "hole":
      return undefined;
    case "offline":
      return { fault: { reason: "offline", detail: "Could not resolve host" } };
    case "cut":
      return { fault: { reason: "offline", detail: "early EOF" } };
    case "stuck":
      return { fault: { reason: "slow-retrieval", detail: "stopped after 1800 s" } };
    case "portal":
      return { fault: { reason: "not-git", detail: "the server's answer is not git's protocol 2" } };
  }
}

function readerOf(fleet: Fleet, hole: () => string | undefined): RawReader {
  const find = (id: string): StoredObject => {
    const object = id === hole() ? undefined : fleet.tryObject(id);
    if (object === undefined) throw new CacheDamaged(`object ${id} is missing`);
    return object;
  };
  return {
    inspect: async (ids) => ids.map(find).map(({ kind, body }) => ({ kind, size: body.length })),
    read: async (ids) => ids.map((id) => find(id).body),
    close: async () => undefined,
  };
}
