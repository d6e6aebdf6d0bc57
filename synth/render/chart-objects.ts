import { ApiObject, type App, type Chart } from "cdk8s";
import type { IConstruct } from "constructs";
import { messageOf } from "../track/call.ts";
import type { FaultLog } from "../track/fault.ts";

/** An object of a unit's chart, before it is resolved to JSON. */
export interface ChartObject {
  readonly object: ApiObject;
  /** The path of its construct in the chart. */
  readonly path: string;
  /** Indexes of the objects to apply before it. */
  readonly after: ReadonlySet<number>;
}

/**
 * The objects of a unit's App in tree order, with their dependencies. A faster version of what cdk8s does, which validates the whole App and
 * walks the whole dependency graph for each chart.
 */
export function chartObjects(app: App, chart: Chart, log: FaultLog): ChartObject[] {
  const constructs = app.node.findAll();
  for (const construct of constructs) validate(construct, insideOf(chart, construct), log);
  const objects = constructs.filter((construct) => ApiObject.isApiObject(construct));
  const after = objects.map(() => new Set<number>());
  for (const construct of constructs) {
    for (const target of construct.node.dependencies) {
      if (target.node.root === app) addDependency(construct, target, objects, after);
      else addForeign(insideOf(chart, construct), target, log);
    }
  }
  return objects.map((object, index) => ({ object, path: insideOf(chart, object), after: after[index] as ReadonlySet<number> }));
}

function insideOf(chart: Chart, construct: IConstruct): string {
  return construct.node.path.slice(chart.node.path.length + 1);
}

function validate(construct: IConstruct, path: string, log: FaultLog): void {
  let messages: readonly string[];
  try {
    messages = construct.node.validate();
  } catch (error) {
    messages = [`the construct's validation throws: ${messageOf(error)}`];
  }
  for (const message of messages) {
    log.add({
      code: "invalid-construct",
      message,
      construct: path,
      next: "correct the construct as its validation says",
    });
  }
}

function addDependency(source: IConstruct, target: IConstruct, objects: readonly ApiObject[], after: readonly Set<number>[]): void {
  const within = (scope: IConstruct): number[] => objects.flatMap((object, index) => (object.node.scopes.includes(scope) ? [index] : []));
  const before = within(target);
  for (const index of within(source)) {
    for (const other of before) if (other !== index) after[index]?.add(other);
  }
}

function addForeign(path: string, target: IConstruct, log: FaultLog): void {
  log.add({
    code: "foreign-dependency",
    message: `the construct depends on ${target.node.path}, which is not part of the same unit`,
    construct: path,
    because: "units are rendered separately",
    next: "let the units depend on each other: boards.node.addDependency(database)",
  });
}
