import { amount, type Place, type Problem, type ProblemCode, type Problems } from "../../core/index.ts";
import type { FleetSite } from "./fleet-site.ts";

/** One fault as found once: at a leaf, a unit or a site. */
export interface LocatedFinding {
  readonly code: ProblemCode;
  readonly severity?: Problem["severity"];
  readonly message: string;
  readonly at: readonly Place[];
  readonly because?: string | undefined;
  readonly next: string;
  /** What makes two findings one cause. @default the whole text and place */
  readonly cause?: string;
}

interface FindingGroup {
  readonly finding: LocatedFinding;
  /** Sites by name: one that is found by several runs counts once. */
  readonly sites: Set<FleetSite>;
  /** Sites that others stand for, which are counted alone. */
  unlisted: number;
  first: FleetSite | undefined;
}

/** Groups findings by cause, so that one wrong line at 10,000 sites is one problem that says 10,000. */
export class FindingGroups {
  readonly #problems: Problems;
  readonly #groups = new Map<string, FindingGroup>();

  constructor(problems: Problems) {
    this.#problems = problems;
  }

  /** A fault of the code itself, whatever the sites. */
  add(finding: LocatedFinding): void {
    this.#groupOf(finding);
  }

  /** A fault at these sites, whichever of them it was found at before; `first` is where it shows. */
  addAt(finding: LocatedFinding, sites: readonly FleetSite[], first = sites[0]): void {
    const group = this.#groupOf(finding);
    for (const site of sites) group.sites.add(site);
    group.first = firstOf(group.first, first);
  }

  /** A fault that one site showed for `count` sites, itself among them; no two calls speak of one site. */
  addCounted(finding: LocatedFinding, count: number, site: FleetSite): void {
    const group = this.#groupOf(finding);
    group.unlisted += count;
    group.first = firstOf(group.first, site);
  }

  /** Whether something of this code, and of this cause, was found so far. */
  has(code: ProblemCode, cause?: string): boolean {
    return this.#groups.values().some(({ finding }) => finding.code === code && (cause === undefined || finding.cause === cause));
  }

  /** Hands all problems over, in the order in which they were found. */
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
