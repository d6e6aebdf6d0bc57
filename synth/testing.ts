/**
 * For tests of a fleet, in any test runner: `import { synthesize } from "skerry/testing"`.
 *
 * @example
 * import { expect, test } from "@jest/globals";
 * import { synthesize } from "skerry/testing";
 * import fleet from "../stacks/airports.ts";
 *
 * const airports = synthesize(fleet);
 *
 * test("every large airport with two machines runs two board replicas", () => {
 *   airports.sites("size=large,scheduled=true").each((site) => {
 *     expect(site.object("Deployment/boards").spec.replicas).toBe(2);
 *   });
 * });
 *
 * @module
 */
import type { Fleet } from "../constructs/index.ts";
import { amount, type Place, type Problem } from "../core/index.ts";
import { synth, type SynthOptions } from "./synth.ts";
import { TestFleet } from "./testing/test-fleet.ts";

export type { SiteSet, TestFleet } from "./testing/test-fleet.ts";
export type { AnyObject, TestSite } from "./testing/test-site.ts";

/**
 * Places, renders and checks the fleet, as `skerry synth` does. Takes a fleet, or the module that exports one as default.
 * Throws one error that lists all problems of severity error. Use `findProblems` to test for problems.
 */
export function synthesize<L>(fleet: Fleet<L> | { readonly default: Fleet<L> }, options: SynthOptions = {}): TestFleet<L> {
  const result = synth(fleetOf(fleet), options);
  const errors = result.problems.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new Error(`the fleet has ${amount(errors.length, "problem")}:\n${errors.map(problemLine).join("\n")}`);
  return new TestFleet<L>(result);
}

/** All problems of a fleet, errors and warnings, for tests of faulty fleets. */
export function findProblems<L>(fleet: Fleet<L> | { readonly default: Fleet<L> }, options: SynthOptions = {}): readonly Problem[] {
  return synth(fleetOf(fleet), options).problems;
}

function fleetOf<L>(fleet: Fleet<L> | { readonly default: Fleet<L> }): Fleet<L> {
  return "default" in fleet ? fleet.default : fleet;
}

function problemLine({ code, message, at, next }: Problem): string {
  return `  ${code}: ${message}\n    at ${at.map(placeText).join(" and ")}\n    ${next}`;
}

function placeText({ file, line, column, path }: Place): string {
  const position = file === undefined ? undefined : [file, line, column].filter((part) => part !== undefined).join(":");
  return [position, path].filter((part) => part !== undefined).join(" ");
}
