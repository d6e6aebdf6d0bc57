import { formatObjectRef, nearestName, type ObjectRef } from "../../core/index.ts";

/**
 * Parses an object selector: `Deployment`, `apps/Deployment`, `Deployment/boards`, `apps/Deployment/boards/boards`, or an id as in plan.json. The
 * capitalized part is the kind, before it comes the group, after it the name or namespace and name.
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

const NEAREST_MAX = 3;

/** Suggestions for a selector without matches: objects with that name or kind, else the nearest by spelling. */
export function nearestObjects(selector: string, refs: readonly ObjectRef[]): readonly string[] {
  const wanted = selector.toLowerCase();
  const alike = refs.filter(({ kind, name }) => [kind, name, `${kind}/${name}`].some((text) => text.toLowerCase() === wanted));
  if (alike.length > 0) return alike.slice(0, NEAREST_MAX).map(shortName);
  const near = nearestName(
    selector,
    refs.flatMap((ref) => [formatObjectRef(ref), shortName(ref), ref.kind, ref.name]),
  );
  const meant = refs.find((ref) => [formatObjectRef(ref), shortName(ref), ref.kind, ref.name].includes(near ?? ""));
  return meant === undefined ? [] : [near === formatObjectRef(meant) ? near : shortName(meant)];
}

function shortName({ kind, name }: ObjectRef): string {
  return `${kind}/${name}`;
}
