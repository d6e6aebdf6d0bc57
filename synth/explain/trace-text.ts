import { type SeenValue, shapes } from "../track/fact-step.ts";
import { formatFact } from "../track/fact-path.ts";
import type { RecordedStep } from "../track/recording.ts";

/** A read of a fact. `value` is a JSON value; undefined when the site has no such fact or when `shape` is set. */
export interface FactRead {
  readonly fact: string;
  readonly value: string | number | boolean | null | undefined;
  /** For a fact of which only the existence was read: `if (site.window)`. */
  readonly shape?: "list" | "map" | "late";
}

// Keys that libraries read on any object. They are not facts.
const PROBES = new Set(["then", "toJSON", "resolve", "value", "constructor", "toString", "valueOf"]);

/** The reads of a trace that explain a render. An object is listed only when nothing inside it was read. */
export function factReads(trace: readonly RecordedStep[]): FactRead[] {
  const entered = new Set(trace.map(({ parent }) => parent - 1));
  return allReads(trace)
    .filter(({ shape, step }) => shape === undefined || (shape !== "late" && !entered.has(step)))
    .map(({ step: _, ...read }) => read);
}

/** All reads with their positions in the trace, without missing keys that libraries probe for. */
export function allReads(trace: readonly RecordedStep[]): (FactRead & { readonly step: number })[] {
  const paths: (readonly string[])[] = [[]];
  const reads: (FactRead & { readonly step: number })[] = [];
  for (const [index, seen] of trace.entries()) {
    const parent = paths[seen.parent] as readonly string[];
    const path = pathOf(seen, parent);
    paths[index + 1] = path;
    const shape = shapeOf(seen.answer);
    const value = seen.kind === "keys" ? keyList(seen.answer) : valueOf(seen.answer);
    if (value === undefined && shape === undefined && seen.kind === "get" && PROBES.has(String(seen.key))) continue;
    reads.push({ fact: nameOf(seen, path, parent), value, ...(shape === undefined ? {} : { shape }), step: index });
  }
  return reads;
}

function pathOf(seen: RecordedStep, parent: readonly string[]): readonly string[] {
  switch (seen.kind) {
    case "capacity":
      return ["capacity"];
    case "nearest":
    case "runs":
      return [`${seen.kind}(${seen.app?.name})`];
    case "late":
      return seen.parent === 0 ? ["late", String(seen.key)] : [...parent, String(seen.key)];
    default:
      return [...parent, String(seen.key)];
  }
}

function nameOf(seen: RecordedStep, path: readonly string[], parent: readonly string[]): string {
  const whole = parent.length === 0 ? "site" : formatFact(parent);
  switch (seen.kind) {
    case "has":
      return `${JSON.stringify(seen.key)} in ${whole}`;
    case "keys":
      return `keys of ${whole}`;
    case "length":
      return `${whole}.length`;
    default:
      return formatFact(path);
  }
}

function keyList(answer: SeenValue): string {
  return (JSON.parse(String(answer)) as string[]).join(", ");
}

function shapeOf(answer: SeenValue): FactRead["shape"] {
  switch (answer) {
    case shapes.array:
      return "list";
    case shapes.object:
      return "map";
    case shapes.late:
      return "late";
    default:
      return undefined;
  }
}

function valueOf(answer: SeenValue): FactRead["value"] {
  switch (answer) {
    case shapes.null:
      return null;
    case shapes.minusZero:
      return -0;
    case shapes.absent:
    case shapes.undefined:
    case shapes.object:
    case shapes.array:
    case shapes.late:
      return undefined;
    default:
      return answer as string | number | boolean;
  }
}
