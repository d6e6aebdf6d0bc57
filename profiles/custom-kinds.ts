import { ApiObject, type ApiObjectProps, type Chart } from "cdk8s";
import type { Construct } from "constructs";
import { Layer, type LayerProps, readKindFiles } from "../constructs/index.ts";
import type { Labels } from "../sites/index.ts";
import type { JsonMap } from "../kube/index.ts";

export interface CustomKindsProps<L = Labels> extends LayerProps<L> {
  /** Files with CustomResourceDefinitions, e.g. `new URL("flight-board.yaml", import.meta.url)`. */
  readonly files: readonly URL[];
}

/**
 * CustomResourceDefinitions, applied before the objects that use them. They have their own layer because removing a CRD deletes all objects
 * of its kind, which must never follow from a change of another unit.
 */
export class CustomKinds<L = Labels> extends Layer<CustomKindsProps<L>> {
  readonly #objects: readonly JsonMap[];

  constructor(scope: Construct, id: string, props: CustomKindsProps<L>) {
    super(scope, id, props);
    this.#objects = readKindFiles(props.files);
  }

  override build(chart: Chart): void {
    for (const object of this.#objects) {
      const { name } = object["metadata"] as { readonly name: string };
      new ApiObject(chart, name, object as unknown as ApiObjectProps);
    }
  }
}
