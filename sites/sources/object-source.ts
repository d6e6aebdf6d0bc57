import { tryCallSite } from "./call-site.ts";
import type { SiteInput } from "../input.ts";
import { ObjectLocator } from "./object-locator.ts";
import type { InventorySource } from "./source.ts";

/** Sites as TypeScript objects. */
export function sites(list: readonly SiteInput[]): InventorySource {
  const locator = new ObjectLocator(tryCallSite());
  return {
    read: (sink) => {
      if (!Array.isArray(list)) return sink.site(list, { locator, block: 0, path: [] });
      for (const [at, site] of list.entries()) sink.site(site, { locator, block: at, path: [at] });
    },
  };
}
