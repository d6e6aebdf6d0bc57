import type { PlacedApp } from "../../constructs/index.ts";
import { dummy, FactView, viewOf } from "./fact-view.ts";
import { shapes } from "./fact-step.ts";
import type { Recording } from "./recording.ts";
import { derivedInWhere, unknownApp } from "./refusals.ts";

export type Phase = "where" | "build";

const DERIVED = ["late", "capacity", "runs", "nearest"] as const;
type Derived = (typeof DERIVED)[number];

/** The recording view of a site that is passed to `where` and `build`. */
export function siteView(recording: Recording, phase: Phase): object {
  return new Proxy(dummy({}), new SiteView(recording, phase));
}

/** The site's facts and its derived facts. The latter are inherited, so that `{ ...site }` and JSON hold facts only. */
class SiteView extends FactView {
  readonly #phase: Phase;
  readonly #derived = new Map<Derived, unknown>();
  readonly #running = new Map<PlacedApp, boolean>();
  readonly #nearest = new Map<PlacedApp, unknown>();

  constructor(recording: Recording, phase: Phase) {
    super(recording, 0, [], "get");
    this.#phase = phase;
  }

  override get(target: object, key: string | symbol, receiver: unknown): unknown {
    return isDerived(key) ? this.#derive(key) : super.get(target, key, receiver);
  }

  override has(target: object, key: string | symbol): boolean {
    return isDerived(key) || super.has(target, key);
  }

  #derive(name: Derived): unknown {
    this.recording.assertOpen([name]);
    if (!this.#derived.has(name)) this.#derived.set(name, this.#make(name));
    return this.#derived.get(name);
  }

  #make(name: Derived): unknown {
    switch (name) {
      case "late":
        return viewOf(this.recording, 0, ["late"], "late");
      case "capacity":
        return viewOf(this.recording, this.recording.note("capacity", 0, "").slot, ["capacity"], "get");
      case "runs":
        return (app: PlacedApp) => this.#ask("runs", app) && this.#isRunning(app);
      case "nearest":
        return (app: PlacedApp) => this.#ask("nearest", app) && this.#nearestView(app);
    }
  }

  #isRunning(app: PlacedApp): boolean {
    let isRunning = this.#running.get(app);
    if (isRunning === undefined) {
      isRunning = this.recording.note("runs", 0, "", app).answer as boolean;
      this.#running.set(app, isRunning);
    }
    return isRunning;
  }

  #nearestView(app: PlacedApp): unknown {
    if (!this.#nearest.has(app)) {
      const { slot, answer } = this.recording.note("nearest", 0, "", app);
      const path = [`nearest(${app.name})`];
      this.#nearest.set(app, answer === shapes.undefined ? undefined : viewOf(this.recording, slot, path, "get"));
    }
    return this.#nearest.get(app);
  }

  #ask(name: "runs" | "nearest", app: PlacedApp): true {
    this.recording.assertOpen([name]);
    if (this.#phase === "where") this.recording.faults.fail(derivedInWhere(name));
    if (!this.recording.site.knows(app)) this.recording.faults.fail(unknownApp(name));
    return true;
  }
}

function isDerived(key: string | symbol): key is Derived {
  return (DERIVED as readonly unknown[]).includes(key);
}
