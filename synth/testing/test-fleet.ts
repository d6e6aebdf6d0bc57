import { amount, type SiteTree } from "../../core/index.ts";
import { type Labels, parseSelector, selectSites, type SiteFacts } from "../../sites/index.ts";
import { objectSelector } from "../explain/object-selector.ts";
import type { SynthResult } from "../synth.ts";
import { type AnyObject, TestSite } from "./test-site.ts";

/** A selector such as `level=eu/de,size=large`, or a function of facts. */
export type SiteSelector<L> = string | ((site: SiteFacts<L>) => boolean);

/** A fleet without errors, for assertions about its sites. */
export class TestFleet<L = Labels> {
  readonly #result: SynthResult;
  readonly #sites: readonly TestSite<L>[];
  readonly #byId: ReadonlyMap<string, TestSite<L>>;

  constructor(result: SynthResult) {
    this.#result = result;
    const trees = new Map(result.trees.map((tree) => [tree.site, tree]));
    this.#sites = result.detail.sites.map((site) => new TestSite<L>(result.detail, site, trees.get(site.facts.id) as SiteTree));
    this.#byId = new Map(this.#sites.map((site) => [site.id, site]));
  }

  /** The selected sites, or all. Throws for unknown names and when no site is selected, because such a test would check nothing. */
  sites(selector: SiteSelector<L> = () => true): SiteSet<L> {
    const chosen = typeof selector === "string" ? this.#select(selector) : this.#sites.filter((site) => selector(site.facts));
    if (chosen.length === 0) throw new Error(`no site is selected by ${typeof selector === "string" ? `"${selector}"` : "the function"}`);
    return new SiteSet(chosen);
  }

  /** Throws when there is no such site. */
  site(id: string): TestSite<L> {
    const site = this.#byId.get(id);
    if (site === undefined) throw new Error(`there is no site "${id}"`);
    return site;
  }

  /** How many times a unit was rendered, e.g. to test that all sites share one render. */
  renders(unit: string): number {
    const found = this.#result.units.filter((each) => each.unit === unit);
    if (found.length === 0) throw new Error(`there is no unit "${unit}"`);
    return found.reduce((sum, { renders }) => sum + renders, 0);
  }

  #select(text: string): TestSite<L>[] {
    const all = this.#result.fleet.inventory.sites;
    const read = parseSelector(text, all);
    if ("problems" in read) throw new Error(read.problems.map(({ message, next }) => `${message}; ${next}`).join("\n"));
    return selectSites(all, read.value).map(({ id }) => this.site(id));
  }
}

/** One or more sites of a fleet. */
export class SiteSet<L = Labels> {
  readonly #sites: readonly TestSite<L>[];

  constructor(sites: readonly TestSite<L>[]) {
    this.#sites = sites;
  }

  [Symbol.iterator](): Iterator<TestSite<L>> {
    return this.#sites[Symbol.iterator]();
  }

  get count(): number {
    return this.#sites.length;
  }

  get ids(): readonly string[] {
    return this.#sites.map(({ id }) => id);
  }

  /** Runs a check for each site. Throws one error that names the failed sites and the first failure. */
  each(check: (site: TestSite<L>) => void): void {
    const failed: { readonly site: TestSite<L>; readonly error: unknown }[] = [];
    for (const site of this.#sites) {
      try {
        check(site);
      } catch (error) {
        failed.push({ site, error });
      }
    }
    const [first] = failed;
    if (first === undefined) return;
    const { error: cause } = first;
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `${failed.length} of ${amount(this.count, "site")} ${failed.length === 1 ? "fails" : "fail"}: ${sitesText(failed.map(({ site }) => site.id))}\nat ${first.site.id}: ${message}`,
      { cause },
    );
  }

  /** The distinct objects that match a selector at any of the sites, with their sites. */
  objects(selector: string): readonly { readonly object: AnyObject; readonly sites: readonly string[] }[] {
    const found = new Map<AnyObject, string[]>();
    const matches = objectSelector(selector);
    for (const site of this.#sites) {
      for (const object of site.select(matches)) {
        const known = found.get(object);
        if (known === undefined) found.set(object, [site.id]);
        else known.push(site.id);
      }
    }
    return [...found].map(([object, sites]) => ({ object, sites }));
  }
}

const SHOWN_MAX = 5;

function sitesText(ids: readonly string[]): string {
  const shown = ids.slice(0, SHOWN_MAX).join(", ");
  return ids.length > SHOWN_MAX ? `${shown} and ${ids.length - SHOWN_MAX} more` : shown;
}
