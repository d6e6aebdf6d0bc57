import { isMap, NOT_SECRET } from "../../kube/index.ts";
import type { RenderedObject, ReportFinding } from "./check.ts";

/**
 * Exceptions for values that only look like secrets: the object's annotation `skerry/not-secret`, with one line `<place>: <reason>` for each,
 * e.g. `env/TOKEN_STYLE: the name of a style`. It is reviewed like every other line and visible at the site.
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

  /** An unused exception would later allow another value in the same place. */
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
      message: `a line of ${NOT_SECRET} is not of the form <place>: <reason>`,
      object: this.#object,
      field: `metadata.annotations["${NOT_SECRET}"]`,
      next: "write the place as in the problem plain-text-secret, a colon, and why the value is not a secret",
    });
  }
}
