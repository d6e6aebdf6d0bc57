type Factor = readonly [numerator: bigint, denominator: bigint];

const SUFFIXES: ReadonlyMap<string, Factor> = new Map<string, Factor>([
  ["n", [1n, 10n ** 9n]],
  ["u", [1n, 10n ** 6n]],
  ["m", [1n, 1000n]],
  ["", [1n, 1n]],
  ...[..."kMGTPE"].map((letter, at): [string, Factor] => [letter, [1000n ** BigInt(at + 1), 1n]]),
  ...[..."KMGTPE"].map((letter, at): [string, Factor] => [`${letter}i`, [1024n ** BigInt(at + 1), 1n]]),
]);
const GRAMMAR = /^([+-]?)([0-9]*)(?:\.([0-9]*))?(?:([eE])([+-]?[0-9]{1,3})|([numkMGTPE]|[KMGTPE]i|))$/;
const NANO = 10n ** 9n;
/** No real quantity is longer. Bounds the arithmetic on hostile input. */
const LENGTH_MAX = 64;

/**
 * A Kubernetes quantity (`500m`, `1.5Gi`, `2e3`, or a JSON number) in billionths, exactly. Finer values are rounded away from zero, as
 * Kubernetes does. undefined for any other text.
 */
export function tryParseQuantity(value: string | number): bigint | undefined {
  const text = String(value);
  const [, sign, whole = "", fraction = "", exponentMark, exponent, suffix = ""] = (text.length <= LENGTH_MAX && GRAMMAR.exec(text)) || [];
  if (whole === "" && fraction === "") return undefined;
  const factor = exponentMark === undefined ? SUFFIXES.get(suffix) : powerOfTen(Number(exponent));
  if (factor === undefined) return undefined;
  const numerator = BigInt(whole + fraction) * factor[0] * NANO;
  const denominator = 10n ** BigInt(fraction.length) * factor[1];
  const nanos = (numerator + denominator - 1n) / denominator;
  return sign === "-" ? -nanos : nanos;
}

function powerOfTen(exponent: number): Factor {
  return exponent >= 0 ? [10n ** BigInt(exponent), 1n] : [1n, 10n ** BigInt(-exponent)];
}
