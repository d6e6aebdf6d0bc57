import { canonicalDocument, type Read, readCanonicalDocument } from "../../core/index.ts";
import * as z from "zod/mini";

/** A command to the running agent. */
export type ControlRequest =
  | { readonly do: "status" }
  | { readonly do: "poll" }
  | { readonly do: "pause"; readonly seconds: number; readonly why: string }
  | { readonly do: "resume" }
  | { readonly do: "retry" }
  | { readonly do: "fallback" };

/** With its line end. No valid request is longer. */
export const REQUEST_BYTES_MAX = 4_096;

/** A forgotten pause must not leave a site unattended for long. */
export const PAUSE_SECONDS_MAX = 86_400;

const PAUSE = `a pause is {"do":"pause","seconds":1 to ${PAUSE_SECONDS_MAX},"why":"one line of at most 500 characters"}`;

const plain = z.strictObject({ do: z.enum(["status", "poll", "resume", "retry", "fallback"]) });
const pause = z.strictObject({
  do: z.literal("pause"),
  seconds: z.number().check(z.refine((value) => Number.isSafeInteger(value) && value >= 1 && value <= PAUSE_SECONDS_MAX)),
  why: z.string().check(z.refine(isSentence)),
});

/** The journal stores the reason of a pause and the status prints it, so it is one line without control characters. */
export function isSentence(text: string): boolean {
  return /^[^\p{Cc}\p{Zl}\p{Zp}]{1,500}$/u.test(text) && text.trim() !== "";
}

export function readRequest(line: Uint8Array): Read<ControlRequest> {
  const read = readCanonicalDocument(line);
  if ("fault" in read) return { fault: `the request ${read.fault}` };
  // By command first, so that a faulty pause gets a message about pauses.
  if ((read.value as { do?: unknown } | null)?.do === "pause") {
    const paused = pause.safeParse(read.value);
    return paused.success ? { value: paused.data } : { fault: PAUSE };
  }
  const asked = plain.safeParse(read.value);
  return asked.success
    ? { value: asked.data }
    : { fault: "unknown request; this agent knows status, poll, pause, resume, retry and fallback" };
}

export function writeRequest(request: ControlRequest): string {
  return canonicalDocument(request);
}
