import { type Answer, shapes } from "./fact-step.ts";
import { formatFact } from "./fact-path.ts";
import type { Seen } from "./recording.ts";

/** A read as people know it. `value` is a JSON value; undefined where the site has no such fact. */
export interface FactRead {
  readonly fact: string;
  readonly value: string | number | boolean | null | undefined;
}

// What libraries ask of any object before they use it; nobody means a fact by it.
const PROBES = new Set(["then", "toJSON", "resolve", "value", "constructor", "toString", "valueOf"]);

/** The reads of a trace that tell sites apart. Opening an object, and what libraries probe for in vain, is left out. */
export function factReads(trace: readonly Seen[]): FactRead[] {
  const paths: (readonly string[])[] = [[]];
  const reads: FactRead[] = [];
  for (const [index, seen] of trace.entries()) {
    const parent = paths[seen.parent] as readonly string[];
    const path = pathOf(seen, parent);
    paths[index + 1] = path;
    const value = seen.kind === "keys" ? keyList(seen.answer) : valueOf(seen.answer);
    if (value === OPENED || (value === undefined && seen.kind === "get" && PROBES.has(String(seen.key)))) continue;
    reads.push({ fact: nameOf(seen, path, parent), value });
  }
  return reads;
}

function pathOf(seen: Seen, parent: readonly string[]): readonly string[] {
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

function nameOf(seen: Seen, path: readonly string[], parent: readonly string[]): string {
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

function keyList(answer: Answer): string {
  return (JSON.parse(String(answer)) as string[]).join(", ");
}

const OPENED = Symbol("opened");

function valueOf(answer: Answer): FactRead["value"] | typeof OPENED {
  switch (answer) {
    case shapes.absent:
    case shapes.undefined:
      return undefined;
    case shapes.null:
      return null;
    case shapes.minusZero:
      return -0;
    case shapes.object:
    case shapes.array:
    case shapes.late:
      return OPENED;
    default:
      return answer as string | number | boolean;
  }
}
