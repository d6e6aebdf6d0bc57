/** `2026-11-21T14:00:00Z`, of seconds since 1970. */
export function utcText(seconds: number): string {
  return new Date(Math.floor(seconds) * 1000).toISOString().replace(".000", "");
}
