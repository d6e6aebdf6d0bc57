import type { UnitCheck } from "./check.ts";

// `creationTimestamp: null` and an empty `status` are left alone: kubectl's own dry run writes both, and they mean nothing.
const FIELDS = [
  "resourceVersion",
  "uid",
  "generation",
  "managedFields",
  "selfLink",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "ownerReferences",
  "generateName",
];

/** Fields that the API server writes, or that only make sense in one cluster: left over where an object was exported from a live one. */
export const checkServerFields: UnitCheck = ({ objects }, report) => {
  for (const object of objects) {
    for (const field of FIELDS) {
      if (object.json.metadata[field] == null) continue;
      report({
        code: "server-field",
        message: `metadata.${field} belongs to a live object`,
        object,
        field: `metadata.${field}`,
        because: "an API server refuses it, or the object comes out different at every site",
        next: "remove the field",
      });
    }
  }
};
