export { checkFields } from "./check-fields.ts";
export { checkSchema } from "./check-schema.ts";
export { type CustomKind, customKindsOf } from "./crd.ts";
export { type FieldPath, formatFieldPath, isMap, type JsonMap, listAt, mapAt } from "./field-fault.ts";
export { type FieldTable, KUBERNETES_MINORS, tryFieldTable } from "./field-table.ts";
export { groupOf, identityOf, tryScope, versionOf } from "./identity.ts";
export {
  ANNOTATIONS_BYTES_MAX,
  DATA_BYTES_MAX,
  dataKeyRule,
  labelKeyRule,
  labelValueRule,
  type NameRule,
  nameRuleOf,
  namespaceNameRule,
  NOT_SECRET,
  partNameRule,
  portNameRule,
} from "./names.ts";
export type { KubernetesObject } from "./object.ts";
export { compareInStep, stageOf } from "./order.ts";
export { POD_SECURITY_LABEL, podSecurityFaults } from "./pod-security.ts";
export { type Container, containersOf, type PodTemplate, tryPodTemplate } from "./pod-template.ts";
export { readObjects } from "./read-objects.ts";
export { tryRemoval } from "./removed-kinds.ts";
export { selects, selectsExactly } from "./selector.ts";
