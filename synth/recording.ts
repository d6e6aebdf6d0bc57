import { type LateSource, type PlacedApp, placeHere } from "../constructs/index.ts";
import { type Answer, ask, type SiteWorld, type Step, type StepKind } from "./fact-step.ts";
import type { Fault } from "./fault.ts";
import { formatFact } from "./fact-path.ts";

/** A step that was taken, and what it saw. */
export interface Seen extends Step {
  readonly answer: Answer;
}

/**
 * The reads of one `where` or `build`, in order. Each question is noted once; views ask again only what they do not know.
 * Faults are noted besides being thrown, so that a caught exception cannot hide one.
 */
export class Recording implements LateSource {
  readonly trace: Seen[] = [];
  readonly faults: Fault[] = [];
  readonly unitPath: string;
  readonly #world: SiteWorld;
  readonly #opened: unknown[];
  readonly #markerOf: (path: readonly string[]) => string;
  #isOpen = true;

  constructor(unitPath: string, world: SiteWorld, markerOf: (path: readonly string[]) => string) {
    this.unitPath = unitPath;
    this.#world = world;
    this.#opened = [world.facts];
    this.#markerOf = markerOf;
  }

  /** Asks the site and notes the step. The object it opened, if any, is `opened(slot)`. */
  note(kind: StepKind, parent: number, key: string | number, app?: PlacedApp): { readonly slot: number; readonly answer: Answer } {
    const step = { kind, parent, key, app };
    const slot = this.trace.length + 1;
    const answer = ask(step, this.#world, this.#opened, slot);
    this.trace.push({ ...step, answer });
    return { slot, answer };
  }

  opened(slot: number): object {
    return this.#opened[slot] as object;
  }

  /** After this, whoever still holds a view or a late fact of this render gets `closed-view`. */
  close(): void {
    this.#isOpen = false;
  }

  assertOpen(path: readonly string[]): void {
    if (this.#isOpen) return;
    this.fail({
      code: "closed-view",
      message: `site.${formatFact(path)} was used after its build had ended`,
      because: "a value kept from one build does not belong to the next site, and reads outside of a build cannot be noted",
      next: "keep nothing of `site` outside of the call: no variable of the module, no timer, no promise",
    });
  }

  textOf(path: readonly string[]): string {
    this.assertOpen(["late", ...path]);
    return this.#markerOf(path);
  }

  refuse(action: string): never {
    this.fail({
      code: "late-fact-inspected",
      message: `a late fact was used ${action}`,
      because: "its value is put in after rendering; what depends on the value would be wrong at every site",
      next: "write text with the tag: late`air-${site.late.id}`; or read the fact itself (site.id), which renders once for each value",
    });
  }

  fail(fault: Omit<Fault, "place">): never {
    const noted: Fault = { ...fault, place: placeHere() };
    this.faults.push(noted);
    throw new FaultNoted(noted);
  }
}

/** Ends a `where` or `build` whose fault is noted already. */
export class FaultNoted extends Error {
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(fault.message);
    this.name = fault.code;
    this.fault = fault;
  }
}
