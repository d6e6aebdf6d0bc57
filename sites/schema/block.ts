import type { Labels, LinkFacts, Location, NetworkFacts, NodeFacts, WindowFacts } from "../facts.ts";
import type { Mergeable } from "../input.ts";
import type { Origin } from "../text/locator.ts";

/** The facts that one block sets, each checked by itself; `null` removes what blocks before it say. */
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

/** Patches put together: nothing is left to remove. Still without the zone of a window, and perhaps incomplete. */
export type Draft = { readonly [K in keyof Patch]: Exclude<Patch[K], null> | undefined };

/** A top-level fact. */
export type FactName = keyof Patch;

/** In the order that people write and read them. */
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

/** What names one place, so that no default can say it. */
export const OWN_FACTS: ReadonlySet<string> = new Set<FactName>(["id", "name", "level", "neighbours", "reportKey"]);

/** What was checked, with its origin in the same object: there is one for each site. */
export interface Block extends Origin {
  readonly patch: Patch;
  /** The id as written, in small letters, even when it breaks a rule: two sites may not claim the same. */
  readonly claimedId: string | undefined;
  /** Facts with a fault: they are not in the patch, and nobody should call them missing. */
  readonly faulty: ReadonlySet<string>;
}
