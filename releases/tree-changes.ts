import { readObjectList, type Repository, type TreeEntry, tryReadTree } from "../git/index.ts";

/** A part of site trees that a rollback changed: a unit's folder, a node's folder, or `plan.json`. */
export interface MovedBack {
  /** `manifests/<stage>/<unit>`, `nodes/<ordinal>` or `plan.json`. */
  readonly path: string;
  /** What the rollback did: put older content in its place, brought it back, took it away. */
  readonly change: "older" | "back" | "gone";
  /** Number of sites. */
  readonly sites: number;
}

/** One path in two trees of one site: ids of 40 hex digits, undefined where it is not there. */
interface Difference {
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** Folders of a site tree are opened down to here; what differs below is told as one. */
const UNIT_DEPTHS: Readonly<Record<string, number>> = { "": 1, manifests: 3, nodes: 2 };

/** All that differs between the trees before and after, over all sites: what was meant to be undone, and what goes with it. */
export async function movedBack(
  repository: Repository,
  trees: readonly { readonly before: string; readonly after: string }[],
): Promise<MovedBack[]> {
  const counts = new Map<string, MovedBack>();
  let open: Difference[] = trees.map((pair) => ({ path: "", ...pair }));
  // A round a depth, each with one git for all sites.
  while (open.length > 0) {
    const folders = await readFolders(repository, open);
    const found = open.flatMap((difference) => inside(difference, folders));
    open = found.filter(({ path }) => isAboveUnits(path));
    for (const difference of found) if (!isAboveUnits(difference.path)) count(counts, difference);
  }
  return [...counts.values()].sort((a, b) => (`${a.path} ${a.change}` < `${b.path} ${b.change}` ? -1 : 1));
}

function isAboveUnits(path: string): boolean {
  const parts = path.split("/");
  return parts.length < (UNIT_DEPTHS[parts[0] as string] ?? 0);
}

async function readFolders(repository: Repository, open: readonly Difference[]): Promise<Map<string, TreeEntry[]>> {
  const ids = [...new Set(open.flatMap(({ before, after }) => [before, after]))].filter((id) => id !== undefined);
  const bodies = await readObjectList(repository.folder, ids, "tree");
  return new Map(ids.map((id, index) => [id, tryReadTree(bodies[index] as Buffer) ?? []]));
}

function inside({ path, before, after }: Difference, folders: ReadonlyMap<string, TreeEntry[]>): Difference[] {
  const idsOf = (id: string | undefined) =>
    new Map((id === undefined ? [] : (folders.get(id) ?? [])).map((entry) => [entry.name, entry.id.toString("hex")]));
  const old = idsOf(before);
  const young = idsOf(after);
  const names = [...new Set([...old.keys(), ...young.keys()])].filter((name) => old.get(name) !== young.get(name));
  return names.map((name) => ({ path: path === "" ? name : `${path}/${name}`, before: old.get(name), after: young.get(name) }));
}

function count(counts: Map<string, MovedBack>, { path, before, after }: Difference): void {
  const change = before === undefined ? "back" : after === undefined ? "gone" : "older";
  const key = `${path} ${change}`;
  counts.set(key, { path, change, sites: (counts.get(key)?.sites ?? 0) + 1 });
}
