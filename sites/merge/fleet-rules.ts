import { nearestName, quoted } from "../../core/index.ts";
import type { Block } from "../schema/block.ts";
import type { InventoryFault, Spot } from "../text/inventory-fault.ts";
import { compareOrigins } from "../text/locator.ts";
import { reportKeyBody } from "../values/report-key.ts";

// A thousand copies of one row are told once, with the first places.
const PLACES_MAX = 8;
// Looking for the nearest of 100,000 ids takes a while.
const PROPOSALS_MAX = 20;

/** Told apart from faults because sites that claim one id must also be left out. */
export interface FleetVerdict {
  readonly faults: readonly InventoryFault[];
  /** Ids that more than one site claims: none of these sites is in the inventory. */
  readonly twice: ReadonlyMap<string, readonly Block[]>;
}

/** Rules that only all sites together can break. `blocks` are all sites that were read, faulty ones too, in any order. */
export function checkFleetRules(blocks: readonly Block[], isComplete: boolean): FleetVerdict {
  const claims = new Groups(blocks, ({ claimedId: claim }) => claim);
  const keys = new Groups(blocks, ({ patch: { reportKey } }) => reportKey && reportKeyBody(reportKey));
  const faults = [
    ...[...claims.several].map(([id, group]) => duplicateId(id, group)),
    ...[...keys.several.values()].map(duplicateReportKey),
    ...levelCaseClashes(blocks),
    // Where a file could not be read, the neighbour may well be in it.
    ...(isComplete ? allNeighbourFaults(blocks, claims) : []),
  ];
  return { faults, twice: claims.several };
}

/** Blocks by a key, of which nearly all are alone with theirs. */
class Groups {
  readonly first = new Map<string, Block>();
  readonly several = new Map<string, Block[]>();

  constructor(blocks: readonly Block[], keyOf: (block: Block) => string | undefined) {
    for (const block of blocks) {
      const key = keyOf(block);
      if (key === undefined) continue;
      const first = this.first.get(key);
      if (first === undefined) this.first.set(key, block);
      else {
        const group = this.several.get(key);
        if (group) group.push(block);
        else this.several.set(key, [first, block]);
      }
    }
  }
}

// One fault for all who claim it: pairs would be a quadratic number of faults.
function duplicateId(id: string, group: readonly Block[]): InventoryFault {
  return {
    code: "duplicate-site-id",
    message: `site id ${quoted(id)} is used ${group.length === 2 ? "twice" : `${group.length} times`}`,
    because: "an id is one site's for ever; capitals make no difference",
    next: "give one of them another id, or remove it",
    spots: spotsOf(group, "id"),
  };
}

function duplicateReportKey(group: readonly Block[]): InventoryFault {
  return {
    code: "duplicate-report-key",
    message: `${group.length} sites have the same report key`,
    because: "a box was cloned together with its key, or the line was pasted twice: their reports could not be told apart",
    next: "let each site make its own key",
    spots: spotsOf(group, "reportKey"),
  };
}

// `[eu, DE]` beside `[eu, de]` is a slip that splits a level in two without a word. Only the step that differs is told, not all below it.
function levelCaseClashes(blocks: readonly Block[]): InventoryFault[] {
  const spellings = new Map<string, Map<string, Block>>();
  for (const { steps, block } of firstOfEachLevel(blocks)) {
    for (let depth = 1; depth <= steps.length; depth++) {
      const path = steps.slice(0, depth).join("/");
      const folded = [...steps.slice(0, depth - 1), (steps[depth - 1] as string).toLowerCase()].join("/");
      const variants = spellings.get(folded) ?? new Map<string, Block>();
      const known = variants.get(path);
      spellings.set(folded, variants.set(path, known ? earlier(known, block) : block));
    }
  }
  const clashes = [...spellings.values()].filter((variants) => variants.size > 1);
  return clashes.map((variants) => {
    const names = [...variants.keys()].sort().map((path) => quoted(path));
    const message = `levels ${names.join(" and ")} differ only in capitals`;
    return { code: "level-twins", message, next: "spell the level the same at all sites", spots: spotsOf([...variants.values()], "level") };
  });
}

// Equal levels are one object for most sites, so this is quick; the rest is put together by the text.
function firstOfEachLevel(blocks: readonly Block[]): { readonly steps: readonly string[]; readonly block: Block }[] {
  const first = new Map<readonly string[], Block>();
  for (const block of blocks) {
    const steps = block.patch.level;
    if (steps === undefined) continue;
    const known = first.get(steps);
    if (known === undefined) first.set(steps, block);
    else if (compareOrigins(block, known) < 0) first.set(steps, block);
  }
  return [...first].map(([steps, block]) => ({ steps, block }));
}

// Neighbours may be named before they are read, in any file, so this waits for all of them.
function allNeighbourFaults(blocks: readonly Block[], claims: Groups): InventoryFault[] {
  const nears = new Map<string, string | undefined>();
  const tryNear = (id: string): string | undefined => {
    if (id.length > 2 && !nears.has(id) && nears.size < PROPOSALS_MAX) nears.set(id, nearestName(id, [...claims.first.keys()].sort()));
    return nears.get(id);
  };
  const suspects = blocks.filter(({ patch: { id, neighbours } }) =>
    neighbours?.some((other, at) => other === id || !claims.first.has(other) || neighbours.indexOf(other) < at),
  );
  return suspects.toSorted(compareOrigins).flatMap((block) => neighbourFaults(block, claims, tryNear));
}

// At most one word about each entry.
function neighbourFaults(block: Block, claims: Groups, tryNear: (id: string) => string | undefined): InventoryFault[] {
  const { id, neighbours = [] } = block.patch;
  return neighbours.flatMap((other, at) => {
    const shared = { code: "bad-neighbour", spots: [{ origin: block, path: ["neighbours", at] }] };
    if (other === id) return [{ ...shared, message: "a site is named as its own neighbour", next: "remove it" }];
    if (neighbours.indexOf(other) < at) return [{ ...shared, message: `neighbour ${quoted(other)} is listed twice`, next: "remove one" }];
    if (claims.first.has(other)) return [];
    const near = tryNear(other);
    const next = near ? `did you mean ${quoted(near)}?` : "remove it, or add that site";
    return [{ ...shared, message: `neighbour ${quoted(other)} is no site of this inventory`, next }];
  });
}

function spotsOf(blocks: readonly Block[], fact: string): Spot[] {
  const first = blocks.toSorted(compareOrigins).slice(0, PLACES_MAX);
  return first.map((origin) => ({ origin, path: [fact] }));
}

function earlier(a: Block, b: Block): Block {
  return compareOrigins(a, b) <= 0 ? a : b;
}
