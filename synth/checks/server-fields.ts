import type { UnitCheck } from "./check.ts";

// `creationTimestamp: null` and an empty `status` are allowed: kubectl's dry run writes both, and they have no effect.
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

/** Fields that the API server writes or that are valid in one cluster only. They remain when an object was exported from a cluster. */
export const checkServerFields: UnitCheck = ({ objects }, report) => {
  for (const object of objects) {
    for (const field of FIELDS) {
      if (object.json.metadata[field] == null) continue;
      report({
        code: "server-field",
        message: `metadata.${field} is set by the API server of one cluster`,
        object,
        field: `metadata.${field}`,
        because: "API servers reject it, or the object differs from site to site",
        next: "remove the field",
      });
    }
  }
};
