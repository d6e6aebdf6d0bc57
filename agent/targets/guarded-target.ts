import type { Disk } from "../../core/index.ts";
import type { Target, TargetFault } from "./target.ts";
import { answered } from "./answered.ts";

/**
 * No call reaches a folder that another user could replace: the agent may be root, and a symbolic link would redirect its writes and removals.
 * `place`: the folder with the target's own files.
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
  const detail = `${because}, so the agent does not touch ${place}; make root or the agent's user its owner, and let nobody else write to it`;
  return { done: false, reason: "unsafe-path", detail };
}
