import { canonicalDocument, isReason, type Read, readCanonicalDocument, type Reason } from "../../core/index.ts";
import * as z from "zod/mini";

/** The agent's answer to a request. `text` is for people; `status` is present only in the answer to `status`. */
export type ControlAnswer =
  | { readonly ok: true; readonly text: string; readonly status?: unknown }
  | { readonly ok: false; readonly reason: Reason; readonly text: string };

/** A status lists units, failed trees and troubles; a few thousand of them fit. */
export const ANSWER_BYTES_MAX = 4_000_000;

const done = z.strictObject({ ok: z.literal(true), text: z.string(), status: z.exactOptional(z.unknown()) });
const refused = z.strictObject({ ok: z.literal(false), reason: z.custom<Reason>(isKnown), text: z.string() });
const schema = z.union([done, refused]);

function isKnown(value: unknown): boolean {
  return typeof value === "string" && isReason(value);
}

export function readAnswer(line: Uint8Array): Read<ControlAnswer> {
  const read = readCanonicalDocument(line);
  if ("fault" in read) return { fault: `the answer ${read.fault}` };
  const answer = schema.safeParse(read.value);
  return answer.success ? { value: answer.data } : { fault: "this version does not know this kind of answer" };
}

export function writeAnswer(answer: ControlAnswer): string {
  return canonicalDocument(answer);
}
