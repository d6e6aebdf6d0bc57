import type { Read } from "../core/index.ts";
import type * as z from "zod/mini";
import { type JsonFormat, readJsonDocument, writeJsonDocument } from "./grammar/json-document.ts";
import { fields, fleetId, word } from "./grammar/json-fields.ts";

const schema = fields({ format: word(["skerry.fleet/1"]), fleet: fleetId });

const format: JsonFormat<z.infer<typeof schema>> = { name: "fleet.json", format: "skerry.fleet/1", bytesMax: 1_000, schema };

/** `fleet.json` in the root of the fleet tree. */
export function fleetDocument(fleet: string): string {
  return writeJsonDocument(format, { format: "skerry.fleet/1" as const, fleet });
}

/** Returns the fleet's id. */
export function readFleetDocument(bytes: Uint8Array): Read<string> {
  const read = readJsonDocument(format, bytes);
  return "fault" in read ? read : { value: read.value.fleet };
}
