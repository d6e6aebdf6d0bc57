import { nearestName } from "../../core/index.ts";
import { UsageError } from "../output/usage-error.ts";

/** A site was asked for by an id that none has: wrong usage, and almost always a slip of the hand. */
export function unknownSite(id: string, sites: readonly { readonly id: string }[]): never {
  const near = nearestName(
    id,
    sites.map((site) => site.id),
  );
  throw UsageError.of(
    `there is no site "${id}"`,
    near === undefined ? "list the sites: skerry sites" : `did you mean "${near}"? List all sites: skerry sites`,
  );
}
