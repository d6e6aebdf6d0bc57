import type { Block, FactName, Patch } from "./block.ts";
import type { Complaint } from "./complaint.ts";
import type { Conflict, DefaultLayers, Layer } from "./default-layers.ts";
import { type FactPath, formatPath, isPlainObject, valueAt } from "./fact-path.ts";
import type { LinkFacts, Location, NetworkFacts, NodeFacts, SiteFacts, WindowFacts } from "./facts.ts";
import type { Fault } from "./fault.ts";
import { missingFact } from "./issues.ts";
import { mergePatch } from "./merge.ts";
import { networkFaults } from "./network.ts";
import { inOrder } from "./order.ts";
import { windowFault } from "./window.ts";

/** A site that stands: its facts, and what they were merged from. */
export interface JoinedSite<L> {
  readonly facts: SiteFacts<L>;
  readonly own: Block;
  readonly layer: Layer;
}

const REQUIRED = ["name", "level", "location", "timeZone", "nodes"] as const;
const REQUIRED_PARTS = new Map<FactName, readonly string[]>([
  ["location", ["latitude", "longitude"]],
  ["window", ["cron", "minutes"]],
  ["link", ["kind", "downMbps", "upMbps"]],
]);

/** Puts a site's own facts on its layer of defaults, and checks what only the whole shows. */
export class SiteJoin<L> {
  readonly #layers: DefaultLayers;
  /** Facts with a fault in some default: sites that lack them are not at fault. */
  readonly #faultyDefaults: ReadonlySet<string>;
  readonly #faults: Fault[];
  readonly #merged = new Map<unknown, Map<unknown, unknown>>();
  readonly #windows = new Map<unknown, Map<string, WindowFacts>>();
  readonly #windowFaults = new Map<unknown, Complaint | undefined>();
  readonly #blamed = new Map<Block, Set<string>>();
  /** With the first site, by id, that a conflict leaves open. */
  readonly #conflicts = new Map<Conflict, string>();

  constructor(layers: DefaultLayers, faultyDefaults: ReadonlySet<string>, faults: Fault[]) {
    this.#layers = layers;
    this.#faultyDefaults = faultyDefaults;
    this.#faults = faults;
  }

