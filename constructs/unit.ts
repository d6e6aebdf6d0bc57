import type { Chart } from "cdk8s";
import { Construct } from "constructs";
import type { Place } from "../core/index.ts";
import { callerPlace } from "./caller-place.ts";
import { unusedId } from "./free-id.ts";
import type { PlacementSite, Site } from "./site.ts";

/** What layers and apps have in common. Everything but `where` and `consents` goes into the plan as it stands. */
export interface UnitProps<L> {
  /** The sites that get this unit. Facts only: derived facts rest on the answers. @default every site */
  readonly where?: (site: PlacementSite<L>) => boolean;
  /** The service account that the agent applies this unit as, `namespace/name`. @default the agent's own rights */
  readonly serviceAccount?: string;
  /** Raise it with a change that old releases of the unit cannot read: the agent then never goes back across it. @default 1 */
  readonly dataVersion?: number;
  /** How long the unit may take to become healthy, 1 to 86,400. @default 300 */
  readonly deadlineSeconds?: number;
  /** How long it must then stay healthy, 0 to 3,600. @default 30 */
  readonly quietSeconds?: number;
  /** At most 16, asked by the agent during the trial. */
  readonly probes?: readonly Probe[];
  readonly consents?: readonly Consent<L>[];
}

/** `namespace` defaults to the unit's. */
export type Probe =
  | { readonly http: { readonly namespace?: string; readonly service: string; readonly port: number; readonly path: string } }
  | { readonly tcp: { readonly namespace?: string; readonly service: string; readonly port: number } };

/** Lets a site lose an object that holds data or others. Keep it for as long as any site may skip the release that removes it. */
export interface Consent<L> {
  /** `<group>/<Kind>/<namespace>/<name>` as in plan.json, e.g. `/PersistentVolumeClaim/boards/cache`. */
  readonly remove: string;
  readonly reason: string;
  /** @default every site */
  readonly where?: (site: PlacementSite<L>) => boolean;
}

export type UnitKind = "layer" | "app";

/** The labels that a unit's props speak of. */
export type LabelsOf<P> = P extends UnitProps<infer L> ? L : never;

/** Props may be left out when none of them is required. */
export type PropsArgument<P> = Record<never, never> extends P ? [props?: P] : [props: P];

const UNIT = Symbol.for("skerry.Unit");

/**
 * The smallest thing that is rendered, reviewed and health-checked by itself: a `Layer` or an `App`.
 * Constructing one never throws for a bad name: synth reports all of them at once.
 */
export abstract class Unit<P extends UnitProps<any> = UnitProps<any>> extends Construct {
  abstract readonly kind: UnitKind;
  /** The id as it was given: a DNS label. `node.id` differs from it where the id was taken already. */
  readonly name: string;
  readonly props: P;
  /** Where the unit was constructed; undefined when no frame of the stack lies in the user's files. */
  readonly source: Place | undefined;

  static isUnit(value: unknown): value is Unit {
    return typeof value === "object" && value !== null && UNIT in value;
  }

  constructor(scope: Construct, id: string, ...[props]: PropsArgument<P>) {
    super(scope, unusedId(scope, id));
    this.name = id;
    this.props = props ?? ({} as P);
    this.source = callerPlace(this);
    Object.defineProperty(this, UNIT, { value: true });
  }

  /** The namespace of objects that name none; undefined where objects must name theirs. */
  abstract get namespace(): string | undefined;

  /**
   * Adds this unit's objects for one site. Must be a pure function of `site` and the props: no clock, randomness, environment or files, and
   * nothing kept between calls. Synth calls it once for each distinct set of facts that it read, not once a site.
   */
  abstract build(chart: Chart, site: Site<LabelsOf<P>>): void;
}
