import { quoted } from "../../core/index.ts";
import type { RuleViolation } from "../text/rule-violation.ts";

// The suffixes of Kubernetes' quantities that can stand for bytes.
const FACTORS = new Map<string, bigint>([
  ["", 1n],
  ..."kMGTPE".split("").map((unit, at) => [unit, 1000n ** BigInt(at + 1)] as const),
  ..."KMGTPE".split("").map((unit, at) => [`${unit}i`, 1024n ** BigInt(at + 1)] as const),
]);

// BigInt throughout: 0.1 is no binary fraction, and 8Ei is beyond what a number holds.
const GRAMMAR = /^([0-9]{1,18})(?:\.([0-9]{1,9}))?(Ki|Mi|Gi|Ti|Pi|Ei|k|M|G|T|P|E|)$/;

/** Bytes of a Kubernetes quantity: exact, whole, at least 1, at most 2^53 - 1. Milli and exponent forms make no sense for bytes. */
export function readBytes(text: string): { readonly bytes: number } | { readonly violation: RuleViolation } {
  const [, whole, fraction = "", unit] = GRAMMAR.exec(text) ?? [];
  if (whole === undefined || unit === undefined) return { violation: badQuantity(text, "is no quantity of bytes") };
  const scale = 10n ** BigInt(fraction.length);
  const scaled = BigInt(whole + fraction) * (FACTORS.get(unit) as bigint);
  if (scaled % scale !== 0n) return { violation: badQuantity(text, "is no whole number of bytes") };
  const bytes = Number(scaled / scale);
  if (bytes < 1 || !Number.isSafeInteger(bytes)) return { violation: badQuantity(text, "is out of range") };
  return { bytes };
}

// The reason is always the same confusion, so it always stands there.
function badQuantity(text: string, reason: string): RuleViolation {
  return {
    code: "bad-quantity",
    message: `${quoted(text)} ${reason}`,
    because: "quantities are Kubernetes': Ki Mi Gi Ti are powers of 1024, k M G T powers of 1000",
    next: `write it like "${trySuggestion(text) ?? "16Gi"}"`,
  };
}

// `32GB`, `32 gib`, `16g`: what people write instead.
function trySuggestion(text: string): string | undefined {
  const [, number, letter, binary] = /^\s*([0-9]+(?:\.[0-9]+)?)\s*([kmgtpe])(i?)b?\s*$/i.exec(text) ?? [];
  if (number === undefined || letter === undefined) return undefined;
  const unit = binary ? `${letter.toUpperCase()}i` : letter.toLowerCase() === "k" ? "k" : letter.toUpperCase();
  return `${number}${unit}`;
}
