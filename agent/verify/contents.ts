import { reasonOf } from "../../core/index.ts";
import { type PathAndBytes, siteTreeDigest } from "../../git/index.ts";
import type { Refusal } from "../../trust/index.ts";
import { type Plan, readPlan, type SiteCommit, treePathsFault } from "../../wire/index.ts";
import { windowFault } from "../window.ts";
import { refuse, type Verdict } from "./verdict.ts";

/** Last part of A5: the digest over every byte, then the plan and its consistency with the files. Names and limits were checked while reading. */
export function judgeContents(commit: SiteCommit, files: readonly PathAndBytes[], agentVersion: string): Verdict<Plan> {
  const digest = siteTreeDigest(files);
  if (digest !== commit.treeDigest)
    return refuse("wrong-tree", `the digest of the files is ${digest}, but the commit signs ${commit.treeDigest}`);
  const bytes = files.find((file) => file.path === "plan.json")?.bytes;
  if (bytes === undefined) return refuse("plan-mismatch", "plan.json is missing");
  const read = readPlan(bytes);
  if ("fault" in read) return refuse(reasonOf(read.fault, "bad-plan"), `plan.json: ${read.fault}`);
  return judgePlan(commit, read.value, files, agentVersion) ?? { value: read.value };
}

/** The minimum version comes first: other fields of a newer plan may have a meaning that this agent does not know. */
function judgePlan(commit: SiteCommit, plan: Plan, files: readonly PathAndBytes[], agentVersion: string): Refusal | undefined {
  if (isBelow(agentVersion, plan.agent.min))
    return refuse("agent-too-old", `the plan needs agent ${plan.agent.min}, but this is ${agentVersion}`);
  if ((plan.retired ?? null) !== commit.retired) {
    return refuse(
      "retired-mismatch",
      `"retired" is ${commit.retired ?? "absent"} in the commit and ${plan.retired ?? "absent"} in the plan`,
    );
  }
  const paths = files.map((file) => file.path);
  const fault = treePathsFault(plan, paths);
  if (fault !== undefined) return refuse("plan-mismatch", fault);
  const window = plan.agent.window === null ? undefined : windowFault(plan.agent.window);
  if (window !== undefined) return refuse("bad-plan", `plan.json: ${window}`);
  return undefined;
}

/** Versions of three numbers. */
function isBelow(version: string, least: string): boolean {
  const [own, needed] = [version, least].map((text) => text.split(".").map(Number)) as [number[], number[]];
  const place = needed.findIndex((number, index) => number !== own[index]);
  return place >= 0 && (own[place] as number) < (needed[place] as number);
}
