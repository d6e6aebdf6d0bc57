import { quoted } from "../../core/index.ts";
import type { RuleViolation } from "../text/rule-violation.ts";

// The suffixes of Kubernetes quantities that make sense for bytes.
const FACTORS = new Map<string, bigint>([
  ["", 1n],
  ..."kMGTPE".split("").map((unit, at) => [unit, 1000n ** BigInt(at + 1)] as const),
  ..."KMGTPE".split("").map((unit, at) => [`${unit}i`, 1024n ** BigInt(at + 1)] as const),
]);

// BigInt keeps the result exact: 0.1 is not a binary fraction, and 8Ei exceeds the safe integers.
const GRAMMAR = /^([0-9]{1,18})(?:\.([0-9]{1,9}))?(Ki|Mi|Gi|Ti|Pi|Ei|k|M|G|T|P|E|)$/;

/** The bytes of a Kubernetes quantity: a whole number from 1 to 2^53 - 1. Milli and exponent forms are refused. */
export function readBytes(text: string): { readonly bytes: number } | { readonly violation: RuleViolation } {
  const [, whole, fraction = "", unit] = GRAMMAR.exec(text) ?? [];
  if (whole === undefined || unit === undefined) return { violation: badQuantity(text, "is not a quantity of bytes") };
  const scale = 10n ** BigInt(fraction.length);
  const scaled = BigInt(whole + fraction) * (FACTORS.get(unit) as bigint);
  if (scaled % scale !== 0n) return { violation: badQuantity(text, "is not a whole number of bytes") };
  const bytes = Number(scaled / scale);
  if (bytes < 1 || !Number.isSafeInteger(bytes)) return { violation: badQuantity(text, "is out of range") };
  return { bytes };
}

// The usual cause is confusion about suffixes, so `because` explains them.
function badQuantity(text: string, reason: string): RuleViolation {
  return {
    code: "bad-quantity",
    message: `${quoted(text)} ${reason}`,
    because: "as in Kubernetes, Ki Mi Gi Ti are powers of 1024 and k M G T powers of 1000",
    next: `write it like "${trySuggestion(text) ?? "16Gi"}"`,
  };
}

// Frequent mistakes: `32GB`, `32 gib`, `16g`.
function trySuggestion(text: string): string | undefined {
  const [, number, letter, binary] = /^\s*([0-9]+(?:\.[0-9]+)?)\s*([kmgtpe])(i?)b?\s*$/i.exec(text) ?? [];
  if (number === undefined || letter === undefined) return undefined;
  const unit = binary ? `${letter.toUpperCase()}i` : letter.toLowerCase() === "k" ? "k" : letter.toUpperCase();
  return `${number}${unit}`;
}
