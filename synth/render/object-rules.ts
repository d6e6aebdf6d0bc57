import { formatFact } from "../track/fact-path.ts";
import type { KubernetesObject } from "../../kube/index.ts";
import type { FaultLog } from "../track/fault.ts";
import { RESERVED, withoutMarkers } from "../late/marker.ts";
import { manifestText, NotPlainData } from "./manifest-text.ts";

/**
 * The file of an object, late facts as markers. Gives undefined, and says why in the log, for what is no manifest: objects are identified by
 * plain text, are plain data all through, and hold no marker that the render did not hand out.
 */
export function tryManifest(json: KubernetesObject, construct: string, handedOut: ReadonlySet<string>, log: FaultLog): string | undefined {
  if (!isIdentified(json, construct, log)) return undefined;
  const text = tryText(json, construct, log);
  if (text === undefined || !RESERVED.test(withoutMarkers(text, handedOut))) return text;
  log.add({
    code: "reserved-characters",
    message: "text holds U+FDD0 or U+FDD1, which mark late facts",
    construct,
    because: "Unicode gives these two no meaning in any text",
    next: "remove them",
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
      log.add({ code: "bad-object", message: `${field} is no text`, construct, next: "give every object its apiVersion, kind and name" });
      return false;
    }
    if (field === "metadata.name" || !RESERVED.test(value)) continue;
    log.add({
      code: "late-fact-refused",
      message: `${field} holds a late fact`,
      construct,
      because: "what an object is, and whose it is, must be known when it is checked; only its name may be late",
      next: "read the fact itself here, e.g. site.id",
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
    const next = "put in text, numbers, booleans, lists and plain objects";
    log.add({ code: "no-plain-data", message: `${formatFact(error.path)}: ${error.message}`, construct, next });
    return undefined;
  }
}
