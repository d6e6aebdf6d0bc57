import { formatObjectRef } from "../../core/index.ts";
import type { RenderedObject, RenderedUnit, SiteCheck } from "./check.ts";

/** One object, one owner: no two units, and no two constructs of a unit, may make the same one. */
export const checkIdentity: SiteCheck = ({ units }, report) => {
  const owners = new Map<string, { readonly unit: RenderedUnit; readonly object: RenderedObject }>();
  for (const unit of units) {
    for (const object of unit.objects) {
      // Without the version: apps/v1 and apps/v1beta2 name one and the same Deployment.
      const id = formatObjectRef(object.ref);
      const first = owners.get(id);
      if (first === undefined) {
        owners.set(id, { unit, object });
        continue;
      }
      const isSameUnit = first.unit === unit;
      report({
        code: "identity-clash",
        message: isSameUnit
          ? `${id} is made twice, by ${first.object.path} and by ${object.path}`
          : `${id} is made by ${first.object.path} and by ${object.path}`,
        object,
        field: "metadata.name",
        because: isSameUnit ? "the second would overwrite the first" : "two units would overwrite each other's object for ever",
        next: "rename one of them, or put it into one unit that both rest on",
      });
    }
  }
};
