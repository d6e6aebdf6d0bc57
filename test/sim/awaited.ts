/**
 * Checks that the agent does not hold yet. Each is asked and counted in every run and shown in the summary; it fails nothing until its line is
 * taken away here.
 */
export const AWAITED: readonly string[] = [
  // The first seconds after a boot, and after a release came in, the old release counts as sick, and the next one is committed unseen.
  "A16 a baseline is taken of what had its time to become healthy",
  // A current slot that could not be read once is not read again before a restart, and nothing repairs the target until then.
  "L1 a slot that could not be read for a moment is read again",
];
