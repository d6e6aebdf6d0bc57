import type { IResolver, ResolutionContext } from "cdk8s";
import { Late, latePartsOf, type LateSource } from "../constructs/index.ts";
import type { FaultLog } from "./fault.ts";
import { closedView } from "./refusals.ts";

/** The only place where a late fact becomes text: a marker in a tracked render, its value in a direct one. */
export class LateResolver implements IResolver {
  readonly #source: LateSource;
  readonly #log: FaultLog;

  constructor(source: LateSource, log: FaultLog) {
    this.#source = source;
    this.#log = log;
  }

  resolve(context: ResolutionContext): void {
    if (!Late.isLate(context.value)) return;
    const texts = latePartsOf(context.value).map((part) => {
      if (typeof part === "string") return part;
      if (part.source !== this.#source) this.#log.fail(closedView(["late", ...part.path]));
      return part.source.textOf(part.path);
    });
    context.replaceValue(texts.join(""));
  }
}
