import { reasonOf, type Trust } from "../../core/index.ts";
import { judgeSiteCommit } from "../../trust/index.ts";
import { readSiteCommit, type SignedSiteCommit } from "../../wire/index.ts";
import { refuse, type Verdict } from "./verdict.ts";

/** Fleet and site of this box. */
export interface Identity {
  readonly fleet: string;
  readonly site: string;
}

/**
 * First part of A5: size and grammar, signature by a current promote key, fleet, site. Takes the raw bytes, because a commit that was parsed
 * and written again may differ from the signed one.
 */
export function judgeCommit(bytes: Buffer, identity: Identity, trust: Trust): Verdict<SignedSiteCommit> {
  const read = readSiteCommit(bytes);
  if ("fault" in read) return refuse(reasonOf(read.fault, "bad-commit"), read.fault);
  const commit = read.value;
  const signed = judgeSiteCommit(trust, commit.payload, commit.signature);
  if ("refusal" in signed) return signed;
  if (commit.fleet !== identity.fleet) return refuse("wrong-fleet", `the commit is for fleet "${commit.fleet}", not "${identity.fleet}"`);
  if (commit.site !== identity.site) return refuse("wrong-site", `the commit is for site "${commit.site}", not "${identity.site}"`);
  return { value: commit };
}
