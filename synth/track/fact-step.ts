import type { PlacedApp } from "../../constructs/index.ts";

/** What a step saw: the value of a leaf, or a word for a shape. Two sites go the same way when their answers are the same map key. */
export type SeenValue = string | number | boolean | Shape;

const shapes = {
  /** No own key. */
  absent: Symbol("absent"),
  /** An own key that holds undefined. */
  undefined: Symbol("undefined"),
  null: Symbol("null"),
  array: Symbol("array"),
  object: Symbol("object"),
  /** Text or a number behind a late fact: there, but not looked at. */
  late: Symbol("text or a number"),
  /** A map takes -0 and 0 for one key, a manifest does not. */
  minusZero: Symbol("-0"),
} as const;

type Shape = (typeof shapes)[keyof typeof shapes];
export { shapes };

/** A question to one site. `get` and `late` of an object or array open it for the steps below. */
export type StepKind = "get" | "late" | "has" | "keys" | "length" | "capacity" | "runs" | "nearest";

export interface FactStep {
  readonly kind: StepKind;
  /** The step that opened the object asked here, as its place in the trace plus one; 0 is the site itself. */
  readonly parent: number;
  readonly key: string | number;
  /** Of `runs` and `nearest`. */
  readonly app: PlacedApp | undefined;
}

/** A site as the steps ask it. */
export interface QueryableSite {
  readonly facts: object;
  readonly capacity: object;
  runs(app: PlacedApp): boolean;
  nearest(app: PlacedApp): object | undefined;
  /** Whether it is an app of this fleet. */
  knows(app: unknown): boolean;
}

/**
 * Puts a step's question to plain facts. `opened[n]` is the object that step n opened, `opened[0]` the site's facts;
 * what this step opens is stored at `slot`.
 */
export function ask(step: FactStep, site: QueryableSite, opened: unknown[], slot: number): SeenValue {
  const object = opened[step.parent] as Record<string | number, unknown>;
  switch (step.kind) {
    case "get":
    case "late": {
      const value = ownValue(object, step.key);
      if (typeof value === "object" && value !== null) opened[slot] = value;
      return answerOf(value, object, step);
    }
    case "has":
      return Object.hasOwn(object, step.key);
    case "keys":
      return JSON.stringify(Object.keys(object));
    case "length":
      return (object as unknown as readonly unknown[]).length;
    case "capacity":
      opened[slot] = site.capacity;
      return shapes.object;
    case "runs":
      return site.runs(step.app as PlacedApp);
    case "nearest": {
      const nearest = site.nearest(step.app as PlacedApp);
      opened[slot] = nearest;
      return nearest === undefined ? shapes.undefined : shapes.object;
    }
  }
}

/** An inherited key, such as a label named `constructor`, counts only where the site has its own. */
export function ownValue(object: Readonly<Record<string | number, unknown>>, key: string | number): unknown {
  return key in Object.prototype && !Object.hasOwn(object, key) ? undefined : object[key];
}

function answerOf(value: unknown, object: object, step: FactStep): SeenValue {
  switch (typeof value) {
    case "boolean":
      return value;
    case "string":
      return step.kind === "late" ? shapes.late : value;
    case "number":
      if (step.kind === "late") return shapes.late;
      return Object.is(value, -0) ? shapes.minusZero : value;
    case "undefined":
      return Object.hasOwn(object, step.key) ? shapes.undefined : shapes.absent;
    default:
      if (value === null) return shapes.null;
      return Array.isArray(value) ? shapes.array : shapes.object;
  }
}
