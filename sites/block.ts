import type { Location, NodeFacts } from "./facts.ts";
import type { Mergeable } from "./input.ts";
import type { LinkFacts, NetworkFacts, WindowFacts, Labels } from "./facts.ts";
import type { Origin } from "./locator.ts";

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

export interface Block {
  readonly origin: Origin;
  readonly patch: Patch;
  /** The id as written, in small letters, even when it breaks a rule: two sites may not claim the same. */
  readonly claim: string | undefined;
  /** Facts with a fault: they are not in the patch, and nobody should call them missing. */
  readonly faulty: ReadonlySet<string>;
}
