export { type Field, FieldTable, type FieldType, KUBERNETES_MINORS, type Primitive, type Scope, tryFieldTable } from "./field-table.ts";
export { groupOf, type Identified, identityOf, tryScope, versionOf } from "./identity.ts";
export { compareInStep, stageOf } from "./order.ts";
