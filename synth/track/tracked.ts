import { DecisionTree, type Leaf } from "./decision-tree.ts";
import { type BuildFault, FaultLog, runWith } from "./fault.ts";
import type { FleetSite } from "./fleet-site.ts";
import { Recording } from "./recording.ts";
import { type Phase, siteView } from "./site-view.ts";

/** The result of one run of a user's function, and its faults. */
export interface TrackedResult<T> {
  readonly value: T;
  readonly faults: readonly BuildFault[];
}

type Run<T> = (view: object, recording: Recording, faults: FaultLog) => T;

/** A user's function of facts, run once for each path through its decision tree. */
export class Tracked<T> {
  readonly tree = new DecisionTree<TrackedResult<T>>();
  readonly #phase: Phase;
  readonly #run: Run<T>;
  readonly #markerOf: (path: readonly string[]) => string;

  constructor(phase: Phase, markerOf: (path: readonly string[]) => string, run: Run<T>) {
    this.#phase = phase;
    this.#run = run;
    this.#markerOf = markerOf;
  }

  /** The leaf for a site; a miss runs the function. */
  at(site: FleetSite): Leaf<TrackedResult<T>> {
    return this.tree.tryFind(site) ?? this.#miss(site);
  }

  #miss(site: FleetSite): Leaf<TrackedResult<T>> {
    const log = new FaultLog();
    const recording = new Recording(site, log, this.#markerOf);
    const value = runWith(log, () => this.#run(siteView(recording, this.#phase), recording, log));
    recording.close();
    return this.tree.add(recording.trace, { value, faults: log.list }) ?? this.#impure(recording, value, log);
  }

  /** Only an impure function gets here: after the same values it read another fact than before. */
  #impure(recording: Recording, value: T, log: FaultLog): Leaf<TrackedResult<T>> {
    log.add({
      code: "impure-build",
      message: `${this.#phase} read other facts than before, although all values were the same`,
      because: "it keeps state between calls, or reads the clock, randomness or the environment",
      next: "let it depend on `site` and the props only",
    });
    return { result: { value, faults: log.list }, trace: recording.trace, sites: [] };
  }
}
