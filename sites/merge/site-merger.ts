import { quoted } from "../../core/index.ts";
import type { Block, Draft, FactName, Patch } from "../schema/block.ts";
import type { Conflict, DefaultsMerger, MergedDefaults } from "./merged-defaults.ts";
import { type FactPath, formatPath, isPlainObject } from "../fact-path.ts";
import type { LinkFacts, NetworkFacts, NodeFacts, SiteFacts, WindowFacts } from "../facts.ts";
import type { DefaultBlocks } from "./defaults.ts";
import type { InventoryFault } from "../text/inventory-fault.ts";
import type { Mergeable } from "../input.ts";
import { mergePatch } from "./merge.ts";
import { inSchemaOrder } from "./order.ts";
import { MergedSiteCheck } from "./merged-site-check.ts";

/** A valid site: its facts, and the blocks that they were merged from. */
export interface MergedSite<L> {
  readonly facts: SiteFacts<L>;
  readonly own: Block;
  readonly defaults: MergedDefaults;
}

/** Merges a site's own facts with its defaults and checks the result. */
export class SiteMerger<L> {
  readonly #defaults: DefaultsMerger;
  readonly #check: MergedSiteCheck;
  readonly #faults: InventoryFault[];
  readonly #merged = new Map<unknown, Map<unknown, unknown>>();
  readonly #windows = new Map<unknown, Map<string, WindowFacts>>();
  /** Each conflict with the first affected site, by id. */
  readonly #conflicts = new Map<Conflict, string>();

  constructor(layers: DefaultsMerger, defaults: DefaultBlocks, faults: InventoryFault[]) {
    this.#defaults = layers;
    this.#check = new MergedSiteCheck(defaults, faults);
    this.#faults = faults;
  }

  /** undefined when the site has a fault, which is reported. */
  tryMerge(own: Block): MergedSite<L> | undefined {
    const level = own.patch.level ?? NO_LEVEL;
    const typed = this.#defaults.labelsOf(level, own.patch.labels);
    if ("violations" in typed) this.#check.labels(typed.violations, own);
    const labels = "labels" in typed ? (typed.labels as object) : undefined;
    const defaults = this.#defaults.mergedFor(level, labels);
    const draft = this.#merge(defaults.facts, own.patch);
    const isWhole = this.#check.isValid(draft, own, defaults, labels !== undefined);
    const isClear = defaults.conflicts.length === 0 || !this.#noteConflicts(own, defaults);
    return isWhole && isClear && own.faulty.size === 0 && labels !== undefined
      ? { facts: this.#siteFacts(draft, labels as L), own, defaults }
      : undefined;
  }

  /** Reports the conflicts of defaults that affect at least one site. To be called after the last site. */
  reportConflicts(): void {
    for (const [{ first, second, path }, id] of this.#conflicts) {
      this.#faults.push({
        code: "default-conflict",
        message: `two defaults differ on ${formatPath(path)}, and both apply to site ${quoted(id)}`,
        because: "defaults of the same rank have no order, so neither wins",
        next: "make them equal, let them apply to different sites, or set the fact at the site",
        spots: [first, second].map((origin) => ({ origin, path, aim: "key" as const })),
      });
    }
  }

  // Written out fact by fact, because it runs for each site and a loop over names is several times slower.
  #merge(base: Patch, own: Patch): Draft {
    return {
      id: own.id,
      name: own.name,
      level: own.level,
      location: this.#over("location", base.location, own.location),
      timeZone: own.timeZone === undefined ? (base.timeZone ?? undefined) : (own.timeZone ?? undefined),
      profile: own.profile === undefined ? (base.profile ?? undefined) : (own.profile ?? undefined),
      window: this.#over("window", base.window, own.window),
      network: this.#over("network", base.network, own.network),
      link: this.#over("link", base.link, own.link),
      nodes: own.nodes === undefined ? (base.nodes ?? undefined) : (own.nodes ?? undefined),
      neighbours: own.neighbours,
      reportKey: own.reportKey,
    };
  }

  // Equal parts give the same object, so that sites can be compared by identity. Locations are not cached, because they differ.
  #over<T extends object>(name: FactName, base: T | null | undefined, own: T | null | undefined): T | undefined {
    if (own === undefined) return base ?? undefined;
    if (own === null) return undefined;
    if (name === "location" && !base) return own;
    let known = this.#merged.get(base);
    if (!known) this.#merged.set(base, (known = new Map()));
    let merged = known.get(own);
    if (merged === undefined) known.set(own, (merged = inSchemaOrder(name, mergePatch(base, own))));
    return merged as T;
  }

  // Whether a conflict affects this site.
  #noteConflicts(own: Block, defaults: MergedDefaults): boolean {
    const open = defaults.conflicts.filter(({ path }) => !overrides(own.patch, path));
    for (const conflict of open) {
      const id = own.claimedId ?? "";
      const known = this.#conflicts.get(conflict);
      if (known === undefined || id < known) this.#conflicts.set(conflict, id);
    }
    return open.length > 0;
  }

  // Absent facts are absent keys, never `undefined` values, so that `in`, key lists and JSON agree. Keys are in the documented order.
  #siteFacts(draft: Draft, labels: L): SiteFacts<L> {
    const site = {
      id: draft.id,
      name: draft.name,
      level: draft.level,
      location: draft.location,
      timeZone: draft.timeZone,
      labels,
    } as { -readonly [K in keyof SiteFacts<L>]: SiteFacts<L>[K] };
    if (draft.profile) site.profile = draft.profile;
    if (draft.window) site.window = this.#zoned(draft.window, site.timeZone);
    if (draft.network) site.network = draft.network as NetworkFacts;
    if (draft.link) site.link = draft.link as LinkFacts;
    site.nodes = draft.nodes as readonly NodeFacts[];
    if (draft.neighbours) site.neighbours = draft.neighbours;
    if (draft.reportKey) site.reportKey = draft.reportKey;
    return Object.freeze(site);
  }

  // A window without a time zone uses the site's.
  #zoned(window: Mergeable<WindowFacts>, timeZone: string): WindowFacts {
    let zoned = this.#windows.get(window);
    if (!zoned) this.#windows.set(window, (zoned = new Map()));
    let whole = zoned.get(timeZone);
    if (!whole) zoned.set(timeZone, (whole = Object.freeze({ ...(window as WindowFacts), timeZone: window.timeZone ?? timeZone })));
    return whole;
  }
}

// A site with an invalid level gets the fleet's defaults, so that its other faults are reported as well.
const NO_LEVEL: readonly string[] = [];

// Whether the site itself sets the leaf in conflict, or replaces a value that contains it.
function overrides(patch: Patch, path: FactPath): boolean {
  let value: unknown = patch;
  for (const step of path) {
    if (!isPlainObject(value)) return true;
    if (!Object.hasOwn(value, step)) return false;
    value = value[step];
  }
  return !isPlainObject(value);
}
