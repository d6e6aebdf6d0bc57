import type { Outcome } from "../core/index.ts";
import { FOLDER_MODE, type PathAndBytes, readObjectList, type Repository, tryReadTree } from "../git/index.ts";
import type { ShardCount } from "../wire/index.ts";
import type { FleetPlace } from "./fleet-repository.ts";
import { readSiteHeads, type SiteHead } from "./site-heads.ts";
import { withSnapshot } from "./snapshot.ts";

/** What one site was promoted to last. */
export interface PromotedTree {
  readonly head: SiteHead;
  readonly files: readonly PathAndBytes[];
}

export interface SitePromotions {
  /** undefined before the site's first promotion. */
  readonly promoted: PromotedTree | undefined;
  /** undefined before the fleet's first release. */
  readonly shards: ShardCount | undefined;
}

/** The newest tree of one site, with all its files. */
export async function readPromotedTree(place: FleetPlace, site: string): Promise<Outcome<SitePromotions>> {
  return withSnapshot(place, "read", async ({ repository, heads: all, shards, fleet }) => {
    const { heads, problems } = await readSiteHeads(repository, all, fleet, [site]);
    const head = heads.get(site);
    if (problems.length > 0) return { problems };
    const promoted = head && { head, files: await readFiles(repository, head.tree) };
    return { value: { promoted, shards: shards?.count } };
  });
}

async function readFiles(repository: Repository, tree: string): Promise<PathAndBytes[]> {
  const files: { readonly path: string; readonly id: string }[] = [];
  let open = [{ path: "", id: tree }];
  // A round a depth, each with one git.
  while (open.length > 0) {
    const bodies = await readObjectList(
      repository.folder,
      open.map(({ id }) => id),
      "tree",
    );
    const entries = open.flatMap(({ path }, index) =>
      (tryReadTree(bodies[index] as Buffer) ?? []).map(({ mode, name, id }) => ({ mode, path: path + name, id: id.toString("hex") })),
    );
    open = entries.filter(({ mode }) => mode === FOLDER_MODE).map(({ path, id }) => ({ path: `${path}/`, id }));
    files.push(...entries.filter(({ mode }) => mode !== FOLDER_MODE));
  }
  const bodies = await readObjectList(
    repository.folder,
    files.map(({ id }) => id),
    "blob",
  );
  return files.map(({ path }, index) => ({ path, bytes: bodies[index] as Buffer }));
}
