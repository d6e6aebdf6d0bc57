/** Identifies one Kubernetes object. Without a version: an object keeps its identity when its API version changes. */
export interface ObjectRef {
  /** Empty for the core group. */
  readonly group: string;
  readonly kind: string;
  /** Empty for cluster-scoped objects. */
  readonly namespace: string;
  readonly name: string;
}

/** `<group>/<Kind>/<namespace>/<name>`, as in plan.json. */
export function formatObjectRef(ref: ObjectRef): string {
  return `${ref.group}/${ref.kind}/${ref.namespace}/${ref.name}`;
}

// A name follows Kubernetes' rule for path segments (RBAC: `system:node`), so it never holds a slash and the four parts are unambiguous.
const PATTERN =
  /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?)?\/[A-Z][A-Za-z0-9]{0,62}\/([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)?\/[A-Za-z0-9][A-Za-z0-9:._-]{0,252}$/;

export function tryParseObjectRef(text: string): ObjectRef | undefined {
  if (!PATTERN.test(text)) return undefined;
  const [group, kind, namespace, name] = text.split("/") as [string, string, string, string];
  return { group, kind, namespace, name };
}
