import type { Probe, Profile, Unit } from "../../constructs/index.ts";
import type { ObjectRef, ProblemCode, Stage } from "../../core/index.ts";
import type { KubernetesObject } from "../../kube/index.ts";

export interface RenderedObject {
  readonly ref: ObjectRef;
  readonly stage: Stage;
  /** Keys sorted, late facts filled in with real values of one site. */
  readonly json: KubernetesObject;
  /** The path of its construct from the fleet, e.g. `airports/boards/boards/deployment`. */
  readonly path: string;
  /** UTF-8 length of the file with the longest late facts of any site. */
  readonly bytes: number;
}

export interface RenderedUnit {
  readonly unit: Unit;
  /** The Kubernetes minor version of the profile, e.g. `1.36`, for field checks. */
  readonly kubernetes: string;
  readonly objects: readonly RenderedObject[];
  /** The probes of its props and of its build. */
  readonly probes: readonly Probe[];
}

/** One distinct combination of rendered units, shared by some sites. */
export interface RenderedSite {
  readonly profile: Profile;
  readonly units: readonly RenderedUnit[];
  /** Number of nodes of the smallest of these sites. */
  readonly nodesMin: number;
}

/** The result of a check. Synth adds the unit, the source line and the number of sites, and groups findings by cause. */
export interface CheckFinding {
  readonly code: ProblemCode;
  /** @default "error" */
  readonly severity?: "error" | "warning";
  /** One sentence that does not name the site, e.g. `the image "boards:2" has no digest`. Never holds a secret. */
  readonly message: string;
  readonly object?: RenderedObject;
  /** Inside the object, e.g. `spec.template.spec.containers[0].image`. */
  readonly field?: string;
  readonly because?: string;
  readonly next: string;
}

export type ReportFinding = (finding: CheckFinding) => void;

/**
 * Runs once for each distinct render of a unit and Kubernetes minor version, not for each site. A render with late facts is checked several
 * times, with sample values: the longest, and one for each set of kinds of characters.
 */
export type UnitCheck = (unit: RenderedUnit, report: ReportFinding) => void;

/** Runs once for each distinct combination of renders. A finding names an `object` of the unit that causes it, if there is one. */
export type SiteCheck = (site: RenderedSite, report: ReportFinding) => void;
