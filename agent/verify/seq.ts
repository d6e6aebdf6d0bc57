import { limits } from "../../core/index.ts";
import type { Refusal } from "../../trust/index.ts";
import type { Journal } from "../../wire/index.ts";
import { refuse } from "./verdict.ts";

/**
 * Third part of A5, rule A6. The very same commit passes: it is asked for again when its slot was lost. The jump is bounded so that
 * a stolen key cannot take the site to the end of all numbers.
 */
export function judgeSeq(
  commit: { readonly id: string; readonly seq: number },
  seen: Journal["seen"],
  seqFloor: number,
): Refusal | undefined {
  const highest = seen?.seq ?? Math.max(seqFloor - 1, 0);
  if (seen !== null && commit.seq === seen.seq) {
    return commit.id === seen.commit ? undefined : refuse("seq-conflict", `seq ${commit.seq} was seen with commit ${seen.commit}`);
  }
  if (commit.seq < highest || (seen === null && commit.seq === highest)) return refuse("rollback", `seen ${highest}, got ${commit.seq}`);
  if (commit.seq > highest + limits.seqJump) return refuse("seq-jump", `seen ${highest}, got ${commit.seq}`);
  return undefined;
}
