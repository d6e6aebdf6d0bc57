import { type Outcome, type Problem, refused } from "../core/index.ts";
import { readObjectList, tryReadTree } from "../git/index.ts";
import { type InventoryLine, readInventoryFile } from "../wire/index.ts";
import { type FleetPlace, releaseTagRef } from "./fleet-repository.ts";
import { type FleetSnapshot, withSnapshot } from "./snapshot.ts";
import { readJudgedTag, releaseDamaged } from "./read-release.ts";
import { readSiteHeads, type SiteHead } from "./site-heads.ts";

/** One release, as a list shows it. */
export interface ReleaseEntry {
  readonly release: number;
  readonly tag: string;
  readonly commit: string;
  readonly source: string;
  readonly seconds: number;
  readonly sites: number;
  readonly consents: readonly string[];
}

export interface ReleaseList {
  /** The newest last. */
  readonly releases: readonly ReleaseEntry[];
  readonly trust: number;
}

/** All releases whose tags count now; each other one is a problem beside them. */
export async function listReleases(place: FleetPlace): Promise<Outcome<ReleaseList>> {
  return withSnapshot(place, "read", async (snapshot) => {
    const releases: ReleaseEntry[] = [];
    const problems: Problem[] = [];
    for (const release of snapshot.state.releases) {
      const judged = await readJudgedTag(snapshot, release);
      if (!("value" in judged)) {
        problems.push(...judged.problems);
        continue;
      }
      const { object: commit, source, seconds, sites, consents } = judged.value.tag;
      releases.push({
        release,
        tag: snapshot.state.refs.get(releaseTagRef(release)) as string,
        commit,
        source,
        seconds,
        sites: sites.count,
        consents,
      });
    }
    return { value: { releases, trust: snapshot.chain.trust.version }, problems };
  });
}

/** What each site was told to run, ascending by site. */
export async function listSiteHeads(place: FleetPlace): Promise<Outcome<readonly SiteHead[]>> {
  return withSnapshot(place, "read", async ({ repository, heads: all, fleet }) => {
    const { heads, problems } = await readSiteHeads(repository, all, fleet, [...all.keys()].sort());
    return { value: [...heads.values()], problems };
  });
}

/** The inventory that a release was made of, ascending by site: enough to choose sites without the fleet's source. */
export async function readReleasedInventory(place: FleetPlace, release?: number): Promise<Outcome<readonly InventoryLine[]>> {
  return withSnapshot(place, "read", async (snapshot) => {
    const judged = await readJudgedTag(snapshot, release ?? snapshot.state.releases.at(-1) ?? 0);
    return "value" in judged ? readInventory(snapshot, judged.value.number, judged.value.tag.object) : judged;
  });
}

async function readInventory({ repository }: FleetSnapshot, release: number, commit: string): Promise<Outcome<readonly InventoryLine[]>> {
  const [folder] = await readObjectList(repository.folder, [`${commit}:inventory`], "tree");
  const files = tryReadTree(folder as Buffer) ?? [];
  const bodies = await readObjectList(
    repository.folder,
    files.map((file) => file.id.toString("hex")),
    "blob",
  );
  const lines: InventoryLine[] = [];
  for (const [index, { name }] of files.entries()) {
    const read = readInventoryFile(bodies[index] as Buffer, name.replace(/\.ndjson$/, ""));
    if ("fault" in read) return refused(releaseDamaged(release, `inventory/${name} ${read.fault}`));
    lines.push(...read.value);
  }
  return { value: lines.sort((a, b) => (a.id < b.id ? -1 : 1)) };
}
