import { formatObjectRef, type ObjectRef } from "../core/index.ts";

/**
 * Reads a selector once, for many objects: `Deployment`, `apps/Deployment`, `Deployment/boards`, `apps/Deployment/boards/boards`, or an id as in
 * plan.json. The part in capitals is the kind; before it stands the group, after it the name, or namespace and name.
 */
export function objectSelector(selector: string): (ref: ObjectRef) => boolean {
  const parts = selector.split("/");
  const at = parts.findIndex((part) => /^[A-Z]/.test(part));
  const [kind, first, second, ...rest] = at < 0 ? [] : parts.slice(at);
  const isShort = at <= 1 && rest.length === 0;
  const [namespace, name] = second === undefined ? [undefined, first] : [first, second];
  return (ref) => {
    if (ref.kind !== kind) return false;
    const isNamed =
      isShort &&
      (at === 0 || parts[0] === ref.group) &&
      (name === undefined || name === ref.name) &&
      (namespace === undefined || namespace === ref.namespace);
    return isNamed || formatObjectRef(ref) === selector;
  };
}
