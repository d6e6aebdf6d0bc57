import { type ObjectRef, type Read, tryParseObjectRef } from "../../core/index.ts";
import type { PathAndBytes } from "../../git/index.ts";
import { readObjects } from "../../kube/index.ts";
import { manifestPath, readPlan } from "../../wire/index.ts";
import { deployFileName, objectId } from "./deploy-file.ts";

/** An object and its file in the deploy folder. */
export interface PlacedObject {
  readonly file: string;
  /** As in the verified tree, byte for byte (I1). */
  readonly bytes: Uint8Array;
}

/** Object id -> file and bytes, in the plan's order. */
export type PlacedObjects = ReadonlyMap<string, PlacedObject>;

export function readPlacedObjects(files: readonly PathAndBytes[]): Read<PlacedObjects> {
  const bytesOf = new Map(files.map(({ path, bytes }) => [path, bytes]));
  const plan = readPlan(bytesOf.get("plan.json") ?? Buffer.alloc(0));
  if ("fault" in plan) return { fault: `plan.json: ${plan.fault}` };
  const placed = new Map<string, PlacedObject>();
  for (const { stage, unit, objects } of plan.value.steps) {
    for (const id of objects) {
      const path = manifestPath(stage, unit, tryParseObjectRef(id) as ObjectRef);
      const bytes = bytesOf.get(path);
      if (bytes === undefined) return { fault: `${path}, the file of ${id}, is missing` };
      placed.set(id, { file: deployFileName(stage, unit), bytes });
    }
  }
  return { value: placed };
}

/** For a tree that passed its checks; a fault is a bug. */
export function placedObjects(files: readonly PathAndBytes[]): PlacedObjects {
  const read = readPlacedObjects(files);
  if ("fault" in read) throw new Error(read.fault);
  return read.value;
}

/**
 * A13: why k3s would not read `bytes` as exactly the object `id`, or undefined. Bytes with more than one object would share a file with others
 * and could no longer be attributed.
 */
export function manifestFault(id: string, bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes).toString("utf8");
  const read = readObjects(text);
  if ("fault" in read) return read.fault;
  const [object] = read.value;
  if (object === undefined || read.value.length > 1) return `it holds ${read.value.length} objects instead of one`;
  if (objectId(object) !== id) return `it is ${objectId(object)}`;
  // k3s treats a directive as a separate document, and splits the file at further markers, where the agent does not.
  if (/^%/m.test(text) || /\n---/.test(text)) return "it has a YAML directive or more than one document";
  // apimachinery decodes any object with `items` as a list, and k3s applies the list's elements.
  return "items" in object ? "k3s reads an object with items as a list of objects" : undefined;
}
