/**
 * Checks that the agent does not hold yet. Each is asked and counted in every run and shown in the summary; it fails nothing until its line is
 * taken away here.
 */
export const AWAITED: readonly string[] = [
  // The journal does not hold data versions, and a slot that rots takes its own with it.
  "A19 an older data version never meets newer data, also when the current slot cannot be read",
  // Nothing is known to look at, so no timer is set, and the agent neither polls nor repairs until somebody starts it again.
  "L3 CHECK ends, also when the current slot could not be read",
];
