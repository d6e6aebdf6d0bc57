import { nearestName, quoted } from "../core/index.ts";
import type { Block } from "./block.ts";
import type { Fault, Spot } from "./fault.ts";
import { compareOrigins } from "./locator.ts";
import { reportKeyBody } from "./report-key.ts";

// A thousand copies of one row are told once, with the first places.
const PLACES_MAX = 8;
// Looking for the nearest of 100,000 ids takes a while.
const PROPOSALS_MAX = 20;

/** Rules that only all sites together can break. `blocks` are all sites that were read, faulty ones too, in any order. */
export function fleetFaults(blocks: readonly Block[], isComplete: boolean): Fault[] {
  const claims = groupBy(blocks, ({ claim }) => claim);
  return [
    ...duplicates(claims),
    ...keyTwins(blocks),
    ...levelTwins(blocks),
    // Where a file could not be read, the neighbour may well be in it.
    ...(isComplete ? strangers(blocks, claims) : []),
  ];
}

/** Ids that more than one site claims: none of these sites is in the inventory. */
export function claimedTwice(blocks: readonly Block[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const { claim } of blocks) {
    if (claim === undefined) continue;
    if (seen.has(claim)) twice.add(claim);
    seen.add(claim);
  }
  return twice;
}

function duplicates(claims: ReadonlyMap<string, readonly Block[]>): Fault[] {
  return several(claims).map(([id, group]) => ({
    code: "duplicate-site-id",
    message: `site id ${quoted(id)} is used ${group.length === 2 ? "twice" : `${group.length} times`}`,
    because: "an id is one site's for ever; capitals make no difference",
    next: "give one of them another id, or remove it",
    spots: spotsOf(group, "id"),
  }));
}

function keyTwins(blocks: readonly Block[]): Fault[] {
  const keys = groupBy(blocks, ({ patch }) => patch.reportKey && reportKeyBody(patch.reportKey));
  return several(keys).map(([, group]) => ({
    code: "duplicate-report-key",
    message: `${group.length} sites have the same report key`,
    because: "a box was cloned together with its key, or the line was pasted twice: their reports could not be told apart",
    next: "let each site make its own key",
    spots: spotsOf(group, "reportKey"),
  }));
}

// `[eu, DE]` beside `[eu, de]` is a slip that splits a level in two without a word.
function levelTwins(blocks: readonly Block[]): Fault[] {
  const bySpelling = groupBy(blocks, ({ patch }) => patch.level?.join("/"));
  const spellings = new Map<string, Map<string, Block[]>>();
  for (const [path, group] of bySpelling) {
    const steps = path.split("/");
    for (let depth = 1; depth <= steps.length; depth++) {
      const spelling = steps.slice(0, depth).join("/");
      const twins = spellings.get(spelling.toLowerCase()) ?? new Map<string, Block[]>();
      spellings.set(spelling.toLowerCase(), twins.set(spelling, [...(twins.get(spelling) ?? []), firstOf(group)]));
    }
  }
  const several = [...spellings.values()].filter((twins) => twins.size > 1);
  return several.map((twins) => ({
    code: "level-twins",
    message: `levels ${[...twins.keys()]
      .sort()
      .map((path) => quoted(path))
      .join(" and ")} differ only in capitals`,
    next: "spell the level the same at all sites",
    spots: spotsOf([...twins.values()].map(firstOf), "level"),
  }));
}

function strangers(blocks: readonly Block[], claims: ReadonlyMap<string, readonly Block[]>): Fault[] {
  const nears = new Map<string, string | undefined>();
  const tryNear = (id: string): string | undefined => {
    if (!nears.has(id) && nears.size < PROPOSALS_MAX) nears.set(id, nearestName(id, claims.keys()));
    return nears.get(id);
  };
  const odd = blocks.filter(({ patch: { id, neighbours } }) =>
    neighbours?.some((other, at) => other === id || !claims.has(other) || neighbours.indexOf(other) < at),
  );
  return odd.toSorted(byOrigin).flatMap(({ origin, patch: { id, neighbours = [] } }) =>
    neighbours.flatMap((other, at) => {
      const complaint = neighbourFault(other, id, neighbours.indexOf(other) < at, claims.has(other), tryNear);
      return complaint ? [{ ...complaint, code: "bad-neighbour", spots: [{ origin, path: ["neighbours", at] }] }] : [];
    }),
  );
}

function neighbourFault(
  other: string,
  id: string | undefined,
  isTwice: boolean,
  isKnown: boolean,
  tryNear: (id: string) => string | undefined,
) {
  if (other === id) return { message: "a site is named as its own neighbour", next: "remove it" };
  if (isTwice) return { message: `neighbour ${quoted(other)} is listed twice`, next: "remove one" };
  if (isKnown) return undefined;
  const near = tryNear(other);
  return {
    message: `neighbour ${quoted(other)} is no site of this inventory`,
    next: near ? `did you mean ${quoted(near)}?` : "remove it, or add that site",
  };
}

function groupBy(blocks: readonly Block[], keyOf: (block: Block) => string | undefined): Map<string, Block[]> {
  const groups = new Map<string, Block[]>();
  for (const block of blocks) {
    const key = keyOf(block);
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group) group.push(block);
    else groups.set(key, [block]);
  }
  return groups;
}

function several(groups: ReadonlyMap<string, readonly Block[]>): (readonly [string, readonly Block[]])[] {
  return [...groups].filter(([, group]) => group.length > 1);
}

function spotsOf(blocks: readonly Block[], fact: string): Spot[] {
  return blocks
    .toSorted(byOrigin)
    .slice(0, PLACES_MAX)
    .map(({ origin }) => ({ origin, path: [fact] }));
}

function firstOf(blocks: readonly Block[]): Block {
  return blocks.reduce((first, block) => (byOrigin(block, first) < 0 ? block : first));
}

function byOrigin(a: Block, b: Block): number {
  return compareOrigins(a.origin, b.origin);
}
