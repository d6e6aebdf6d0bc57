import { formatObjectRef } from "../../core/index.ts";
import type { RenderedObject, RenderedUnit, SiteCheck } from "./check.ts";

/** Each object has one owner: two units, or two constructs of a unit, must not create the same object. */
export const checkIdentity: SiteCheck = ({ units }, report) => {
  const owners = new Map<string, { readonly unit: RenderedUnit; readonly object: RenderedObject }>();
  for (const unit of units) {
    for (const object of unit.objects) {
      // Without the version: apps/v1 and apps/v1beta2 name the same Deployment.
      const id = formatObjectRef(object.ref);
      const first = owners.get(id);
      if (first === undefined) {
        owners.set(id, { unit, object });
        continue;
      }
      const isSameUnit = first.unit === unit;
      // Two units of one name share a namespace by default. That is reported as `duplicate-unit-name`, and ends with the rename.
      if (!isSameUnit && first.unit.unit.name === unit.unit.name && object.ref.namespace === unit.unit.name) continue;
      report({
        code: "identity-clash",
        message: isSameUnit
          ? `${id} is created twice, by ${first.object.path} and by ${object.path}`
          : `${id} is created by ${first.object.path} and by ${object.path}`,
        object,
        field: "metadata.name",
        because: isSameUnit ? "the second would overwrite the first" : "the two units would keep overwriting each other's object",
        next: "rename one of them, or move the object into one unit that both depend on",
      });
    }
  }
};
