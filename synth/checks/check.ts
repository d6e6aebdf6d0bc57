import type { Probe, Profile, Unit } from "../../constructs/index.ts";
import type { ObjectRef, ProblemCode, Stage } from "../../core/index.ts";
import type { KubernetesObject } from "../../kube/index.ts";

export interface RenderedObject {
  readonly ref: ObjectRef;
  readonly stage: Stage;
  /** Keys sorted, late facts filled in with real values of one site. */
  readonly json: KubernetesObject;
  /** The path of its construct, from the fleet on, e.g. `airports/boards/boards/deployment`. */
  readonly path: string;
  /** UTF-8 length of the file, with the longest late facts of any site. */
  readonly bytes: number;
}

export interface RenderedUnit {
  readonly unit: Unit;
  /** The minor of the profile, e.g. `1.36`: look fields up in this one. */
  readonly kubernetes: string;
  readonly objects: readonly RenderedObject[];
  /** Those of its props and those that its build added. */
  readonly probes: readonly Probe[];
}

/** One distinct combination of rendered units, as some sites have it. */
export interface RenderedSite {
  readonly profile: Profile;
  readonly units: readonly RenderedUnit[];
  /** Nodes of the smallest of these sites. */
  readonly nodesMin: number;
}

/** What a check found. Synth adds the unit, the source line and the number of sites, and groups what has one cause. */
export interface CheckFinding {
  readonly code: ProblemCode;
  /** @default "error" */
  readonly severity?: "error" | "warning";
  /** One sentence without the site, e.g. `the image "boards:2" has no digest`. Never a secret. */
  readonly message: string;
  readonly object?: RenderedObject;
  /** Inside the object, e.g. `spec.template.spec.containers[0].image`. */
  readonly field?: string;
  readonly because?: string;
  readonly next: string;
}

export type ReportFinding = (finding: CheckFinding) => void;

/**
 * Runs once for each distinct render of a unit (and Kubernetes minor), not once a site. A render with late facts is shown several times,
 * with the values that differ most: the longest, and one for each set of characters in use.
 */
export type UnitCheck = (unit: RenderedUnit, report: ReportFinding) => void;

/** Runs once for each distinct combination of renders. A finding must name the `object` whose unit is to blame, where there is one. */
export type SiteCheck = (site: RenderedSite, report: ReportFinding) => void;
