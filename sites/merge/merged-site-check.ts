import { type Block, type Draft, OWN_FACTS } from "../schema/block.ts";
import type { RuleViolation } from "../text/rule-violation.ts";
import type { DefaultBlocks } from "./defaults.ts";
import type { MergedDefaults } from "./merged-defaults.ts";
import { type FactPath, valueAt } from "../fact-path.ts";
import type { NetworkFacts, NodeFacts, WindowFacts } from "../facts.ts";
import type { InventoryFault } from "../text/inventory-fault.ts";
import { missingFact, type PlacedViolation } from "../schema/issues.ts";
import { networkFaults } from "../values/network.ts";
import { windowFault } from "../values/window.ts";

// Required in the merged site; any block may set them.
const REQUIRED = ["name", "level", "location", "timeZone", "nodes"] as const;
// Required in an object when it exists. Defaults may complete what a site sets in part.
const PARTS = {
  location: ["latitude", "longitude"],
  window: ["cron", "minutes"],
  link: ["kind", "downMbps", "upMbps"],
} as const;

/** Checks of the merged site: missing facts, and rules between facts. Each fact by itself was checked before. */
export class MergedSiteCheck {
  /** Facts with a fault in some default. They are not reported as missing at sites. */
  readonly #faultyDefaults: ReadonlySet<string>;
  /** Facts that label defaults may set. They are not reported as missing at a site whose labels have a fault. */
  readonly #labelFacts: ReadonlySet<string>;
  readonly #faults: InventoryFault[];
  /** A check takes milliseconds, so results are cached by object and by text; `null` means valid. */
  readonly #windows = new WeakMap<WindowFacts, RuleViolation | null>();
  readonly #windowTexts = new Map<string, RuleViolation | null>();
  readonly #withoutAddress = new WeakMap<readonly NodeFacts[], boolean>();
  readonly #blamed = new Map<Block, Set<string>>();
  #isBroken = false;
  #hasLabels = true;

  constructor({ levels, labels }: DefaultBlocks, faults: InventoryFault[]) {
    this.#faultyDefaults = new Set([...levels, ...labels].flatMap(({ faulty }) => [...faulty]));
    this.#labelFacts = new Set(labels.flatMap(({ patch }) => Object.keys(patch)));
    this.#faults = faults;
  }

  /** Reports the violations that the user's schema found in the merged labels. */
  labels(violations: readonly PlacedViolation[], own: Block): void {
    if (this.#hasKnownFault("labels", own)) return;
    for (const { violation, path, aim } of violations) this.#faults.push({ ...violation, spots: [{ origin: own, path, aim }] });
  }

  // A fault in a default is reported once but affects many sites, so a flag is kept for this site.
  isValid(facts: Draft, own: Block, defaults: MergedDefaults, hasLabels: boolean): boolean {
    this.#isBroken = false;
    this.#hasLabels = hasLabels;
    this.#judge(facts, own, defaults);
    return !this.#isBroken;
  }

  #judge(facts: Draft, own: Block, defaults: MergedDefaults): void {
    const missing = REQUIRED.filter((name) => facts[name] === undefined && !this.#hasKnownFault(name, own));
    if (missing.length > 0) this.#report(missingFacts(missing), [], own, defaults);
    const { location, window, link, network, nodes } = facts;
    if (location) this.#parts("location", location, own, defaults);
    if (link) this.#parts("link", link, own, defaults);
    if (window) this.#window(window, own, defaults);
    if (location?.latitude === 0 && location.longitude === 0) this.#report(NULL_ISLAND, ["location"], own, defaults);
    if (!nodes || (!network && this.#hasNoAddress(nodes))) return;
    for (const { path, ...fault } of networkFaults(network as NetworkFacts | undefined, nodes)) this.#report(fault, path, own, defaults);
  }

  // A missing part has no line, so the place is its object.
  #parts(name: keyof typeof PARTS, fact: object, own: Block, defaults: MergedDefaults): boolean {
    let isWhole = true;
    for (const part of PARTS[name]) {
      if ((fact as Readonly<Record<string, unknown>>)[part] !== undefined) continue;
      isWhole = false;
      if (!this.#hasKnownFault(name, own)) this.#report(missingFact([name, part], []), [name], own, defaults);
    }
    return isWhole;
  }

  #window(window: NonNullable<Draft["window"]>, own: Block, defaults: MergedDefaults): void {
    if (!this.#parts("window", window, own, defaults)) return;
    const fault = this.#windowFault(window as WindowFacts);
    if (fault) this.#report(fault, ["window", fault.code === "window-overlaps-itself" ? "minutes" : "cron"], own, defaults);
  }

  // The cache by object comes first, because it needs no key.
  #windowFault(window: WindowFacts): RuleViolation | undefined {
    const known = this.#windows.get(window);
    if (known !== undefined) return known ?? undefined;
    const key = `${window.minutes} ${window.cron}`;
    let fault = this.#windowTexts.get(key);
    if (fault === undefined) this.#windowTexts.set(key, (fault = windowFault(window.cron, window.minutes) ?? null));
    this.#windows.set(window, fault);
    return fault ?? undefined;
  }

  // Most sites name no addresses and share their nodes, so this result is cached.
  #hasNoAddress(nodes: readonly NodeFacts[]): boolean {
    let verdict = this.#withoutAddress.get(nodes);
    if (verdict === undefined) {
      verdict = nodes.every(({ nics }) => nics.every(({ ip }) => ip === undefined));
      this.#withoutAddress.set(nodes, verdict);
    }
    return verdict;
  }

  // Reported at the block that set the fact. A default is reported once, however many sites it affects.
  #report(violation: RuleViolation, path: FactPath, own: Block, defaults: MergedDefaults): void {
    this.#isBroken = true;
    const author =
      path.length === 0 ? own : ([own, ...defaults.blocks.toReversed()].find(({ patch }) => valueAt(patch, path) != null) ?? own);
    if (author !== own) {
      let blamed = this.#blamed.get(author);
      if (!blamed) this.#blamed.set(author, (blamed = new Set()));
      if (blamed.has(violation.message)) return;
      blamed.add(violation.message);
    }
    this.#faults.push({ ...violation, spots: [{ origin: author, path, aim: path.length === 0 ? "key" : "value" }] });
  }

  // Suppresses follow-up faults: when `window.cron` is invalid, it is not also reported as missing.
  #hasKnownFault(name: string, own: Block): boolean {
    return own.faulty.has(name) || this.#faultyDefaults.has(name) || (!this.#hasLabels && this.#labelFacts.has(name));
  }
}

function missingFacts(names: readonly string[]): RuleViolation {
  const areMissing = names.length === 1 ? "is missing" : "are missing";
  const it = names.length === 1 ? "it" : "them";
  const next = names.every((name) => OWN_FACTS.has(name)) ? `add ${it} here` : `add ${it} here, or to the defaults when sites share ${it}`;
  return { code: "missing-fact", message: `${names.join(", ")} ${areMissing}`, next };
}

const NULL_ISLAND: RuleViolation = {
  code: "null-island",
  message: "the location is 0, 0",
  because: '0, 0 is in the Gulf of Guinea; an empty column gives it, because Number("") is 0',
  next: "write the real location; for a site that is really there write 0.0001",
};
