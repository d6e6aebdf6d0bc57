import { canonicalDocument } from "../../core/index.ts";
import type { SeededRandom } from "./random.ts";

/** Longer inputs are slower and say no more: every reader refuses far below by size, and a seed of its own proves that. */
const LENGTH_MAX = 16_384;

/** One to four changes of an input, or of its JSON where it has any. */
export function mutated(input: Buffer, others: readonly Buffer[], random: SeededRandom): Buffer {
  if (random.below(2) === 0) {
    const value = tryJson(input);
    if (value !== undefined) return Buffer.from(canonicalDocument(mutatedValue(value, random)));
  }
  let bytes = input;
  for (let left = 1 + random.below(4); left > 0; left--) bytes = random.pick(CHANGES)(bytes, random, others);
  return bytes.subarray(0, LENGTH_MAX);
}

type Change = (bytes: Buffer, random: SeededRandom, others: readonly Buffer[]) => Buffer;

const CHANGES: readonly Change[] = [
  // a bit
  (bytes, random) => replaced(bytes, random, (byte) => byte ^ (1 << random.below(8))),
  // a byte
  (bytes, random) => replaced(bytes, random, () => random.below(256)),
  // a byte that a reader may take for another
  (bytes, random) => replaced(bytes, random, () => random.pick([0, 9, 10, 13, 32, 34, 39, 45, 47, 58, 92, 127, 128, 0xc0, 0xff])),
  // a piece less
  (bytes, random) => {
    const [from, to] = piece(bytes, random);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  // a piece twice
  (bytes, random) => {
    const [from, to] = piece(bytes, random);
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
  },
  // two lines exchanged
  (bytes, random) => {
    const lines = bytes.toString("latin1").split("\n");
    const [one, other] = [random.below(lines.length), random.below(lines.length)];
    const line = lines[one] as string;
    lines[one] = lines[other] as string;
    lines[other] = line;
    return Buffer.from(lines.join("\n"), "latin1");
  },
  // a number
  (bytes, random) => {
    const text = bytes.toString("latin1");
    const numbers = [...text.matchAll(/[0-9]+/g)];
    if (numbers.length === 0) return bytes;
    const { 0: digits, index } = random.pick(numbers);
    return Buffer.from(text.slice(0, index) + random.pick(NUMBERS) + text.slice(index + digits.length), "latin1");
  },
  // a word that readers know
  (bytes, random) => {
    const [from, to] = piece(bytes, random);
    return Buffer.concat([bytes.subarray(0, from), Buffer.from(random.pick(WORDS)), bytes.subarray(random.below(2) === 0 ? from : to)]);
  },
  // the end of another input
  (bytes, random, others) => {
    const other = random.pick(others);
    return Buffer.concat([bytes.subarray(0, random.below(bytes.length + 1)), other.subarray(random.below(other.length + 1))]);
  },
];

const NUMBERS = ["0", "-1", "00", "1.5", "1e9", "4294967296", "9007199254740991", "9007199254740992", "99999999999999999999", "4102444800"];
const WORDS = [
  ...'__proto__ constructor toString length null true {} [] [[[[[[[[ {"a":{"a":{ \u0000 \ud800 \\u0000 \u2028 \u202e sha256: SHA256: signed signatures'.split(
    " ",
  ),
  "Skerry-Seq: 1\n",
  "gpgsig -----BEGIN SSH SIGNATURE-----\n",
  "100644 a\u0000",
  "40000 ..\u0000",
  "\r\n",
  "\n\n",
];

function piece(bytes: Buffer, random: SeededRandom): [number, number] {
  const from = random.below(bytes.length + 1);
  return [from, Math.min(bytes.length, from + 1 + random.below(random.pick([2, 8, 64, 1024])))];
}

function replaced(bytes: Buffer, random: SeededRandom, change: (byte: number) => number): Buffer {
  if (bytes.length === 0) return bytes;
  const changed = Buffer.from(bytes);
  const place = random.below(changed.length);
  changed[place] = change(changed[place] as number);
  return changed;
}

function tryJson(bytes: Buffer): unknown {
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    canonicalDocument(value);
    return value;
  } catch {
    // Not JSON, or not one that can be written again: bytes are changed instead.
    return undefined;
  }
}

/** Strict readers refuse text that is not canonical at once, so most changes are made to values. */
function mutatedValue(value: unknown, random: SeededRandom): unknown {
  const copy = structuredClone(value);
  const holders: Record<string, unknown>[] = [];
  const open = [copy];
  for (let each = open.pop(); each !== undefined; each = open.pop()) {
    if (typeof each !== "object" || each === null) continue;
    holders.push(each as Record<string, unknown>);
    open.push(...Object.values(each));
  }
  if (holders.length === 0) return random.pick(VALUES);
  for (let left = 1 + random.below(3); left > 0; left--) changeHolder(random.pick(holders), random, holders);
  return copy;
}

const VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  2 ** 53,
  1e300,
  "",
  "x",
  "é",
  "a/b",
  "..",
  "x".repeat(5_000),
  [],
  {},
  [[]],
  ["x"],
  { x: 1 },
];

const KEYS = ["x", "toString", "constructor", "__proto__", "signed", "format"];

function added(holder: Record<string, unknown>, key: string, value: unknown): void {
  // An assignment to `__proto__` would make no key.
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}

function changeHolder(holder: Record<string, unknown>, random: SeededRandom, holders: readonly Record<string, unknown>[]): void {
  const keys = Object.keys(holder);
  const key = keys.length === 0 ? "x" : random.pick(keys);
  const kind = random.below(6);
  if (kind === 0) {
    if (Array.isArray(holder)) holder.splice(Number(key) || 0, 1);
    else delete holder[key];
  } else if (kind === 1) added(holder, Array.isArray(holder) ? String(keys.length) : random.pick(KEYS), random.pick(VALUES));
  else if (kind === 2 && typeof holder[key] === "number")
    holder[key] = random.pick([holder[key] + 1, holder[key] - 1, -holder[key], 2 ** 31, 2 ** 53]);
  else if (kind === 3 && typeof holder[key] === "string") holder[key] = mutatedText(holder[key], random);
  // A copy, because a value that holds itself is no JSON.
  else if (kind === 4) holder[key] = structuredClone(Object.values(random.pick(holders))[0] ?? null);
  else holder[key] = random.pick(VALUES);
}

function mutatedText(text: string, random: SeededRandom): string {
  const place = random.below(text.length + 1);
  const inserted = random.pick(["", "*", "/", "-", "0", " ", "\u0000", "\n", "A", "é", text]);
  return (text.slice(0, place) + inserted + text.slice(place + random.below(3))).slice(0, 5_000).toWellFormed();
}
