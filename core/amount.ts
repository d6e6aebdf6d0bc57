/** `1 site`, `0 sites`, `3 entries`: a count with its noun in the right number. */
export function amount(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}
