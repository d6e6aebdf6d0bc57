import type { Target } from "./targets.ts";

/** An input at which a reader did what none may do. */
export interface Finding {
  readonly kind: "throws" | "wrong" | "slow" | "hangs" | "memory";
  /** The same for each input that meets the same fault, so that a shorter one can be looked for. */
  readonly detail: string;
  readonly bytes: Buffer;
}

/** Of the processor, not of the clock: a busy machine is no fault of a reader. */
const SLOW_MS = 1_000;

export function tryFinding({ examine }: Pick<Target, "examine">, bytes: Buffer): Finding | undefined {
  const before = process.threadCpuUsage();
  try {
    const wrong = examine(bytes);
    if (wrong !== undefined) return { kind: "wrong", detail: wrong, bytes };
  } catch (error) {
    const { stack = String(error) } = error as Error;
    // The first place in the product names the fault; messages quote the input.
    const place = /\/([a-z]+\/[a-z/-]+\.ts:\d+)/.exec(stack)?.[1] ?? "nowhere";
    return { kind: "throws", detail: `${(error as Error).name} at ${place}`, bytes };
  }
  const used = process.threadCpuUsage(before);
  const ms = (used.user + used.system) / 1000;
  return ms > SLOW_MS ? { kind: "slow", detail: `more than ${SLOW_MS} ms`, bytes } : undefined;
}

const TRIES_MAX = 2_000;

/** Leaves out pieces, half of it first, as long as what remains meets the same fault. */
export function minimised(target: Pick<Target, "examine">, finding: Finding): Finding {
  let least = finding;
  let tries = 0;
  for (let size = Math.ceil(finding.bytes.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < least.bytes.length && tries < TRIES_MAX; ) {
      const shorter = Buffer.concat([least.bytes.subarray(0, from), least.bytes.subarray(from + size)]);
      const found = finding.kind === "slow" && tries > 20 ? undefined : tryFinding(target, shorter);
      tries++;
      if (found?.kind === finding.kind && found.detail === finding.detail) least = found;
      else from += size;
    }
  }
  return least;
}
