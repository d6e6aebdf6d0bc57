import { canonicalJson, isSiteId, limits, type Read } from "../core/index.ts";
import * as z from "zod/mini";
import { checkJsonValue, type JsonFormat, readJsonDocument } from "./grammar/json-document.ts";
import { fields, list, map, sentence, siteId, text } from "./grammar/json-fields.ts";

const degrees = (most: number) =>
  z
    .number({ error: `a number from -${most} to ${most}` })
    .check(z.refine((value) => Math.abs(value) <= most, { error: `a number from -${most} to ${most}` }));

// `sites/` checks the inventory by stricter rules. This schema is what every reader can rely on.
const schema = fields({
  id: siteId,
  name: sentence,
  level: list(
    text(
      "a level name without slash or control characters",
      (value) => value.length <= 100 && /^[^/\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+$/u.test(value),
    ),
    0,
    16,
  ),
  labels: map(
    text("a label name of 1 to 100 characters", (value) => value.length >= 1 && value.length <= 100),
    z.unknown(),
  ),
  profile: sentence,
  location: z.exactOptional(fields({ latitude: degrees(90), longitude: degrees(180) })),
  timeZone: z.exactOptional(sentence),
  reportKey: z.exactOptional(
    text('"ssh-ed25519 " and the key in base64, then a comment or nothing', (value) =>
      /^ssh-ed25519 [A-Za-z0-9+/]{68}( [ -~]{1,200})?$/.test(value),
    ),
  ),
});

/** One line of `inventory/<2 hex>.ndjson`: the facts of a site that diff, waves and maps need without the fleet's source. */
export interface InventoryLine {
  readonly id: string;
  readonly name: string;
  readonly level: readonly string[];
  /** JSON values, typed by the fleet's own label schema. */
  readonly labels: Readonly<Record<string, unknown>>;
  readonly profile: string;
  /** Degrees, WGS 84. */
  readonly location?: { readonly latitude: number; readonly longitude: number };
  readonly timeZone?: string;
  /** Public half of the key that signs this site's reports. */
  readonly reportKey?: string;
}

const format: JsonFormat<InventoryLine> = {
  name: "inventory line",
  bytesMax: limits.inventoryLineBytes,
  schema,
};

/** Canonical JSON with a line end. */
export function inventoryLine(line: InventoryLine): string {
  if (!isOrdinary(line)) {
    const read = checkJsonValue(format, line);
    if ("fault" in read) throw new TypeError(`inventory line of "${line.id}": ${read.fault}`);
  }
  const text = `${canonicalJson(line)}\n`;
  if (Buffer.byteLength(text) > limits.inventoryLineBytes) {
    throw new RangeError(`inventory line of "${line.id}": over the limit of ${limits.inventoryLineBytes} bytes`);
  }
  return text;
}

const ORDINARY_KEYS = new Set(["id", "name", "level", "labels", "profile", "location", "timeZone"]);
const ORDINARY_TEXT = /^[\w\u00c0-\u024f ,.()'+-]{1,100}(\/[\w+-]{1,50}){0,3}$/;
const ORDINARY_LEVEL = /^[\w-]{1,100}$/;

/**
 * A fast check that accepts only lines that the schema accepts: the schema takes 7 us for each line, and a release writes one for each site.
 * Any other line is checked by the schema.
 */
function isOrdinary(line: InventoryLine): boolean {
  const { id, name, level, labels, profile, location, timeZone } = line;
  return (
    Object.keys(line).every((key) => ORDINARY_KEYS.has(key)) &&
    isSiteId(id) &&
    [name, profile, timeZone ?? "UTC"].every((text) => ORDINARY_TEXT.test(text)) &&
    level.length <= 16 &&
    level.every((part) => ORDINARY_LEVEL.test(part)) &&
    Object.entries(labels).every(([key, value]) => ORDINARY_LEVEL.test(key) && key !== "__proto__" && typeof value !== "object") &&
    (location === undefined || (Object.keys(location).length === 2 && isWithin(location.latitude, 90) && isWithin(location.longitude, 180)))
  );
}

function isWithin(degrees: unknown, most: number): boolean {
  return typeof degrees === "number" && Math.abs(degrees) <= most;
}

/** Reads one line, with or without its line end. */
export function readInventoryLine(line: string): Read<InventoryLine> {
  return readJsonDocument(format, Buffer.from(line.endsWith("\n") ? line : `${line}\n`, "utf8"));
}
