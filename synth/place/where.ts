import type { PlacementSite } from "../../constructs/index.ts";
import { inShiftedEnvironment } from "../../core/index.ts";
import { callUser } from "../track/call.ts";
import type { Leaf } from "../track/decision-tree.ts";
import { FaultLog, runWith } from "../track/fault.ts";
import type { FleetSite } from "../track/fleet-site.ts";
import { plainSite } from "../track/plain-site.ts";
import { type TrackedResult, Tracked } from "../track/tracked.ts";

type Where = (site: PlacementSite<any>) => boolean;

/** A placement rule with its decision tree. Without a rule every site matches. */
export class WhereRule {
  readonly where: Where | undefined;
  readonly #tracked: Tracked<boolean>;

  constructor(where: Where | undefined) {
    this.where = where;
    // During placement late facts have no text; inspecting one is refused by the fact itself.
    this.#tracked = new Tracked(
      "where",
      () => "",
      (view, _, log) => answer(where as Where, view, log),
    );
  }

  /** The leaf of the rule's tree for a site; undefined without a rule. */
  leafAt(site: FleetSite): Leaf<TrackedResult<boolean>> | undefined {
    return this.where === undefined ? undefined : this.#tracked.at(site);
  }

  /** Whether the rule gives the same result for plain facts, with another time and an empty environment. */
  isPureAt(site: FleetSite): boolean {
    const { where } = this;
    const known = this.leafAt(site)?.result;
    if (where === undefined || known === undefined || known.faults.length > 0) return true;
    const log = new FaultLog();
    return runWith(log, () => inShiftedEnvironment(() => answer(where, plainSite(site, log).site, log))) === known.value;
  }
}

function answer(where: Where, site: object, log: FaultLog): boolean {
  const result: unknown = callUser("where", log, () => where(site as PlacementSite<any>));
  if (typeof result !== "boolean" && log.list.length === 0) {
    log.add({
      code: "where-is-no-boolean",
      message: `where returned ${result === null ? "null" : Array.isArray(result) ? "an array" : `a value of type ${typeof result}`}`,
      because: "truthy values hide mistakes such as an empty list, which is truthy",
      next: "return a boolean: !!site.window, site.nodes.length > 1",
    });
  }
  return result === true;
}
