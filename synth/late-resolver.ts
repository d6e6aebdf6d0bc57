import type { ApiObject, IResolver, ResolutionContext } from "cdk8s";
import { Late, latePartsOf, type LateSource } from "../constructs/index.ts";
import type { FaultLog } from "./fault.ts";
import { closedView } from "./refusals.ts";

/**
 * The only place where a late fact becomes text: a marker in a tracked render, its value in a direct one. And only while synth itself resolves
 * the object that holds it: a build, a validation or a lazy producer that resolves one could compare the text unseen.
 */
export class LateResolver implements IResolver {
  readonly #source: LateSource;
  readonly #log: FaultLog;
  #object: ApiObject | undefined;

  constructor(source: LateSource, log: FaultLog) {
    this.#source = source;
    this.#log = log;
  }

  /** The object as plain data. */
  toJson(object: ApiObject): unknown {
    this.#object = object;
    try {
      return object.toJson();
    } finally {
      this.#object = undefined;
    }
  }

  resolve(context: ResolutionContext): void {
    if (!Late.isLate(context.value)) return;
    const texts = latePartsOf(context.value).map((part) => {
      if (typeof part === "string") return part;
      if (part.source !== this.#source) this.#log.fail(closedView(["late", ...part.path]));
      if (context.obj !== this.#object) part.source.refuse("by resolving its object before synth does");
      return part.source.textOf(part.path);
    });
    context.replaceValue(texts.join(""));
  }
}
