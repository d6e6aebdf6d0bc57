import { canonicalDocument, quoted, type Read, readCanonicalDocument } from "../../core/index.ts";
import * as z from "zod/mini";
import { faultLines, faultSentence, fieldPath } from "./fault-sentence.ts";

/** The schema of a JSON document and the rules between its fields. */
export interface JsonFormat<T> {
  /** The document's name in the writer's errors. */
  readonly name: string;
  /** The value of `format`, checked first, because the schema of another version is unknown. undefined for documents without the field. */
  readonly format?: string;
  /** Prefix of the fault for an unknown `format`: a reason word and a colon. */
  readonly unknownFormat?: string;
  readonly bytesMax: number;
  /** Top-level fields of a document that people edit: its fault then lists everything that is wrong, one line each. */
  readonly fieldsByHand?: readonly string[];
  readonly schema: z.ZodMiniType<T>;
  /** A fault between fields that are valid one by one; undefined when there is none. */
  readonly faultOf?: (value: T) => string | undefined;
}

/** Reads canonical bytes. Returns the parsed value itself, so no field of the document is lost. */
export function readJsonDocument<T>(format: JsonFormat<T>, bytes: Uint8Array): Read<T> {
  if (bytes.length > format.bytesMax) return { fault: `has ${bytes.length} bytes, over the limit of ${format.bytesMax}` };
  const read = readCanonicalDocument(bytes);
  return "fault" in read ? read : checkJsonValue(format, read.value);
}

/** Throws on what the reader would refuse: in the writer it is a bug. */
export function writeJsonDocument<T>(format: JsonFormat<T>, value: T): string {
  const text = canonicalDocument(value);
  const read = checkJsonValue(format, value);
  if ("fault" in read) throw new TypeError(`${format.name}: ${read.fault}`);
  if (Buffer.byteLength(text) > format.bytesMax) throw new RangeError(`${format.name}: over the limit of ${format.bytesMax} bytes`);
  return text;
}

export function checkJsonValue<T>(format: JsonFormat<T>, value: unknown): Read<T> {
  const named = format.format === undefined ? undefined : tryFormat(value);
  if (named !== undefined && named.text !== format.format) {
    return { fault: `${format.unknownFormat ?? ""}${named.path} must be "${format.format}", not ${quoted(named.text)}` };
  }
  const unsafe = tryProtoKeyPath(value);
  if (unsafe !== undefined) return { fault: `${fieldPath(unsafe)} is not a field of this document` };
  const checked = z.safeParse(format.schema, value);
  if (!checked.success) {
    const { fieldsByHand } = format;
    const isObject = typeof value === "object" && value !== null;
    return { fault: fieldsByHand && isObject ? faultLines(checked.error, value, fieldsByHand) : faultSentence(checked.error, value) };
  }
  const fault = format.faultOf?.(value as T);
  return fault === undefined ? { value: value as T } : { fault };
}

/** `format` is a top-level field, or a field of `signed` in signed documents. */
function tryFormat(value: unknown): { readonly path: string; readonly text: string } | undefined {
  const { format, signed } = (value ?? {}) as { format?: unknown; signed?: { format?: unknown } | null };
  if (typeof format === "string") return { path: "format", text: format };
  return typeof signed?.format === "string" ? { path: "signed.format", text: signed.format } : undefined;
}

// zod ignores the key `__proto__`, and copying an object with this key changes the copy's prototype. It is never a valid field.
function tryProtoKeyPath(value: unknown): PropertyKey[] | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  for (const key of Object.keys(value)) {
    if (key === "__proto__") return [key];
    const inner = tryProtoKeyPath((value as Record<string, unknown>)[key]);
    if (inner !== undefined) return [Array.isArray(value) ? Number(key) : key, ...inner];
  }
  return undefined;
}
