import type { DeployLayout } from "./deploy-layout.ts";

/** One step that moves objects between files: `sources` are removed, `takers` written again, the agent waits for k3s, `shrunk` is written. */
export interface HandOver {
  readonly sources: readonly string[];
  readonly takers: ReadonlyMap<string, Buffer>;
  readonly shrunk: ReadonlyMap<string, Buffer>;
}

/**
 * How objects move between files without k3s deleting one. An object belongs to the AddOn that applied it last, and an AddOn deletes its
 * objects that its file no longer has. While both files have an object, either may have been last: k3s applies all files whenever it starts.
 * So the source file is removed first, which deletes nothing and ends its ownership; then its takers are applied again and own all their
 * objects; only then is the source written again without the moved objects. After an interruption the whole sequence can be repeated.
 *
 * k3s has to run meanwhile. If it does not, it may read the source before the taker, delete the object, and create it again from the taker.
 */
export function handOvers(moving: readonly string[], layout: DeployLayout): readonly HandOver[] {
  const left = new Set(moving);
  const body = (file: string): Buffer => {
    const found = layout.tryBody(left.has(file) ? layout.wide(file) : layout.own(file));
    if (found === undefined) throw new Error(`the bytes of ${file} are missing in a hand-over`);
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

/** As many sources as possible at once. None of them may be a taker of another, because a removed file cannot take an object over. */
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
