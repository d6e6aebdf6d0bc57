import type { DeployLayout } from "./deploy-layout.ts";

/** One step in which files give objects away: `sources` are removed, `takers` written anew, k3s is given time to look, `shrunk` is written. */
export interface HandOver {
  readonly sources: readonly string[];
  readonly takers: ReadonlyMap<string, Buffer>;
  readonly shrunk: ReadonlyMap<string, Buffer>;
}

/**
 * How objects change files without k3s deleting one. An object belongs to the AddOn that applied it last, and an AddOn deletes what it owns
 * and its file no longer says. While both files say an object, either may have been last: k3s goes through all files whenever it starts.
 * So the source goes first, which deletes nothing and ends its claims; then its takers are applied once more and own all that they say;
 * only then does the source come back without what it gave away. Each point of this can be repeated from the start.
 *
 * k3s has to run meanwhile. When it does not, a source that it reads before its taker takes the object away, and the taker makes it anew.
 */
export function handOvers(moving: readonly string[], layout: DeployLayout): readonly HandOver[] {
  const left = new Set(moving);
  const body = (file: string): Buffer => {
    const found = layout.tryBody(left.has(file) ? layout.wide(file) : layout.own(file));
    if (found === undefined) throw new Error(`${file} takes part in a hand-over without its bytes`);
    return found;
  };
  const bodies = (files: Iterable<string>): ReadonlyMap<string, Buffer> => new Map(Array.from(files, (file) => [file, body(file)]));
  const steps: HandOver[] = [];
  while (left.size > 0) {
    const sources = nextSources(left, layout);
    const takers = bodies(takersOf(sources, layout));
    for (const file of sources) left.delete(file);
    steps.push({ sources, takers, shrunk: bodies(sources) });
  }
  return steps;
}

/** As many as can go at once: none of them takes from another, because a file that is away takes nothing. */
function nextSources(left: ReadonlySet<string>, layout: DeployLayout): readonly string[] {
  const sources: string[] = [];
  for (const file of left) {
    const takers = takersOf([...sources, file], layout);
    if (!sources.some((source) => takers.has(source)) && !takers.has(file)) sources.push(file);
  }
  return sources;
}

function takersOf(sources: readonly string[], layout: DeployLayout): ReadonlySet<string> {
  return new Set(sources.flatMap((file) => layout.leaving(file).map((id) => layout.homes.get(id) as string)));
}
