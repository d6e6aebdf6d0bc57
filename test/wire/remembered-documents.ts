import type { Read } from "../../core/index.ts";
import { type JsonFormat, readJsonDocument as read } from "../../wire/grammar/json-document.ts";
import { remembered } from "../sim/world/remembered.ts";

/**
 * Replaces the reader in `wire/` during simulations: a cache of the real reader's results by bytes. The results are frozen, so that no schedule
 * can change one.
 */
export { checkJsonValue, type JsonFormat, writeJsonDocument } from "../../wire/grammar/json-document.ts";

const answers = new Map<string, Read<unknown>>();

export function readJsonDocument<T>(format: JsonFormat<T>, bytes: Uint8Array): Read<T> {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
  return remembered(answers, `${format.name} ${text}`, () => frozen(read(format, bytes))) as Read<T>;
}

function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null) for (const inner of Object.values(Object.freeze(value))) frozen(inner);
  return value;
}
