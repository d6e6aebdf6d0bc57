import { amount, quoted } from "../../core/index.ts";
import type { Block } from "../schema/block.ts";
import type { Fault } from "../text/fault.ts";

/** From here on the names of the others are most of what an idle poll brings. */
const OTHERS_MIN = 32;
/** Of one ref in git's answer: its id, its name and the framing. */
const REF_BYTES = 69;

/**
 * A warning for an id that many others begin with. git lists refs by the beginning of their names, so each poll of `s1` also brings the
 * names of `s10`, `s11` and so on (docs/adr/0017). One word for the worst of them: who numbers sites like this has many.
 */
export function idBeginningFaults(blocks: readonly Block[]): Fault[] {
  const sorted = blocks.filter(({ claim }) => claim !== undefined).sort((a, b) => ((a.claim as string) < (b.claim as string) ? -1 : 1));
  let worst: Beginning | undefined;
  let costly = 0;
  const open: Beginning[] = [];
  const close = (): void => {
    const ended = open.pop() as Beginning;
    if (ended.others < OTHERS_MIN) return;
    costly++;
    if (worst === undefined || ended.others > worst.others) worst = ended;
  };
  for (const block of sorted) {
    const id = block.claim as string;
    while (open.length > 0 && !id.startsWith((open.at(-1) as Beginning).id)) close();
    for (const beginning of open) beginning.others++;
    open.push({ id, block, others: 0 });
  }
  while (open.length > 0) close();
  return worst === undefined ? [] : [warning(worst, costly)];
}

/** An id and how many others begin with it. */
interface Beginning {
  readonly id: string;
  readonly block: Block;
  others: number;
}

function warning({ id, block, others }: Beginning, costly: number): Fault {
  const kilobytes = Math.round((others * REF_BYTES) / 1000);
  return {
    code: "costly-id",
    severity: "warning",
    message: `${amount(others, "other site id")} begin with ${quoted(id)}${costly > 1 ? `; so it is with ${amount(costly - 1, "more id")}` : ""}`,
    because: `git lists refs by the beginning of their names, so each idle poll of this site brings ${kilobytes} kB more`,
    next: "give new sites ids of one length, such as s0001; an id that is in use stays",
    spots: [{ origin: block, path: ["id"], aim: "value" }],
  };
}