  /** undefined when the site has a fault, which then is reported. */
  tryJoin(own: Block): JoinedSite<L> | undefined {
    const before = this.#faults.length;
    const { patch } = own;
    const level = patch.level ?? [];
    const typed = this.#layers.labelsOf(level, patch.labels);
    if ("complaints" in typed) {
      const known = own.faulty.has("labels") || this.#faultyDefaults.has("labels") ? [] : typed.complaints;
      for (const { complaint, path, aim } of known) this.#faults.push({ ...complaint, spots: [{ origin: own.origin, path, aim }] });
    }
    const layer = this.#layers.layerOf(level, "labels" in typed ? typed.labels : undefined);
    const facts = this.#merge(layer.facts, patch);
    this.#check(facts, own, layer);
    this.#noteConflicts(own, layer);
    const isWhole = this.#faults.length === before && own.faulty.size === 0 && "labels" in typed;
    return isWhole ? { facts: this.#siteFacts(facts, typed.labels as L), own, layer } : undefined;
  }

  /** Conflicts of defaults that decide something for at least one site; to be called behind the last site. */
  reportConflicts(): void {
    for (const [{ first, second, path }, id] of this.#conflicts) {
      this.#faults.push({
        code: "default-conflict",
        message: `two defaults differ on ${formatPath(path)}, and both apply to site "${id}"`,
        because: "defaults of one rank have no order, so neither wins",
        next: "make them equal, make them apply to different sites, or say it at the site",
        spots: [first, second].map(({ origin }) => ({ origin, path, aim: "key" as const })),
      });
    }
  }

  #merge(base: Patch, patch: Patch): Patch {
    const facts: Partial<Record<FactName, unknown>> = { ...base };
    for (const name of Object.keys(patch) as FactName[]) {
      const value = patch[name];
      if (name === "labels") continue;
      if (value === null) delete facts[name];
      else if (!isPlainObject(value)) facts[name] = value;
      else facts[name] = this.#mergeObject(name, base[name], value);
    }
    return facts as Patch;
  }

  // The same two parts make the same object, so that alike sites stay alike by identity. A place is its own.
  #mergeObject(name: FactName, base: unknown, value: object): unknown {
    if (base === undefined && name === "location") return value;
    let known = this.#merged.get(base);
    if (!known) this.#merged.set(base, (known = new Map()));
    let merged = known.get(value);
    if (merged === undefined) known.set(value, (merged = inOrder(name, mergePatch(base, value))));
    return merged;
  }

  #check(facts: Patch, own: Block, layer: Layer): void {
    const report = (complaint: Complaint, path: FactPath): void => this.#report(complaint, path, own, layer);
    const isKnownBad = (name: string): boolean => own.faulty.has(name) || this.#faultyDefaults.has(name);
    for (const name of REQUIRED) if (facts[name] === undefined && !isKnownBad(name)) report(missingFact([name], []), []);
    for (const [name, parts] of REQUIRED_PARTS) {
      const fact = facts[name] as Readonly<Record<string, unknown>> | undefined;
      if (fact === undefined || isKnownBad(name)) continue;
      for (const part of parts) if (fact[part] === undefined) report(missingFact([name, part], []), [name]);
    }
    const location = facts.location as Location | undefined;
    if (location?.latitude === 0 && location.longitude === 0) report(NULL_ISLAND, ["location"]);
    if (facts.window?.cron && facts.window.minutes) {
      const fault = this.#windowFault(facts.window as WindowFacts);
      if (fault) report(fault, ["window", fault.code === "window-overlaps-itself" ? "minutes" : "cron"]);
    }
    for (const { path, ...fault } of networkFaults(facts.network as NetworkFacts | undefined, facts.nodes ?? [])) report(fault, path);
  }

  #windowFault(window: WindowFacts): Complaint | undefined {
    if (!this.#windowFaults.has(window)) this.#windowFaults.set(window, windowFault(window.cron, window.minutes));
    return this.#windowFaults.get(window);
  }

  // At whoever wrote it. A default is blamed once, however many sites it reaches.
  #report(complaint: Complaint, path: FactPath, own: Block, layer: Layer): void {
    const author =
      path.length === 0 ? own : ([own, ...layer.blocks.toReversed()].find(({ patch }) => valueAt(patch, path) !== undefined) ?? own);
    if (author !== own) {
      let blamed = this.#blamed.get(author);
      if (!blamed) this.#blamed.set(author, (blamed = new Set()));
      if (blamed.has(complaint.message)) return;
      blamed.add(complaint.message);
    }
    this.#faults.push({ ...complaint, spots: [{ origin: author.origin, path, aim: path.length === 0 ? "key" : "value" }] });
  }

  #noteConflicts(own: Block, layer: Layer): void {
    for (const conflict of layer.conflicts) {
      const id = own.patch.id ?? "";
      const known = this.#conflicts.get(conflict);
      if ((known === undefined || id < known) && !settles(own.patch, conflict.path)) this.#conflicts.set(conflict, id);
    }
  }

  #siteFacts(facts: Patch, labels: L): SiteFacts<L> {
    const site = {
      id: facts.id,
      name: facts.name,
      level: facts.level,
      location: facts.location,
      timeZone: facts.timeZone,
      labels,
    } as { -readonly [K in keyof SiteFacts<L>]: SiteFacts<L>[K] };
    if (facts.profile) site.profile = facts.profile;
    if (facts.window) site.window = this.#zoned(facts.window, site.timeZone);
    if (facts.network) site.network = facts.network as NetworkFacts;
    if (facts.link) site.link = facts.link as LinkFacts;
    site.nodes = facts.nodes as readonly NodeFacts[];
    if (facts.neighbours) site.neighbours = facts.neighbours;
    if (facts.reportKey) site.reportKey = facts.reportKey;
    return Object.freeze(site);
  }

  // A window without a zone opens in the site's own.
  #zoned(window: Patch["window"], timeZone: string): WindowFacts {
    let zoned = this.#windows.get(window);
    if (!zoned) this.#windows.set(window, (zoned = new Map()));
    let whole = zoned.get(timeZone);
    if (!whole) zoned.set(timeZone, (whole = Object.freeze({ ...(window as WindowFacts), timeZone: window?.timeZone ?? timeZone })));
    return whole;
  }
}

const NULL_ISLAND: Complaint = {
  code: "null-island",
  message: "the location is 0, 0",
  because: 'that is a buoy in the Gulf of Guinea; Number("") is 0, so an empty column looks like it',
  next: "write the true place; for the buoy write 0.0001",
};

// Whether the site itself says what a conflict leaves open: the leaf, or something that replaces all around it.
function settles(patch: Patch, path: FactPath): boolean {
  let value: unknown = patch;
  for (const step of path) {
    if (!isPlainObject(value)) return true;
    if (!Object.hasOwn(value, step)) return false;
    value = value[step];
  }
  return !isPlainObject(value);
}
