import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fill, type SiteTree, type Template } from "../../core/index.ts";
import { makeFreshFolder } from "./fresh-folder.ts";
import { UsageError } from "./usage-error.ts";

/** More folders than anyone reads, and slower than what they are read for: git holds all sites. */
const SITES_MAX = 200;

/** The files of a site tree, in its own order. */
export function* siteFiles({ shape, values }: SiteTree): Generator<{ readonly path: string; readonly content: string }> {
  const text = (part: string | Template): string => (typeof part === "string" ? part : fill(part, values));
  for (const { folder, files } of shape.parts) {
    for (const { name, content } of files) yield { path: folder === "" ? text(name) : `${folder}/${text(name)}`, content: text(content) };
  }
}

/**
 * Writes site trees as plain folders, `<folder>/<site>/…`, for eyes and for other tools. Returns the number of files. Only into a new or
 * empty folder: a stale manifest beside fresh ones would be applied with them. Paths are safe: synth has refused all others.
 */
export function writeSiteFolders(trees: readonly SiteTree[], folder: string): number {
  if (trees.length > SITES_MAX) {
    const next =
      'choose some with --sites, for example: skerry synth --sites level=eu/de (for cdk8s synth, in "app" of cdk8s.yaml); skerry synth without --to writes all sites into git';
    throw UsageError.of(`${trees.length} sites are more than the limit of ${SITES_MAX} for folders`, next);
  }
  makeFreshFolder(folder, "name a folder that is new or empty, so that no old file remains among the new ones");
  let count = 0;
  for (const tree of trees) {
    for (const { path, content } of siteFiles(tree)) {
      const file = join(folder, tree.site, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
      count += 1;
    }
  }
  return count;
}
