export const AWAITED: readonly string[] = [];
