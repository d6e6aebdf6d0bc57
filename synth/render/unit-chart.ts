import { type ApiObject, Chart } from "cdk8s";

/**
 * The chart of a unit. Default names of objects are their paths without a hash: synth reports name clashes, and cdk8s' default names depend
 * on locale and environment.
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
