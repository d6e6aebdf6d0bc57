import { amount, type Problem, some } from "../core/index.ts";
import { readObjects, type Repository } from "../git/index.ts";
import { readSiteCommit } from "../wire/index.ts";
import { siteRef } from "./fleet-repository.ts";

/** What a site's ref tells the site to run. */
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

const PREFIX = siteRef("");

/** Sites that have a ref, ascending. */
export function sitesWithRef(refs: ReadonlyMap<string, string>): string[] {
  return [...refs.keys()]
    .filter((name) => name.startsWith(PREFIX))
    .map((name) => name.slice(PREFIX.length))
    .sort();
}

/**
 * Reads what the refs of these sites hold; sites without a ref are left out. Signatures are for agents to judge: what
 * counts here is the seq, which must not fall, so a ref that holds anything but a commit of its site is a problem.
 */
export async function readSiteHeads(
  repository: Repository,
  refs: ReadonlyMap<string, string>,
  fleet: string,
  sites: readonly string[],
): Promise<SiteHeads> {
  const heads = new Map<string, SiteHead>();
  const damaged: string[] = [];
  const known = sites.filter((site) => refs.has(siteRef(site)));
  const ids = known.map((site) => refs.get(siteRef(site)) as string);
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
  return { heads, problems: damaged.length === 0 ? [] : [refDamaged(damaged)] };
}

// A piece of a string keeps the whole string alive: here that would be every commit of the fleet.
function apart(piece: string): string {
  return Buffer.from(piece, "latin1").toString("latin1");
}

function refDamaged(sites: readonly string[]): Problem {
  const first = siteRef(sites[0] as string);
  return {
    code: "site-ref-damaged",
    severity: "error",
    message: `the ${sites.length === 1 ? "ref" : "refs"} of ${amount(sites.length, "site")} do not hold a commit of their site: ${some(sites)}`,
    at: sites.slice(0, 10).map((site) => ({ path: siteRef(site) })),
    because: "without that commit the last seq of the site is unknown, and so is the next one",
    next: `inspect it with git log ${first}, then move the ref back to the last site commit`,
  };
}
