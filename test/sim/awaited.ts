/**
 * Checks that the agent does not hold yet. Each is asked and counted in every run and shown in the summary; it fails nothing until its line is
 * taken away here.
 */
export const AWAITED: readonly string[] = [
  // The first seconds after a boot, and after a release came in, the old release counts as sick, and the next one is committed unseen.
  "A16 a baseline is taken of what had its time to become healthy",
  // A current slot that could not be read once is not read again before a restart, and nothing repairs the target until then.
  "L1 a slot that could not be read for a moment is read again",
  // The health of whatever stands in the target ends DEGRADED, though going back to the current tree failed.
  "A18 DEGRADED ends only with the current tree in place",
  // Objects that PRUNE took out of the journal come back with the previous release, and the journal does not name them first.
  "I5 also when a person asks for the previous release",
];
