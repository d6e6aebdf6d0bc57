import { isDnsLabel, isReason, isSiteId, type Reason, tryParseObjectRef } from "../../core/index.ts";
import * as z from "zod/mini";
import { GIT_ID, TREE_DIGEST } from "./atoms.ts";

// The field types of all JSON documents. Each message completes "<path> must be ..." and never quotes the value, which may be long, hostile or secret.

export function text(description: string, isValid: (value: string) => boolean): z.ZodMiniString {
  return z.string({ error: description }).check(z.refine(isValid, { error: description }));
}

export function whole(least: number, most: number): z.ZodMiniNumber {
  const description = `a whole number from ${least} to ${most}`;
  return z
    .number({ error: description })
    .check(z.refine((value) => Number.isSafeInteger(value) && value >= least && value <= most, { error: description }));
}

export function word<const W extends readonly string[]>(words: W): z.ZodMiniEnum<{ [K in W[number]]: K }> {
  const description = words.length === 1 ? `"${words[0]}"` : `one of ${words.map((each) => `"${each}"`).join(", ")}`;
  return z.enum(words, { error: description });
}

/** Every list has a maximum, so that the format and not the sender bounds the reader. */
export function list<T extends z.ZodMiniType>(item: T, least: number, most: number): z.ZodMiniArray<T> {
  const description = `a list of ${least} to ${most} entries`;
  return z.array(item, { error: description }).check(z.minLength(least, { error: description }), z.maxLength(most, { error: description }));
}

/** An object with exactly these fields. */
export function fields<T extends z.core.$ZodShape>(shape: T): z.ZodMiniObject<T, z.core.$strict> {
  return z.strictObject(shape, { error: (issue) => (issue.code === "invalid_type" ? "an object" : undefined) });
}

/** An object whose keys are data, such as site ids. */
export function map<K extends z.core.$ZodRecordKey, T extends z.ZodMiniType>(key: K, value: T): z.ZodMiniRecord<K, T> {
  return z.record(key, value, { error: (issue) => (issue.code === "invalid_type" ? "an object" : undefined) });
}

export const flag = z.boolean({ error: "true or false" });
export const seq = whole(1, Number.MAX_SAFE_INTEGER);
export const release = whole(1, Number.MAX_SAFE_INTEGER);
/** Seconds since 1970. */
export const seconds = whole(0, Number.MAX_SAFE_INTEGER);
export const count = whole(0, Number.MAX_SAFE_INTEGER);
export const dnsLabel = text("a DNS label: at most 63 of a-z, 0-9 and -", isDnsLabel);
export const fleetId = text("a fleet id: at most 63 of a-z, 0-9 and -", isDnsLabel);
export const siteId = text("a site id: at most 40 of a-z, 0-9 and -, not digits only", isSiteId);
export const objectId = text("an object id <group>/<Kind>/<namespace>/<name>", (value) => tryParseObjectRef(value) !== undefined);
export const gitId = text("an object id of 40 hex digits", (value) => GIT_ID.test(value));
export const treeDigest = text('"sha256:" and 64 hex digits', (value) => TREE_DIGEST.test(value));
export const sha256 = text("64 hex digits", (value) => /^[0-9a-f]{64}$/.test(value));
export const version = text("a version such as 0.1.0", (value) => /^(0|[1-9][0-9]{0,5})(\.(0|[1-9][0-9]{0,5})){2}$/.test(value));
export const fingerprint = text("a key fingerprint SHA256:...", (value) => /^SHA256:[A-Za-z0-9+/]{43}$/.test(value));
export const publicKeyLine = text('"ssh-ed25519 " and the key in base64, without a comment', (value) =>
  /^ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI[A-Za-z0-9+/]{43}$/.test(value),
);
/** One line of text for people, in any script. It must still be escaped for output. */
export const sentence = text("one line of 1 to 500 characters without control characters", (value) =>
  /^[^\p{Cc}\p{Zl}\p{Zp}]{1,500}$/u.test(value),
);
export const reason = z.custom<Reason>((value) => typeof value === "string" && isReason(value), {
  error: "one of the documented reason words",
});
