import { LineCounter, parseAllDocuments } from "yaml";
import type { Read } from "../core/index.ts";
import { isMap, type JsonMap } from "./field-fault.ts";

/** The Kubernetes objects in a YAML text; empty documents are skipped. YAML 1.1, as in kubectl. A fault names line and column. */
export function readObjects(text: string): Read<readonly JsonMap[]> {
  const lines = new LineCounter();
  const objects: JsonMap[] = [];
  for (const document of parseAllDocuments(text, { version: "1.1", lineCounter: lines, prettyErrors: false })) {
    const [error] = document.errors;
    if (error !== undefined) {
      const { line, col } = lines.linePos(error.pos[0]);
      return { fault: `line ${line}, column ${col}: ${error.message}` };
    }
    const value: unknown = document.toJS();
    if (value === null) continue;
    if (!isObject(value))
      return {
        fault: `line ${lines.linePos(document.contents?.range?.[0] ?? 0).line}: not a Kubernetes object: apiVersion, kind and metadata.name are required`,
      };
    objects.push(value);
  }
  return { value: objects };
}

/** The minimum of an object. The field check looks at everything else. */
function isObject(value: unknown): value is JsonMap {
  if (!isMap(value) || !isMap(value["metadata"])) return false;
  return [value["apiVersion"], value["kind"], value["metadata"]["name"]].every((field) => typeof field === "string");
}
