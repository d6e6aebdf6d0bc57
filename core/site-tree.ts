import type { Template } from "./template.ts";

/** One file of a folder. A `Template` where the text holds late facts, a `string` where all sites get the same bytes. */
export interface TreeFile {
  readonly name: string | Template;
  readonly content: string | Template;
}

/** The files directly in one folder of a site tree, e.g. `manifests/40-apps/boards`; `""` is the root, which holds plan.json. */
export interface TreePart {
  readonly folder: string;
  readonly files: readonly TreeFile[];
}

/** The part of a tree that sites share. One object for each distinct combination of parts, so that it can be the key of a cache. */
export interface TreeShape {
  readonly parts: readonly TreePart[];
}

/** One site's tree: its shape, and its values of the fleet's late facts, escaped and indexed by the templates' holes. */
export interface SiteTree {
  readonly site: string;
  readonly shape: TreeShape;
  readonly values: readonly string[];
}
