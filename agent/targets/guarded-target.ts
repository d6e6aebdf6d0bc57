import type { Disk } from "../../core/index.ts";
import type { Target, TargetFault } from "./target.ts";
import { answered } from "./answered.ts";

/**
 * No call reaches a folder that somebody else could exchange for another: the agent may be root, and what it writes and removes there would
 * be written and removed wherever that leads. `place`: the folder in which the target keeps what is its own.
 */
export function guardedTarget(target: Target, place: string, disk: Disk): Target {
  const guarded = <T extends { readonly done: true }>(work: () => Promise<T | TargetFault>): Promise<T | TargetFault> =>
    answered<T>(async () => (await tryFault(place, disk)) ?? (await work()));
  return {
    settleSeconds: target.settleSeconds,
    dryRun: (tree) => guarded(() => target.dryRun(tree)),
    apply: (tree, retained, isFirst) => guarded(() => target.apply(tree, retained, isFirst)),
    reconcile: (tree, retained) => guarded(() => target.reconcile(tree, retained)),
    prune: (tree, retained, gone) => guarded(() => target.prune(tree, retained, gone)),
    erase: (retained, gone) => guarded(() => target.erase(retained, gone)),
  };
}

async function tryFault(place: string, disk: Disk): Promise<TargetFault | undefined> {
  const because = await disk.pathFault(place);
  if (because === undefined) return undefined;
  const detail = `${because}, so ${place} is left alone; give it to root or to the agent's user, and write rights to nobody else`;
  return { done: false, reason: "unsafe-path", detail };
}
