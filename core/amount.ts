/** `1 site`, `0 sites`, `3 entries`: a count as a sentence says it. */
export function amount(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}
