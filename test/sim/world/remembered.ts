/** More would cost more memory than time. */
const MOST = 20_000;

/** What `work` gave for this name before, or gives now. Forgets all of it when it is too much. */
export function remembered<T>(known: Map<string, T>, name: string, work: () => T): T {
  const before = known.get(name);
  if (before !== undefined) return before;
  if (known.size >= MOST) known.clear();
  const answer = work();
  known.set(name, answer);
  return answer;
}
