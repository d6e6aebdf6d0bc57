import { isMap, NOT_SECRET } from "../../kube/index.ts";
import type { RenderedObject, ReportFinding } from "./check.ts";

/**
 * The way out where a value only looks like a secret: the annotation `skerry/not-secret` of the object, one line `<place>: <reason>` each,
 * e.g. `env/TOKEN_STYLE: the name of a style`. It is reviewed like every other line, and stays visible at the site.
 */
export class NotSecret {
  readonly #reasons = new Map<string, string>();
  readonly #used = new Set<string>();
  readonly #object: RenderedObject;

  constructor(object: RenderedObject, report: ReportFinding) {
    this.#object = object;
    const { annotations } = object.json.metadata;
    const text = isMap(annotations) ? annotations[NOT_SECRET] : undefined;
    for (const line of typeof text === "string" ? text.split("\n") : []) {
      const [, place, reason] = /^\s*(\S+): *(\S.*\S)\s*$/.exec(line) ?? [];
      if (place !== undefined && reason !== undefined) this.#reasons.set(place, reason);
      else if (line.trim() !== "") this.#reportMalformed(report);
    }
  }

  has(place: string): boolean {
    if (!this.#reasons.has(place)) return false;
    this.#used.add(place);
    return true;
  }

  /** A reason that nothing needs any more would excuse the next value in its place. */
  reportUnused(report: ReportFinding): void {
    for (const place of this.#reasons.keys()) {
      if (this.#used.has(place)) continue;
      report({
        code: "idle-not-secret",
        severity: "warning",
        message: `nothing at ${place} looks like a secret`,
        object: this.#object,
        field: `metadata.annotations["${NOT_SECRET}"]`,
        next: "remove the line",
      });
    }
  }

  #reportMalformed(report: ReportFinding): void {
    report({
      code: "bad-not-secret",
      message: "a line is not <place>: <reason>",
      object: this.#object,
      field: `metadata.annotations["${NOT_SECRET}"]`,
      next: "write the place as the problem names it, a colon, and why the value is no secret",
    });
  }
}
