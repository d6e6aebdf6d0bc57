import type { LateSource, PlacedApp } from "../../constructs/index.ts";
import { type SeenValue, ask, type QueryableSite, type FactStep, type StepKind } from "./fact-step.ts";
import { type FaultLog, runningLog } from "./fault.ts";
import { closedView, lateInspected } from "./refusals.ts";

/** A step and its value. */
export interface RecordedStep extends FactStep {
  readonly answer: SeenValue;
}

/** The reads of one `where` or `build`, in order. Views apply each step once and cache its value. */
export class Recording implements LateSource {
  readonly trace: RecordedStep[] = [];
  readonly site: QueryableSite;
  readonly faults: FaultLog;
  /** The markers of late facts that this run handed out. */
  readonly handedOut = new Set<string>();
  readonly #opened: unknown[];
  readonly #markerOf: (path: readonly string[]) => string;
  #isOpen = true;

  constructor(site: QueryableSite, faults: FaultLog, markerOf: (path: readonly string[]) => string) {
    this.site = site;
    this.faults = faults;
    this.#opened = [site.facts];
    this.#markerOf = markerOf;
  }

  /** Applies a step to the site and records it. An object that it opens is `opened(slot)`. */
  note(kind: StepKind, parent: number, key: string | number, app?: PlacedApp): { readonly slot: number; readonly answer: SeenValue } {
    const step: FactStep = { kind, parent, key, app };
    const slot = this.trace.length + 1;
    const answer = ask(step, this.site, this.#opened, slot);
    this.trace.push({ ...step, answer });
    return { slot, answer };
  }

  opened(slot: number): object {
    return this.#opened[slot] as object;
  }

  /** After this, every use of a view or late fact of this run is refused. */
  close(): void {
    this.#isOpen = false;
  }

  assertOpen(path: readonly string[]): void {
    if (!this.#isOpen) this.#log.fail(closedView(path));
  }

  textOf(path: readonly string[]): string {
    this.assertOpen(["late", ...path]);
    const marker = this.#markerOf(path);
    this.handedOut.add(marker);
    return marker;
  }

  refuse(action: string): never {
    return this.#log.fail(lateInspected(action));
  }

  // A kept view is a fault of the run that uses it, not of the run that it belongs to.
  get #log(): FaultLog {
    return this.#isOpen ? this.faults : (runningLog() ?? this.faults);
  }
}
