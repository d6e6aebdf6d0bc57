import { type IConstruct, RootConstruct } from "constructs";
import type { Inventory } from "../sites/index.ts";
import { Profile } from "./profile.ts";
import { type Consent, Unit } from "./unit.ts";

export interface FleetProps<L> {
  readonly sites: Inventory<L>;
  /** Consents that are kept after their unit was removed. */
  readonly consents?: readonly Consent<L>[];
}

const FLEET = Symbol.for("skerry.Fleet");

/**
 * All sites, profiles and apps under one root of trust. The root of the construct tree; its id is a DNS label.
 *
 * @example
 * export const fleet = new Fleet("airports", { sites });
 * new Airport(fleet, "airport");
 * new DepartureBoards(fleet, "boards", { image: "registry.example/boards@sha256:…", where: (site) => site.labels.scheduled });
 */
export class Fleet<L = any> extends RootConstruct {
  readonly id: string;
  readonly inventory: Inventory<L>;
  readonly consents: readonly Consent<L>[];

  static isFleet(value: unknown): value is Fleet {
    return typeof value === "object" && value !== null && FLEET in value;
  }

  /** The fleet that a construct belongs to. Throws when the root is not a Fleet. */
  static of(construct: IConstruct): Fleet {
    const root = construct.node.root;
    if (!Fleet.isFleet(root)) throw new Error(`${construct.node.path} is not inside a Fleet; construct it below one: new Fleet(…)`);
    return root;
  }

  constructor(id: string, props: FleetProps<L>) {
    super(id);
    this.id = id;
    this.inventory = props.sites;
    this.consents = props.consents ?? [];
    Object.defineProperty(this, FLEET, { value: true });
  }

  get profiles(): readonly Profile[] {
    return this.node.findAll().filter(Profile.isProfile);
  }

  get units(): readonly Unit[] {
    return this.node.findAll().filter(Unit.isUnit);
  }
}
