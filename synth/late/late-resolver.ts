import { type ApiObject, type IResolver, Lazy, type ResolutionContext } from "cdk8s";
import { Late, latePartsOf, type LateSource } from "../../constructs/index.ts";
import type { FaultLog } from "../track/fault.ts";
import { closedView } from "../track/refusals.ts";

/**
 * The only place where a late fact becomes text: a marker in a tracked render, its value in a direct one. And only while synth itself resolves
 * the object that holds it: a build, a validation or a lazy producer that resolves one could compare the text unseen.
 */
export class LateResolver implements IResolver {
  readonly #source: LateSource;
  readonly #log: FaultLog;
  #object: ApiObject | undefined;
  /** How often the object was resolved from its top since synth began with it. */
  #walks = 0;
  #isProducing = false;

  constructor(source: LateSource, log: FaultLog) {
    this.#source = source;
    this.#log = log;
  }

  /** The object as plain data. */
  toJson(object: ApiObject): unknown {
    this.#object = object;
    this.#walks = 0;
    try {
      return object.toJson();
    } finally {
      this.#object = undefined;
    }
  }

  resolve(context: ResolutionContext): void {
    const { value, key, obj } = context;
    if (Late.isLate(value)) context.replaceValue(this.#textOf(value, obj));
    else if (value instanceof Lazy) context.replaceValue(this.#produce(() => value.produce()));
    else if (typeof value.resolve === "function") context.replaceValue(this.#produce(() => value.resolve()));
    else if (key.length === 0) this.#walks++;
  }

  #textOf(value: Late, object: ApiObject): string {
    const texts = latePartsOf(value).map((part) => {
      if (typeof part === "string") return part;
      if (part.source !== this.#source) this.#log.fail(closedView(["late", ...part.path]));
      // A producer or a getter of the object itself may resolve it too, or its metadata alone. That is one walk too many.
      const isSynth = object === this.#object && !this.#isProducing && this.#walks <= WALKS;
      if (!isSynth) part.source.refuse("by resolving its object before synth does");
      return part.source.textOf(part.path);
    });
    return texts.join("");
  }

  // What cdk8s does with tokens, but with an eye on what a producer resolves meanwhile.
  #produce(produce: () => unknown): unknown {
    const before = { isProducing: this.#isProducing, walks: this.#walks };
    this.#isProducing = true;
    try {
      return produce();
    } finally {
      this.#isProducing = before.isProducing;
      this.#walks = before.walks;
    }
  }
}

// cdk8s walks through an object twice: its metadata, then the whole.
const WALKS = 2;
