import { amount, type Problem, some } from "../core/index.ts";
import { readObjects, type Repository } from "../git/index.ts";
import { type Heads, readSiteCommit } from "../wire/index.ts";

/** What a site was told to run. */
export interface SiteHead {
  readonly site: string;
  readonly commit: string;
  readonly seq: number;
  readonly release: number;
  /** SHA-1 id of the tree. */
  readonly tree: string;
  readonly treeDigest: string;
  /** The commit's time, in seconds since 1970. */
  readonly seconds: number;
}

export interface SiteHeads {
  readonly heads: ReadonlyMap<string, SiteHead>;
  readonly problems: readonly Problem[];
}

/** The branch of a site, for people and for other appliers: agents read the shard. */
export function siteRef(site: string): string {
  return `${PREFIX}${site}`;
}

const PREFIX = "refs/heads/sites/";

/** Sites that have a branch of their own, ascending. */
export function sitesWithRef(refs: ReadonlyMap<string, string>): string[] {
  return [...refs.keys()]
    .filter((name) => name.startsWith(PREFIX))
    .map((name) => name.slice(PREFIX.length))
    .sort();
}

/**
 * Reads the newest commits of these sites; sites that were never promoted are left out. Signatures are for agents to judge: what
 * counts here is the seq, which must not fall, so anything but a commit of its site is a problem.
 */
export async function readSiteHeads(repository: Repository, all: Heads, fleet: string, sites: Iterable<string>): Promise<SiteHeads> {
  const heads = new Map<string, SiteHead>();
  const damaged: string[] = [];
  const known = [...sites].filter((site) => all.has(site));
  const ids = known.map((site) => all.get(site) as string);
  await readObjects(repository.folder, ids, (index, object) => {
    const site = known[index] as string;
    const read = object?.kind === "commit" ? readSiteCommit(object.body) : { fault: "no commit" };
    if ("fault" in read || read.value.site !== site || read.value.fleet !== fleet) {
      damaged.push(site);
      return;
    }
    const { seq, release, tree, treeDigest, seconds } = read.value;
    heads.set(site, { site, commit: ids[index] as string, seq, release, tree: apart(tree), treeDigest: apart(treeDigest), seconds });
  });
  return { heads, problems: damaged.length === 0 ? [] : [headDamaged(damaged)] };
}

// A piece of a string keeps the whole string alive: here that would be every commit of the fleet.
function apart(piece: string): string {
  return Buffer.from(piece, "latin1").toString("latin1");
}

function headDamaged(sites: readonly string[]): Problem {
  return {
    code: "site-ref-damaged",
    severity: "error",
    message: `the heads of ${amount(sites.length, "site")} do not name a commit of their site: ${some(sites)}`,
    at: sites.slice(0, 10).map((site) => ({ path: site })),
    because: "without that commit the last seq of the site is unknown, and so is the next one",
    next: `inspect the site's shard with git log, then move its branch back to the last step that names the site's own commit`,
  };
}
