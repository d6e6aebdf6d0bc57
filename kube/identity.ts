import type { ObjectRef } from "../core/index.ts";
import { KUBERNETES_MINORS, type Scope, tryFieldTable } from "./field-table.ts";

/** The fields that identify an object. */
export interface Identified {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** Without the version: an object keeps its identity when its API version changes. */
export function identityOf(object: Identified): ObjectRef {
  const { namespace = "", name } = object.metadata;
  return { group: groupOf(object.apiVersion), kind: object.kind, namespace, name };
}

/** `""` for the core group (`v1`). */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash === -1 ? "" : apiVersion.slice(0, slash);
}

export function versionOf(apiVersion: string): string {
  return apiVersion.slice(apiVersion.indexOf("/") + 1);
}

let scopes: Map<string, Scope> | undefined;

/** The scope of a built-in kind, in any version; undefined for custom kinds, whose CRD defines it. */
export function tryScope(group: string, kind: string): Scope | undefined {
  scopes ??= readScopes();
  return scopes.get(`${group}/${kind}`);
}

function readScopes(): Map<string, Scope> {
  const found = new Map<string, Scope>();
  for (const minor of KUBERNETES_MINORS) {
    const table = tryFieldTable(minor);
    for (const key of table?.kinds ?? []) {
      const [kind, version] = [key.slice(key.lastIndexOf("/") + 1), key.slice(0, key.lastIndexOf("/"))];
      found.set(`${groupOf(version)}/${kind}`, table?.tryKind(version, kind)?.scope as Scope);
    }
  }
  return found;
}
