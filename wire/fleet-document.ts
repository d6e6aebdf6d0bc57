import type { Read } from "../core/index.ts";
import * as z from "zod/mini";
import { type JsonFormat, readJsonDocument, writeJsonDocument } from "./grammar/json-document.ts";
import { fields, fleetId, word } from "./grammar/json-fields.ts";
import { SHARD_COUNTS, type ShardCount } from "./shard.ts";

const schema = fields({
  format: word(["skerry.fleet/1"]),
  fleet: fleetId,
  shards: z.exactOptional(z.literal(SHARD_COUNTS, { error: "1, 16, 64 or 256" })),
});

const format: JsonFormat<z.infer<typeof schema>> = { name: "fleet.json", format: "skerry.fleet/1", bytesMax: 1_000, schema };

export interface FleetDocument {
  readonly fleet: string;
  /** How many refs carry the heads of the sites. undefined in a fleet of version 0.1, whose heads are in a branch a site. */
  readonly shards: ShardCount | undefined;
}

/** `fleet.json` in the root of the fleet tree. */
export function fleetDocument({ fleet, shards }: FleetDocument): string {
  return writeJsonDocument(format, { format: "skerry.fleet/1" as const, fleet, ...(shards === undefined ? {} : { shards }) });
}

export function readFleetDocument(bytes: Uint8Array): Read<FleetDocument> {
  const read = readJsonDocument(format, bytes);
  return "fault" in read ? read : { value: { fleet: read.value.fleet, shards: read.value.shards } };
}
