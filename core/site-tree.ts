import type { Template } from "./template.ts";

/** One file of a folder. A `Template` where late facts stand, a `string` where all sites get the same bytes. */
export interface TreeFile {
  readonly name: string | Template;
  readonly content: string | Template;
}

/** The files directly in one folder of a site tree, e.g. `manifests/40-apps/boards`; `""` is the root, which holds plan.json. */
export interface TreePart {
  readonly folder: string;
  readonly files: readonly TreeFile[];
}

/** All that alike sites share. One object per distinct combination of parts, so that it can key a cache. */
export interface TreeShape {
  readonly parts: readonly TreePart[];
}

/** One site's tree: its shape and its values for the fleet's late facts, escaped, indexed by the templates' holes. */
export interface SiteTree {
  readonly site: string;
  readonly shape: TreeShape;
  readonly values: readonly string[];
}
