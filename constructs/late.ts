/** Whoever made a late fact: a render, which alone knows what stands for the fact and whether it may still be used. */
export interface LateSource {
  /** A marker in a tracked render, the value itself in a direct one. */
  textOf(path: readonly string[]): string;
  /** Notes the fault for the report, then throws: a caught exception must not hide it. */
  refuse(action: string): never;
}

export interface LateFact {
  readonly source: LateSource;
  readonly path: readonly string[];
}

type LatePart = string | LateFact;

const partsByLate = new WeakMap<object, readonly LatePart[]>();

/**
 * A fact that is put in after rendering, so that it does not multiply renders. An object, never text: comparing, measuring, hashing,
 * joining or encoding it throws `late-fact-inspected`. Like every object it is truthy, whatever its value will be.
 *
 * Build text with it by the tag `late`; hand it on to any cdk8s construct that leaves its values alone.
 */
export class Late {
  // Makes the type nominal: to the compiler every object would be a `Late` without a member.
  declare private readonly late: true;

  static isLate(value: unknown): value is Late {
    return typeof value === "object" && value !== null && partsByLate.has(value);
  }
}

/**
 * Text with late facts, which is a late fact again.
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

// In code without types, or of a fact that is not there, "undefined" would stand at every site and nobody would have written it.
function plainText(value: string | number): string {
  if (typeof value === "string" || typeof value === "number") return String(value);
  const found = typeof value === "object" && value !== null ? "an object" : String(value);
  throw new TypeError(`the tag late takes late facts, text and numbers; this is ${found}`);
}

/**
 * The same late fact under the type `string`, for a construct whose types know only text. Nothing is converted: a construct that looks
 * into it, instead of handing it on, still meets `late-fact-inspected`.
 *
 * @example
 * new ApiObject(chart, "node", { apiVersion: "v1", kind: "ConfigMap", metadata: { name: lateAsString(site.late.id) } });
 */
export function lateAsString(value: Late | string): string {
  return value as unknown as string;
}

/** One fact of one render. Only synth makes them. */
export function lateFact(source: LateSource, path: readonly string[]): Late {
  return makeLate([{ source, path }]);
}

/** Text and facts, in order. */
export function latePartsOf(value: Late): readonly LatePart[] {
  return partsByLate.get(value) as readonly LatePart[];
}

function makeLate(parts: readonly LatePart[]): Late {
  const made = new Proxy(Object.create(Late.prototype) as Late, new LateGuard(parts));
  partsByLate.set(made, parts);
  return made;
}

// What a debugger, `await` and `instanceof` ask of any object; answering tells nothing about the value.
const INSPECTED_BY_ENGINE: readonly PropertyKey[] = ["then", "constructor", Symbol.toStringTag, Symbol.for("nodejs.util.inspect.custom")];

/** Every way to look into a late fact ends here. `===` and truth cannot be caught in JavaScript; the types refuse the first. */
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
