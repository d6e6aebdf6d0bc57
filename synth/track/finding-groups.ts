import { amount, type Place, type Problem, type ProblemCode, type Problems } from "../../core/index.ts";
import type { FleetSite } from "./fleet-site.ts";

/** One fault with its place, found at a leaf, a unit or a site. */
export interface LocatedFinding {
  readonly code: ProblemCode;
  readonly severity?: Problem["severity"];
  readonly message: string;
  readonly at: readonly Place[];
  readonly because?: string | undefined;
  readonly next: string;
  /** Findings with equal code and cause are one problem. @default message and place */
  readonly cause?: string;
}

interface FindingGroup {
  readonly finding: LocatedFinding;
  /** Listed sites; a site that is found several times counts once. */
  readonly sites: Set<FleetSite>;
  /** Number of sites that are represented by a sample. */
  unlisted: number;
  first: FleetSite | undefined;
}

/** Groups findings by cause, so that one wrong line is one problem that names the number of sites. */
export class FindingGroups {
  readonly #problems: Problems;
  readonly #groups = new Map<string, FindingGroup>();

  constructor(problems: Problems) {
    this.#problems = problems;
  }

  /** Adds a fault of the code, independent of sites. */
  add(finding: LocatedFinding): void {
    this.#groupOf(finding);
  }

  /** Adds a fault at these sites, some of which may be known already; `first` is the site to name. */
  addAt(finding: LocatedFinding, sites: readonly FleetSite[], first = sites[0]): void {
    const group = this.#groupOf(finding);
    for (const site of sites) group.sites.add(site);
    group.first = firstOf(group.first, first);
  }

  /** Adds a fault at `count` sites that `site` represents. The sites of different calls must not overlap. */
  addCounted(finding: LocatedFinding, count: number, site: FleetSite): void {
    const group = this.#groupOf(finding);
    group.unlisted += count;
    group.first = firstOf(group.first, site);
  }

  /** Whether there is a finding with this code, and with this cause if given. */
  has(code: ProblemCode, cause?: string): boolean {
    return this.#groups.values().some(({ finding }) => finding.code === code && (cause === undefined || finding.cause === cause));
  }

  /** Passes on all problems in the order in which they were found. */
  flush(): void {
    for (const { finding, sites, unlisted: unnamed, first } of this.#groups.values()) {
      const { cause: _, because, message, ...rest } = finding;
      const count = sites.size + unnamed;
      const id = first?.facts.id;
      const where = count === 0 ? "" : count === 1 ? ` (at site ${id})` : ` (at ${amount(count, "site")}, first ${id})`;
      this.#problems.add({ ...rest, message: message + where, ...(because === undefined ? {} : { because }) });
    }
    this.#groups.clear();
  }

  #groupOf(finding: LocatedFinding): FindingGroup {
    const key =
      finding.cause === undefined ? JSON.stringify([finding.code, finding.message, finding.at]) : `${finding.code} ${finding.cause}`;
    let group = this.#groups.get(key);
    if (group === undefined) this.#groups.set(key, (group = { finding, sites: new Set(), unlisted: 0, first: undefined }));
    return group;
  }
}

// Indexes are in the order of ids.
function firstOf(a: FleetSite | undefined, b: FleetSite | undefined): FleetSite | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return b.index < a.index ? b : a;
}
