import type { Place, Problem } from "../../core/index.ts";
import type { RuleViolation } from "./rule-violation.ts";
import { type FactPath } from "../fact-path.ts";
import { type Aim, compareOrigins, type Origin, placeOf } from "./locator.ts";

/** The location of a violation. Turned into a `Place` only for a problem. */
export interface Spot {
  readonly origin: Origin;
  readonly path: FactPath;
  readonly aim?: Aim;
}

/** A violation with its spots; several when values conflict. */
export interface InventoryFault extends RuleViolation {
  readonly severity?: Problem["severity"];
  readonly spots: readonly Spot[];
}

/** Reads files again to find the places, so it is called once, at the end of a run. */
export function problemsOf(faults: readonly InventoryFault[]): Problem[] {
  // Sorted by block, because a locator caches only the last block.
  const ordered = faults.toSorted((a, b) => compareSpots(a.spots[0], b.spots[0]));
  return ordered.map(toProblem);
}

// Faults in the spelling of a value. Other faults at the same place follow from them.
const SPELLING_CODES: ReadonlySet<string> = new Set(["ambiguous-value", "unsafe-number"]);

/** Removes faults that follow from another: an ambiguous value mostly has the wrong type as well. */
export function withoutFollowUps(problems: readonly Problem[]): Problem[] {
  const loud = new Set(problems.filter(({ code }) => SPELLING_CODES.has(code)).map(spotName));
  return loud.size === 0 ? [...problems] : problems.filter((problem) => SPELLING_CODES.has(problem.code) || !loud.has(spotName(problem)));
}

/** Sorts independently of the order of the sources. */
export function byPlace(a: Problem, b: Problem): number {
  return comparePlaces(a.at[0] ?? {}, b.at[0] ?? {}) || compare(a.code, b.code) || compare(a.message, b.message);
}

/** File, line, column, then the path for places without a line. Files in byte order. */
export function comparePlaces(a: Place, b: Place): number {
  return (
    compare(a.file ?? "", b.file ?? "") ||
    (a.line ?? 0) - (b.line ?? 0) ||
    (a.column ?? 0) - (b.column ?? 0) ||
    compare(a.path ?? "", b.path ?? "")
  );
}

function compareSpots(a: Spot | undefined, b: Spot | undefined): number {
  return a && b ? compareOrigins(a.origin, b.origin) : Number(a !== undefined) - Number(b !== undefined);
}

function toProblem({ code, severity = "error", message, because, next, secret, spots }: InventoryFault): Problem {
  const at = spots.map(({ origin, path, aim }) => placeOf(origin, path, aim ?? "value")).sort(comparePlaces);
  return { code, severity, message, at: secret ? at.map(withoutText) : at, ...(because === undefined ? {} : { because }), next };
}

function withoutText({ text: _, ...place }: Place): Place {
  return place;
}

function spotName({ at: [place] }: Problem): string {
  return `${place?.file}:${place?.line}:${place?.column}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
