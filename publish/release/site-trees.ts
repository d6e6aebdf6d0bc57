import { setImmediate as yieldToIo } from "node:timers/promises";
import type { SiteTree } from "../../core/index.ts";
import { type ObjectWriter, SiteTreeWriter } from "../../git/index.ts";
import { SiteList } from "../../releases/index.ts";

/** git takes what was written while we go on, but only when we let the streams run. */
const SITES_BETWEEN_YIELDS = 500;

/** Writes all site trees and returns them as the release's list, ascending by id. */
export async function writeSiteTrees(writer: ObjectWriter, trees: readonly SiteTree[]): Promise<SiteList> {
  const sorted = trees.toSorted((a, b) => (a.site < b.site ? -1 : 1));
  const ids1 = Buffer.allocUnsafe(sorted.length * 20);
  const ids2 = Buffer.allocUnsafe(sorted.length * 32);
  const siteTrees = new SiteTreeWriter(writer);
  for (const [index, tree] of sorted.entries()) {
    const { id1, id2 } = siteTrees.write(tree);
    ids1.write(id1, index * 20, "latin1");
    ids2.write(id2, index * 32, "latin1");
    if (index % SITES_BETWEEN_YIELDS === SITES_BETWEEN_YIELDS - 1) await yieldToIo();
  }
  return new SiteList(
    sorted.map((tree) => tree.site),
    ids1,
    ids2,
  );
}
