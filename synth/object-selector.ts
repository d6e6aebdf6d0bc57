import { formatObjectRef, type ObjectRef } from "../core/index.ts";

/**
 * Whether a selector names an object: `Deployment`, `apps/Deployment`, `Deployment/boards`, `apps/Deployment/boards/boards`, or an id as in
 * plan.json. The part in capitals is the kind; before it stands the group, after it the name, or namespace and name.
 */
export function selectsObject(selector: string, ref: ObjectRef): boolean {
  if (formatObjectRef(ref) === selector) return true;
  const parts = selector.split("/");
  const at = parts.findIndex((part) => /^[A-Z]/.test(part));
  if (at < 0 || at > 1 || parts[at] !== ref.kind) return false;
  if (at === 1 && parts[0] !== ref.group) return false;
  const [first, second, ...rest] = parts.slice(at + 1);
  if (rest.length > 0) return false;
  if (first === undefined) return true;
  return second === undefined ? first === ref.name : first === ref.namespace && second === ref.name;
}
