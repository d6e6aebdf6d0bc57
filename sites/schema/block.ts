import type { Labels, LinkFacts, Location, NetworkFacts, NodeFacts, WindowFacts } from "../facts.ts";
import type { Mergeable } from "../input.ts";
import type { Origin } from "../text/locator.ts";

/** The facts that one block sets, each checked by itself; `null` removes the value of earlier blocks. */
export interface Patch {
  readonly id?: string;
  readonly name?: string;
  readonly level?: readonly string[];
  readonly location?: Mergeable<Location> | null;
  readonly timeZone?: string | null;
  readonly labels?: Labels | null;
  readonly profile?: string | null;
  readonly window?: Mergeable<WindowFacts> | null;
  readonly network?: Mergeable<NetworkFacts> | null;
  readonly link?: Mergeable<LinkFacts> | null;
  readonly nodes?: readonly NodeFacts[] | null;
  readonly neighbours?: readonly string[];
  readonly reportKey?: string;
}

/** Merged patches without nulls. The window may have no time zone yet, and facts may be missing. */
export type Draft = { readonly [K in keyof Patch]: Exclude<Patch[K], null> | undefined };

/** A top-level fact. */
export type FactName = keyof Patch;

/** In the documented order. */
export const FACT_NAMES: readonly FactName[] = [
  "id",
  "name",
  "level",
  "location",
  "timeZone",
  "labels",
  "profile",
  "window",
  "network",
  "link",
  "nodes",
  "neighbours",
  "reportKey",
];

/** Facts that identify one site, so that no default can set them. */
export const OWN_FACTS: ReadonlySet<string> = new Set<FactName>(["id", "name", "level", "neighbours", "reportKey"]);

/** A checked block and its origin, in one object because there is one for each site. */
export interface Block extends Origin {
  readonly patch: Patch;
  /** The id in lower case, even when it is invalid, to find duplicates. */
  readonly claimedId: string | undefined;
  /** Facts with a fault or a misspelled name. They are not in the patch and must not be reported as missing. */
  readonly faulty: ReadonlySet<string>;
}
