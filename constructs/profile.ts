import { Construct, type IConstruct } from "constructs";
import type { Place } from "../core/index.ts";
import type { JsonMap } from "../kube/index.ts";
import { callerPlace } from "./caller-place.ts";
import { unusedId } from "./free-id.ts";
import { readKindFiles } from "./kind-files.ts";
import type { PlacementSite } from "./site.ts";
import type { Unit } from "./unit.ts";

export interface ProfileProps<L = any> {
  /** The sites of this profile, unless their `profile` fact names another. @default every site */
  readonly where?: (site: PlacementSite<L>) => boolean;
  /** The Kubernetes minor version of the sites, against which objects are checked. @default "1.36" */
  readonly kubernetes?: string;
  /** Time between two polls of an agent, 10 to 86,400. @default 300 */
  readonly pollSeconds?: number;
  /**
   * Files with CRDs that the clusters already have, such as k3s' HelmChart. Objects are checked against them, but they are not applied. CRDs
   * of the fleet itself belong in a layer.
   */
  readonly clusterKinds?: readonly URL[];
}

const PROFILE = Symbol.for("skerry.Profile");

/**
 * A named class of clusters: an ordered stack of layers. Each site has exactly one profile: the one that its `profile` fact names, else the
 * only one whose `where` returns true.
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
  /** The id as given: a DNS label, used in a site's `profile` fact. */
  readonly name: string;
  readonly props: ProfileProps<L>;
  readonly source: Place | undefined;
  /** The CRDs of `clusterKinds`. */
  readonly clusterKinds: readonly JsonMap[];
  // Not the tree's children, whose order changes when an id looks like a number.
  readonly #layers: Unit[] = [];

  static isProfile(value: unknown): value is Profile {
    return typeof value === "object" && value !== null && PROFILE in value;
  }

  /** The profile that a construct is inside; undefined outside any. */
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

  /** In order of construction, which is the order of the stack. */
  get layers(): readonly Unit[] {
    return this.#layers;
  }

  /** Called by the layer's constructor. */
  addLayer(layer: Unit): void {
    this.#layers.push(layer);
  }
}
