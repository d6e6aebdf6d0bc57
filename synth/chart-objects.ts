import { ApiObject, type App } from "cdk8s";
import type { IConstruct } from "constructs";
import { messageOf } from "./call.ts";
import type { FaultLog } from "./fault.ts";

/** An object of a unit's chart, before it is resolved to JSON. */
export interface ChartObject {
  readonly object: ApiObject;
  /** Indexes of the objects that must be applied before it. */
  readonly after: ReadonlySet<number>;
}

/**
 * The objects of a unit's App in the order of its tree, with their dependencies. What cdk8s does here, without its costs: it validates the
 * whole App and walks every path of the dependency graph once a chart.
 */
export function chartObjects(app: App, log: FaultLog): ChartObject[] {
  const constructs = app.node.findAll();
  for (const construct of constructs) validate(construct, log);
  const objects = constructs.filter((construct) => ApiObject.isApiObject(construct));
  const after = objects.map(() => new Set<number>());
  for (const construct of constructs) {
    for (const target of construct.node.dependencies) addDependency(construct, target, objects, after, app, log);
  }
  return objects.map((object, index) => ({ object, after: after[index] as ReadonlySet<number> }));
}

function validate(construct: IConstruct, log: FaultLog): void {
  let messages: readonly string[];
  try {
    messages = construct.node.validate();
  } catch (error) {
    messages = [`its validation threw: ${messageOf(error)}`];
  }
  for (const message of messages) {
    log.add({
      code: "invalid-construct",
      message,
      construct: construct.node.path,
      next: "the construct's own validation says what it expects",
    });
  }
}

function addDependency(
  source: IConstruct,
  target: IConstruct,
  objects: readonly ApiObject[],
  after: readonly Set<number>[],
  app: App,
  log: FaultLog,
): void {
  if (target.node.root !== app) {
    log.add({
      code: "foreign-dependency",
      message: `depends on ${target.node.path}, which is not part of the same unit`,
      construct: source.node.path,
      because: "units are rendered one by one",
      next: "let the units depend on each other: boards.node.addDependency(database)",
    });
    return;
  }
  const within = (scope: IConstruct): number[] => objects.flatMap((object, index) => (object.node.scopes.includes(scope) ? [index] : []));
  const before = within(target);
  for (const index of within(source)) {
    for (const other of before) if (other !== index) after[index]?.add(other);
  }
}
