import { type ApiObject, Chart } from "cdk8s";

/**
 * The chart that a unit builds into. Names that objects are not given are their paths without a hash: a unit's objects have a namespace of
 * their own, and synth reports clashes. cdk8s' own names rest on the locale and the environment.
 */
export class UnitChart extends Chart {
  override generateObjectName(apiObject: ApiObject): string {
    const parts = apiObject.node.path
      .toLowerCase()
      .split("/")
      .map((part) => part.replace(/[^a-z0-9.-]/g, ""))
      .filter((part, index, all) => part !== "" && part !== "resource" && part !== "default" && part !== all[index - 1]);
    return parts.join("-");
  }
}
