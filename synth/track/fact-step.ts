import type { PlacedApp } from "../../constructs/index.ts";

/** The value of a step: a leaf's value, or a symbol for a shape. Two sites take the same branch when their values are the same map key. */
export type SeenValue = string | number | boolean | Shape;

const shapes = {
  /** No own key. */
  absent: Symbol("absent"),
  /** An own key that holds undefined. */
  undefined: Symbol("undefined"),
  null: Symbol("null"),
  array: Symbol("array"),
  object: Symbol("object"),
  /** A string or number of a late fact, whose value is not read. */
  late: Symbol("text or a number"),
  /** -0 and 0 are the same map key but different in a manifest. */
  minusZero: Symbol("-0"),
} as const;

type Shape = (typeof shapes)[keyof typeof shapes];
export { shapes };

/** The kind of a read. `get` and `late` of an object or array open it for later steps. */
export type StepKind = "get" | "late" | "has" | "keys" | "length" | "capacity" | "runs" | "nearest";

export interface FactStep {
  readonly kind: StepKind;
  /** The step that opened the object, as its index in the trace plus one; 0 is the site itself. */
  readonly parent: number;
  readonly key: string | number;
  /** For `runs` and `nearest`. */
  readonly app: PlacedApp | undefined;
}

/** A site to which steps can be applied. */
export interface QueryableSite {
  readonly facts: object;
  readonly capacity: object;
  runs(app: PlacedApp): boolean;
  nearest(app: PlacedApp): object | undefined;
  /** Whether `app` is an app of this fleet. */
  knows(app: unknown): boolean;
}

/**
 * Applies a step to plain facts. `opened[n]` is the object that step n opened, `opened[0]` the site's facts; an object that this step opens is
 * stored at `slot`.
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

/** Own properties only: a key such as `constructor` must not be found in the prototype. */
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
