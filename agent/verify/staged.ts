import type { Refusal } from "../../trust/index.ts";
import type { Expectations } from "./judge.ts";
import { judgeContents } from "./contents.ts";
import { judgeRelease } from "./release.ts";
import { judgeCommit } from "./site-commit.ts";
import type { SlotContent } from "./verified-release.ts";

/** A9: a staged release is judged again from its slot, with the current trust. Its seq was judged when it was accepted. */
export function judgeStaged(content: SlotContent, expected: Omit<Expectations, "seen">): Refusal | undefined {
  const commit = judgeCommit(content.bytes, expected, expected.trust);
  if ("refusal" in commit) return commit;
  const release = judgeRelease(commit.value, content.release, expected.trust);
  if ("refusal" in release) return release;
  const plan = judgeContents(commit.value, content.files, expected.agentVersion);
  return "refusal" in plan ? plan : undefined;
}
