/** The render that created a late fact. It knows the text for the fact and whether the fact may still be used. */
export interface LateSource {
  /** A marker in a tracked render, the value in a direct render. */
  textOf(path: readonly string[]): string;
  /** Records the fault, then throws, so that user code cannot hide it by catching the exception. */
  refuse(action: string): never;
}

export interface LateFact {
  readonly source: LateSource;
  readonly path: readonly string[];
}

type LatePart = string | LateFact;

const partsByLate = new WeakMap<object, readonly LatePart[]>();

/**
 * A fact that is filled in after rendering, so that it does not multiply renders. It is an object, not a string: comparing, measuring,
 * hashing, joining or encoding it throws `late-fact-inspected`. Like every object it is truthy, whatever its value.
 *
 * Build text with the tag `late`, or pass it to any cdk8s construct that does not inspect its values.
 */
export class Late {
  // Makes the type nominal: without a member, every object would be assignable to `Late`.
  declare private readonly late: true;

  static isLate(value: unknown): value is Late {
    return typeof value === "object" && value !== null && partsByLate.has(value);
  }
}

/**
 * Text with late facts. The result is a `Late` again.
 *
 * @example
 * env: { HOST: late`air-${site.late.id}.example` }
 */
export function late(strings: TemplateStringsArray, ...values: readonly (Late | string | number)[]): Late {
  const parts: LatePart[] = [strings[0] as string];
  for (const [index, value] of values.entries()) {
    if (Late.isLate(value)) parts.push(...latePartsOf(value));
    else parts.push(plainText(value));
    parts.push(strings[index + 1] as string);
  }
  return makeLate(parts);
}

// Without this check untyped code, or a missing fact, would put "undefined" into every site's manifests.
function plainText(value: string | number): string {
  if (typeof value === "string" || typeof value === "number") return String(value);
  const found = typeof value === "object" && value !== null ? "an object" : String(value);
  throw new TypeError(`the tag late takes late facts, strings and numbers, not ${found}`);
}

/**
 * The same late fact with the type `string`, for constructs whose types accept only strings. It is not converted: a construct that inspects
 * it still gets `late-fact-inspected`.
 *
 * @example
 * new ApiObject(chart, "node", { apiVersion: "v1", kind: "ConfigMap", metadata: { name: lateAsString(site.late.id) } });
 */
export function lateAsString(value: Late | string): string {
  return value as unknown as string;
}

/** One fact of one render. Only synth creates them. */
export function lateFact(source: LateSource, path: readonly string[]): Late {
  return makeLate([{ source, path }]);
}

/** The text and facts of a `Late`, in order. */
export function latePartsOf(value: Late): readonly LatePart[] {
  return partsByLate.get(value) as readonly LatePart[];
}

function makeLate(parts: readonly LatePart[]): Late {
  const made = new Proxy(Object.create(Late.prototype) as Late, new LateGuard(parts));
  partsByLate.set(made, parts);
  return made;
}

// Keys that a debugger, `await` and `instanceof` read on any object. They reveal nothing about the value.
const INSPECTED_BY_ENGINE: readonly PropertyKey[] = ["then", "constructor", Symbol.toStringTag, Symbol.for("nodejs.util.inspect.custom")];

/** Refuses every access to a late fact. JavaScript cannot intercept `===` and truthiness; the types refuse `===`. */
class LateGuard implements ProxyHandler<Late> {
  readonly #parts: readonly LatePart[];

  constructor(parts: readonly LatePart[]) {
    this.#parts = parts;
  }

  get(target: Late, key: PropertyKey): unknown {
    if (INSPECTED_BY_ENGINE.includes(key)) return Reflect.get(target, key);
    return this.#refuse(
      key === Symbol.toPrimitive ? "as text or a number" : key === "toJSON" ? "by JSON.stringify" : `through .${String(key)}`,
    );
  }

  ownKeys(): never {
    return this.#refuse("by listing its keys");
  }

  set(_target: Late, key: PropertyKey): never {
    return this.#refuse(`by writing .${String(key)}`);
  }

  #refuse(action: string): never {
    for (const part of this.#parts) {
      if (typeof part !== "string") part.source.refuse(action);
    }
    throw new TypeError(`late text was used ${action}`);
  }
}
