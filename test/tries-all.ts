/** Repetitions that are slow, or one of many alike, run where SKERRY_FAULTS=all (npm run test:whole, and test:faults for attacks and injected faults); `npm test` tries a sample of them. */
export const triesAll = process.env["SKERRY_FAULTS"] === "all";

/** With SKERRY_FAULTS=all every case, else those that `isSampled` takes. */
export function sampled<T>(cases: readonly T[], isSampled: (one: T, index: number) => boolean): readonly T[] {
  return triesAll ? cases : cases.filter(isSampled);
}
