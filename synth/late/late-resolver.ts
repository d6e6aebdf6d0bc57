import { type ApiObject, type IResolver, Lazy, type ResolutionContext } from "cdk8s";
import { Late, latePartsOf, type LateSource } from "../../constructs/index.ts";
import type { FaultLog } from "../track/fault.ts";
import { closedView } from "../track/refusals.ts";

/**
 * The only place where a late fact becomes text: a marker in a tracked render, the value in a direct render. Only while synth itself resolves the
 * object: a build, validation or lazy producer that resolves it could compare the text unnoticed.
 */
export class LateResolver implements IResolver {
  readonly #source: LateSource;
  readonly #log: FaultLog;
  #object: ApiObject | undefined;
  /** How often the object was resolved from its root since synth began with it. */
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
      // A producer or getter of the object may resolve it as well, which is refused. It is detected by the number of walks.
      const isSynth = object === this.#object && !this.#isProducing && this.#walks <= WALKS;
      if (!isSynth) part.source.refuse("by resolving its object before synth does");
      return part.source.textOf(part.path);
    });
    return texts.join("");
  }

  // As in cdk8s, but keeps track of what a producer resolves meanwhile.
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

// cdk8s resolves an object twice: its metadata, then the whole object.
const WALKS = 2;
