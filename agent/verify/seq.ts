import { limits } from "../../core/index.ts";
import type { Refusal } from "../../trust/index.ts";
import type { Journal } from "../../wire/index.ts";
import { refuse } from "./verdict.ts";

/**
 * Third part of A5, rule A6. The same commit passes, because it is needed again when its slot was lost. The jump is bounded so that a stolen
 * key cannot raise the site's seq to the maximum.
 */
export function judgeSeq(
  commit: { readonly id: string; readonly seq: number },
  seen: Journal["seen"],
  seqFloor: number,
): Refusal | undefined {
  const highest = seen?.seq ?? Math.max(seqFloor - 1, 0);
  if (seen !== null && commit.seq === seen.seq) {
    return commit.id === seen.commit ? undefined : refuse("seq-conflict", `seq ${commit.seq} was accepted with commit ${seen.commit}`);
  }
  if (commit.seq < highest || (seen === null && commit.seq === highest))
    return refuse("rollback", `seq ${highest} was accepted before, and the commit has ${commit.seq}`);
  if (commit.seq > highest + limits.seqJump)
    return refuse("seq-jump", `seq ${highest} was accepted before, and the commit has ${commit.seq}`);
  return undefined;
}
