import { formatFact } from "../track/fact-path.ts";
import type { KubernetesObject } from "../../kube/index.ts";
import type { FaultLog } from "../track/fault.ts";
import { RESERVED, withoutMarkers } from "../late/marker.ts";
import { manifestText, NotPlainData } from "./manifest-text.ts";

/**
 * The manifest of an object, with late facts as markers. Returns undefined and logs the fault for an invalid object: its identity must be plain
 * text, it must be plain data, and it must not hold markers that the render did not hand out.
 */
export function tryManifest(json: KubernetesObject, construct: string, handedOut: ReadonlySet<string>, log: FaultLog): string | undefined {
  if (!isIdentified(json, construct, log)) return undefined;
  const text = tryText(json, construct, log);
  if (text === undefined || !RESERVED.test(withoutMarkers(text, handedOut))) return text;
  log.add({
    code: "reserved-characters",
    message: "the text holds U+FDD0 or U+FDD1, which are reserved for late facts",
    construct,
    because: "these two are noncharacters in Unicode and have no use in text",
    next: "remove these characters",
  });
  return undefined;
}

function isIdentified(json: Partial<KubernetesObject>, construct: string, log: FaultLog): boolean {
  const { apiVersion, kind, metadata } = json;
  for (const [field, value] of Object.entries({
    apiVersion,
    kind,
    "metadata.name": metadata?.name,
    "metadata.namespace": metadata?.namespace ?? "",
  })) {
    if (typeof value !== "string") {
      log.add({
        code: "bad-object",
        message: `${field} is not a string`,
        construct,
        next: "set apiVersion, kind and metadata.name of every object",
      });
      return false;
    }
    if (field === "metadata.name" || !RESERVED.test(value)) continue;
    log.add({
      code: "late-fact-refused",
      message: `${field} holds a late fact`,
      construct,
      because: "kind, apiVersion and namespace must be known when the object is checked; only the name may be late",
      next: "read the fact directly here, e.g. site.id",
    });
    return false;
  }
  return true;
}

function tryText(json: KubernetesObject, construct: string, log: FaultLog): string | undefined {
  try {
    return manifestText(json);
  } catch (error) {
    if (!(error instanceof NotPlainData)) throw error;
    const next = "use strings, numbers, booleans, lists and plain objects";
    log.add({ code: "no-plain-data", message: `${formatFact(error.path)}: ${error.message}`, construct, next });
    return undefined;
  }
}
