import type { Chart } from "cdk8s";
import { Construct } from "constructs";
import type { Place } from "../core/index.ts";
import { callerPlace } from "./caller-place.ts";
import { unusedId } from "./free-id.ts";
import type { PlacementSite, Site } from "./site.ts";

/** The common props of layers and apps. All but `where` and `consents` are written to the plan unchanged. */
export interface UnitProps<L> {
  /** The sites that get this unit. May read facts but no derived facts, which depend on the results. @default every site */
  readonly where?: (site: PlacementSite<L>) => boolean;
  /** The service account that the agent impersonates to apply this unit, `namespace/name`. @default the agent's own rights */
  readonly serviceAccount?: string;
  /** Raise it with a data change that older releases of the unit cannot read. The agent then never falls back across it. @default 1 */
  readonly dataVersion?: number;
  /** How long the unit may take to become healthy, 1 to 86,400. @default 300 */
  readonly deadlineSeconds?: number;
  /** How long it must then stay healthy, 0 to 3,600. @default 30 */
  readonly quietSeconds?: number;
  /** At most 16; the agent runs them during the trial. */
  readonly probes?: readonly Probe[];
  readonly consents?: readonly Consent<L>[];
}

/** `namespace` defaults to the unit's. */
export type Probe =
  | { readonly http: { readonly namespace?: string; readonly service: string; readonly port: number; readonly path: string } }
  | { readonly tcp: { readonly namespace?: string; readonly service: string; readonly port: number } };

/** Allows a site to delete an object that holds data or other objects. Keep it for as long as a site may skip the release that removes it. */
export interface Consent<L> {
  /** `<group>/<Kind>/<namespace>/<name>` as in plan.json, e.g. `/PersistentVolumeClaim/boards/cache`. */
  readonly remove: string;
  readonly reason: string;
  /** @default every site */
  readonly where?: (site: PlacementSite<L>) => boolean;
}

export type UnitKind = "layer" | "app";

/** The label type of a unit's props. */
export type LabelsOf<P> = P extends UnitProps<infer L> ? L : never;

/** Props are optional when none of them is required. */
export type PropsArgument<P> = Record<never, never> extends P ? [props?: P] : [props: P];

const UNIT = Symbol.for("skerry.Unit");

/**
 * The smallest part that is rendered, reviewed and health-checked by itself: a `Layer` or an `App`.
 * The constructor does not throw for an invalid name, because synth reports all problems at once.
 */
export abstract class Unit<P extends UnitProps<any> = UnitProps<any>> extends Construct {
  abstract readonly kind: UnitKind;
  /** The id as given: a DNS label. `node.id` differs from it when the id was already in use. */
  readonly name: string;
  readonly props: P;
  /** The place of the unit's construction; undefined when no stack frame is in the user's files. */
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

  /** The namespace of objects that do not set one; undefined when objects must set their own. */
  abstract get namespace(): string | undefined;

  /**
   * Adds this unit's objects for one site. Must be a pure function of `site` and the props: no clock, randomness, environment or files, and no
   * state between calls. Synth calls it once for each distinct set of values that it reads, not once for each site.
   */
  abstract build(chart: Chart, site: Site<LabelsOf<P>>): void;
}
