import type { Place, Problem, Problems } from "../core/index.ts";

/** One fault as found once: at a leaf, a unit or a site. */
export interface Finding {
  readonly code: string;
  readonly severity?: Problem["severity"];
  readonly message: string;
  readonly at: readonly Place[];
  readonly because?: string | undefined;
  readonly next: string;
  /** What makes two findings one cause. @default the whole text and place */
  readonly cause?: string;
}

interface Cause {
  readonly finding: Finding;
  sites: number;
  readonly firstSite: string;
}

/** Groups findings by cause, so that one wrong line at 10,000 sites is one problem that says 10,000. */
export class Causes {
  readonly #problems: Problems;
  readonly #causes = new Map<string, Cause>();

  constructor(problems: Problems) {
    this.#problems = problems;
  }

  /** A fault of the code itself, whatever the sites. */
  add(finding: Finding): void {
    this.#note(finding, 0, "");
  }

  /** A fault at `sites` sites, of which `firstSite` has the lowest id. */
  addAt(finding: Finding, sites: number, firstSite: string): void {
    this.#note(finding, sites, firstSite);
  }

  /** Whether something of this code, and of this cause, was found so far. */
  has(code: string, cause?: string): boolean {
    return this.#causes.values().some(({ finding }) => finding.code === code && (cause === undefined || finding.cause === cause));
  }

  /** Hands all problems over, in the order in which they were found. */
  flush(): void {
    for (const { finding, sites, firstSite } of this.#causes.values()) {
      const { cause: _, because, message, ...rest } = finding;
      const where = sites === 0 ? "" : sites === 1 ? ` (at site ${firstSite})` : ` (at ${sites} sites, first ${firstSite})`;
      this.#problems.add({ ...rest, message: message + where, ...(because === undefined ? {} : { because }) });
    }
    this.#causes.clear();
  }

  #note(finding: Finding, sites: number, firstSite: string): void {
    const key =
      finding.cause === undefined ? JSON.stringify([finding.code, finding.message, finding.at]) : `${finding.code} ${finding.cause}`;
    const known = this.#causes.get(key);
    if (known === undefined) this.#causes.set(key, { finding, sites, firstSite });
    else known.sites += sites;
  }
}
