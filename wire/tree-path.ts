import { isDnsLabel, limits, type ObjectRef, quoted, type Stage, STAGES, tryParseObjectRef } from "../core/index.ts";
import { manifestPath } from "./manifest-file.ts";
import type { Plan } from "./plan/plan-schema.ts";

/** The kind of a file in a site tree, from its path. */
export type TreePath =
  | { readonly kind: "plan" }
  | { readonly kind: "manifest"; readonly stage: Stage; readonly unit: string; readonly file: string }
  | { readonly kind: "node" };

const MANIFEST_FILE = /^[a-z][a-z0-9.=~_-]*\.yaml$/;
const NODE_PART = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** undefined for a path that is not allowed in a site tree. Depth and name lengths are checked here, sizes and counts by the caller. */
export function tryParseTreePath(path: string): TreePath | undefined {
  if (path === "plan.json") return { kind: "plan" };
  const [root, ...parts] = path.split("/");
  if (parts.length >= limits.treeDepth) return undefined;
  if (root === "manifests") return tryManifestPath(parts);
  if (root !== "nodes" || parts.length === 0) return undefined;
  return parts.every((part) => NODE_PART.test(part) && !part.endsWith(".")) ? { kind: "node" } : undefined;
}

function tryManifestPath(parts: readonly string[]): TreePath | undefined {
  const [folder, unit, file, ...rest] = parts;
  const stage = STAGES.find((each) => each === folder);
  if (stage === undefined || unit === undefined || file === undefined || rest.length > 0) return undefined;
  return isDnsLabel(unit) && file.length <= limits.fileNameBytes && MANIFEST_FILE.test(file)
    ? { kind: "manifest", stage, unit, file }
    : undefined;
}

/**
 * A fault in the paths of a whole site tree; undefined when each path is allowed, each object of the plan has its file, each manifest its object,
 * and no two names under `nodes/` are equal on a case-insensitive file system. Names are ASCII, so Unicode normalization does not matter.
 */
export function treePathsFault(plan: Plan, paths: Iterable<string>): string | undefined {
  const missing = new Map(plan.steps.flatMap(({ stage, unit, objects }) => objects.map((id) => [fileOf(stage, unit, id), id] as const)));
  const seen = new Set<string>();
  for (const path of paths) {
    const parsed = tryParseTreePath(path);
    if (parsed === undefined) return `${quoted(path)} is not a path of a site tree`;
    if (seen.has(path)) return `${path} exists twice`;
    seen.add(path);
    if (parsed.kind === "manifest" && !missing.delete(path)) return `${path} belongs to no object in the plan`;
  }
  const clash = caseClashFault(seen);
  if (clash !== undefined) return clash;
  if (!seen.has("plan.json")) return "plan.json is missing";
  const [absent] = missing;
  return absent === undefined ? undefined : `${absent[0]}, the file of ${absent[1]}, is missing`;
}

/** Two paths that are equal on a case-insensitive file system; undefined when there are none. Only names below `nodes/` may have capitals. */
export function caseClashFault(paths: Iterable<string>): string | undefined {
  const spellings = new Map<string, string>();
  for (const path of paths) {
    const clash = path.startsWith("nodes/") ? tryClash(path, spellings) : undefined;
    if (clash !== undefined) return `${path} and ${clash} differ only in case`;
  }
  return undefined;
}

function fileOf(stage: Stage, unit: string, id: string): string {
  return manifestPath(stage, unit, tryParseObjectRef(id) as ObjectRef);
}

// Checks folders as well: `a/x` and `A/y` would end up in one folder.
function tryClash(path: string, spellings: Map<string, string>): string | undefined {
  for (let end = path.indexOf("/"); ; end = path.indexOf("/", end + 1)) {
    const prefix = end < 0 ? path : path.slice(0, end);
    const known = spellings.get(prefix.toLowerCase()) ?? prefix;
    if (known !== prefix) return known;
    spellings.set(prefix.toLowerCase(), prefix);
    if (end < 0) return undefined;
  }
}
