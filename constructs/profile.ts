import { Construct, type IConstruct } from "constructs";
import type { Place } from "../core/index.ts";
import type { JsonMap } from "../kube/index.ts";
import { callerPlace } from "./caller-place.ts";
import { unusedId } from "./free-id.ts";
import { readKindFiles } from "./kind-files.ts";
import type { PlacementSite } from "./site.ts";
import type { Unit } from "./unit.ts";

export interface ProfileProps<L = any> {
  /** The sites of this profile, unless their `profile` fact says otherwise. @default every site */
  readonly where?: (site: PlacementSite<L>) => boolean;
  /** The Kubernetes minor that the sites run and that objects are checked against. @default "1.36" */
  readonly kubernetes?: string;
  /** How often agents ask for news, 10 to 86,400. @default 300 */
  readonly pollSeconds?: number;
  /**
   * Files with CRDs of kinds that the clusters have without this fleet, such as k3s' HelmChart: objects are checked against them, and they
   * are never applied. Kinds that the fleet brings along come from a layer.
   */
  readonly clusterKinds?: readonly URL[];
}

const PROFILE = Symbol.for("skerry.Profile");

/**
 * A named class of cluster: an ordered stack of layers. Each site has exactly one: the one that its `profile` fact names, else the only
 * one whose `where` holds.
 *
 * @example
 * export class Airport extends Profile<Labels> {
 *   constructor(scope: Construct, id: string) {
 *     super(scope, id, { where: (site) => site.labels.size !== "heliport" });
 *     new Namespaces(this, "namespaces");
 *     new Logs(this, "logs", { bufferBytes: 256_000_000 });
 *   }
 * }
 */
export class Profile<L = any> extends Construct {
  /** The id as it was given: a DNS label, which a site's `profile` fact names. */
  readonly name: string;
  readonly props: ProfileProps<L>;
  readonly source: Place | undefined;
  /** The CRDs of `clusterKinds`. */
  readonly clusterKinds: readonly JsonMap[];
  // Not the tree's children: those come back in another order when an id looks like a number.
  readonly #layers: Unit[] = [];

  static isProfile(value: unknown): value is Profile {
    return typeof value === "object" && value !== null && PROFILE in value;
  }

  /** The profile that a construct stands in; undefined outside any. */
  static tryOf(construct: IConstruct): Profile | undefined {
    return construct.node.scopes.findLast(Profile.isProfile);
  }

  constructor(scope: Construct, id: string, props: ProfileProps<L> = {}) {
    super(scope, unusedId(scope, id));
    this.name = id;
    this.props = props;
    this.source = callerPlace(this);
    this.clusterKinds = readKindFiles(props.clusterKinds ?? []);
    Object.defineProperty(this, PROFILE, { value: true });
  }

  /** In the order of construction, which is the order of the stack. */
  get layers(): readonly Unit[] {
    return this.#layers;
  }

  /** Layers call this themselves. */
  addLayer(layer: Unit): void {
    this.#layers.push(layer);
  }
}
