import { amount, quoted } from "../../core/index.ts";
import type { Block } from "../schema/block.ts";
import type { InventoryFault } from "../text/inventory-fault.ts";

/** From this number on, the refs of other sites are most of the bytes of an idle poll. */
const OTHERS_MIN = 32;
/** Bytes of one ref in git's answer: object id, name and framing. */
const REF_BYTES = 69;

/**
 * A warning for an id that is a prefix of many others. git lists refs by name prefix, so each poll of `s1` also transfers the refs of `s10`,
 * `s11` and so on (docs/adr/0017). Only the worst id is reported, because such ids usually come in series.
 */
export function idPrefixFaults(blocks: readonly Block[]): InventoryFault[] {
  const sorted = blocks
    .filter(({ claimedId: claim }) => claim !== undefined)
    .sort((a, b) => ((a.claimedId as string) < (b.claimedId as string) ? -1 : 1));
  let worst: SharedPrefix | undefined;
  let costly = 0;
  const open: SharedPrefix[] = [];
  const close = (): void => {
    const ended = open.pop() as SharedPrefix;
    if (ended.others < OTHERS_MIN) return;
    costly++;
    if (worst === undefined || ended.others > worst.others) worst = ended;
  };
  for (const block of sorted) {
    const id = block.claimedId as string;
    while (open.length > 0 && !id.startsWith((open.at(-1) as SharedPrefix).id)) close();
    for (const prefix of open) prefix.others++;
    open.push({ id, block, others: 0 });
  }
  while (open.length > 0) close();
  return worst === undefined ? [] : [warning(worst, costly)];
}

/** An id and the number of other ids that begin with it. */
interface SharedPrefix {
  readonly id: string;
  readonly block: Block;
  others: number;
}

function warning({ id, block, others }: SharedPrefix, costly: number): InventoryFault {
  const kilobytes = Math.round((others * REF_BYTES) / 1000);
  return {
    code: "costly-id",
    severity: "warning",
    message: `${amount(others, "other site id")} begin with ${quoted(id)}${costly > 1 ? `; the same holds for ${amount(costly - 1, "more id")}` : ""}`,
    because: `git lists refs by name prefix, so each idle poll of this site transfers ${kilobytes} kB more`,
    next: "give new sites ids of equal length, such as s0001; keep the ids that are in use",
    spots: [{ origin: block, path: ["id"], aim: "value" }],
  };
}
