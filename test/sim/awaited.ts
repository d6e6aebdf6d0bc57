/**
 * Checks that the agent does not hold yet. Each is asked and counted in every run and shown in the summary; it fails nothing until its line is
 * taken away here.
 */
export const AWAITED: readonly string[] = [];
