import { nearestName, quoted } from "../../core/index.ts";
import type { Block } from "../schema/block.ts";
import type { InventoryFault, Spot } from "../text/inventory-fault.ts";
import { compareOrigins } from "../text/locator.ts";
import { reportKeyBody } from "../values/report-key.ts";

// A problem of many sites lists only the first places.
const PLACES_MAX = 8;
// Finding the nearest of 100,000 ids is slow.
const PROPOSALS_MAX = 20;

/** The faults, and the duplicate ids whose sites must be left out. */
export interface FleetVerdict {
  readonly faults: readonly InventoryFault[];
  /** Ids that more than one site has. None of these sites is in the inventory. */
  readonly twice: ReadonlyMap<string, readonly Block[]>;
}

/** Rules between sites. `blocks` are all sites that were read, including faulty ones, in any order. */
export function checkFleetRules(blocks: readonly Block[], isComplete: boolean): FleetVerdict {
  const claims = new Groups(blocks, ({ claimedId: claim }) => claim);
  const keys = new Groups(blocks, ({ patch: { reportKey } }) => reportKey && reportKeyBody(reportKey));
  const faults = [
    ...[...claims.several].map(([id, group]) => duplicateId(id, group)),
    ...[...keys.several.values()].map(duplicateReportKey),
    ...levelCaseClashes(blocks),
    // When a file could not be read, the neighbour may be in it.
    ...(isComplete ? allNeighbourFaults(blocks, claims) : []),
  ];
  return { faults, twice: claims.several };
}

/** Blocks by key. Nearly all keys have one block only. */
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

// One fault for all sites with the id: one for each pair would be quadratic.
function duplicateId(id: string, group: readonly Block[]): InventoryFault {
  return {
    code: "duplicate-site-id",
    message: `site id ${quoted(id)} is used ${group.length === 2 ? "twice" : `${group.length} times`}`,
    because: "an id belongs to one site for ever; upper and lower case count as equal",
    next: "give one of them another id, or remove it",
    spots: spotsOf(group, "id"),
  };
}

function duplicateReportKey(group: readonly Block[]): InventoryFault {
  return {
    code: "duplicate-report-key",
    message: `${group.length} sites have the same report key`,
    because: "a box was cloned together with its key, or the line was pasted twice; the reports of these sites cannot be distinguished",
    next: "create a new key at each site",
    spots: spotsOf(group, "reportKey"),
  };
}

// `[eu, DE]` and `[eu, de]` would silently be two levels. Only the step that differs is reported, not the levels below it.
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
    const message = `levels ${names.join(" and ")} differ only in case`;
    return {
      code: "level-twins",
      message,
      next: "write the level the same way at all sites",
      spots: spotsOf([...variants.values()], "level"),
    };
  });
}

// Most equal levels are one object, so few distinct lists remain.
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

// Runs after all files are read, because a neighbour may be in any file.
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

// At most one fault for each entry.
function neighbourFaults(block: Block, claims: Groups, tryNear: (id: string) => string | undefined): InventoryFault[] {
  const { id, neighbours = [] } = block.patch;
  return neighbours.flatMap((other, at) => {
    const shared = { code: "bad-neighbour" as const, spots: [{ origin: block, path: ["neighbours", at] }] };
    if (other === id) return [{ ...shared, message: "the site is its own neighbour", next: "remove the entry" }];
    if (neighbours.indexOf(other) < at)
      return [{ ...shared, message: `neighbour ${quoted(other)} is listed twice`, next: "remove one of the entries" }];
    if (claims.first.has(other)) return [];
    const near = tryNear(other);
    const next = near ? `did you mean ${quoted(near)}?` : "remove the entry, or add that site";
    return [{ ...shared, message: `neighbour ${quoted(other)} is not a site of this inventory`, next }];
  });
}

function spotsOf(blocks: readonly Block[], fact: string): Spot[] {
  const first = blocks.toSorted(compareOrigins).slice(0, PLACES_MAX);
  return first.map((origin) => ({ origin, path: [fact] }));
}

function earlier(a: Block, b: Block): Block {
  return compareOrigins(a, b) <= 0 ? a : b;
}
