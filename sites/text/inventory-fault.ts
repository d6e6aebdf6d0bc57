import type { Place, Problem } from "../../core/index.ts";
import type { RuleViolation } from "./rule-violation.ts";
import { type FactPath } from "../fact-path.ts";
import { type Aim, compareOrigins, type Origin, placeOf } from "./locator.ts";

/** Where a violation belongs; becomes a `Place` only when the problem is made. */
export interface Spot {
  readonly origin: Origin;
  readonly path: FactPath;
  readonly aim?: Aim;
}

/** A violation with its spots: several where two things clash. */
export interface InventoryFault extends RuleViolation {
  readonly severity?: Problem["severity"];
  readonly spots: readonly Spot[];
}

/** Opens files again to find the places, so this is asked once, at the end of a run. */
export function problemsOf(faults: readonly InventoryFault[]): Problem[] {
  // Block by block: a locator keeps the one that it opened last.
  const ordered = faults.toSorted((a, b) => compareSpots(a.spots[0], b.spots[0]));
  return ordered.map(toProblem);
}

// Codes of faults in how a value is written: whatever else is wrong at that place is their echo.
const SPELLING_CODES: ReadonlySet<string> = new Set(["ambiguous-value", "unsafe-number"]);

/** A value whose spelling is in doubt also has the wrong type, most of the time. One word about it is enough. */
export function withoutFollowUps(problems: readonly Problem[]): Problem[] {
  const loud = new Set(problems.filter(({ code }) => SPELLING_CODES.has(code)).map(spotName));
  return loud.size === 0 ? [...problems] : problems.filter((problem) => SPELLING_CODES.has(problem.code) || !loud.has(spotName(problem)));
}

/** An order that does not depend on the order of the sources. */
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
