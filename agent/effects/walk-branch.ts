import { limits } from "../../core/index.ts";
import type { RawReader } from "../../git/index.ts";
import type { Refusal } from "../../trust/index.ts";
import type { JournalSlot } from "../../wire/index.ts";
import type { TrustWalked } from "../machine/event.ts";
import type { TrustStore } from "../store/trust-store.ts";
import { refuse } from "../verify/verdict.ts";
import { readSiteNote } from "../verify/freshness.ts";
import { judgeStaged } from "../verify/staged.ts";
import { readTrustBranch, type TrustBranch } from "../verify/trust-branch.ts";
import { judgeNextTrust, versionsFault } from "../verify/trust-walk.ts";
import { expectationsOf } from "../verify/expectations.ts";
import type { AgentContext } from "../context.ts";

/**
 * A4: verifies the branch's trust versions one by one, each durable before it is used to judge the next. A version that does not verify ends
 * the walk at the last good one. `since`: the journal's version; a higher one may be stored already by an interrupted walk, and its resets
 * count too. A candidate that a new version no longer accepts is dropped (A9).
 */
export async function walkBranch(
  reader: RawReader,
  { tip, candidate, note, since }: { tip: string; candidate: JournalSlot | null; note: string | null; since: number },
  context: AgentContext,
): Promise<TrustWalked> {
  const { trust, config } = context;
  const branch = await readTrustBranch(reader, tip);
  const broken =
    "refusal" in branch ? branch : (versionsFault(branch.value.documents, trust.versions) ?? (await walk(reader, branch.value, trust)));
  const accepted = trust.versions.filter((version) => version.trust.version > since);
  const resets = accepted.flatMap((version) => version.trust.resets?.[config.site] ?? []);
  return {
    type: "trust-walked",
    version: trust.current.version,
    sha256: trust.sha256,
    reset: resets.at(-1) ?? null,
    broken: broken ?? null,
    note: note === null ? null : await readSiteNote(reader, note, config.site, trust.current),
    fallen: candidate !== null && accepted.length > 0 ? await recheckCandidate(candidate, context) : null,
  };
}

async function walk(reader: RawReader, branch: TrustBranch, store: TrustStore): Promise<Refusal | undefined> {
  for (;;) {
    const version = store.current.version + 1;
    const id = branch.documents.get(version);
    if (id === undefined) return undefined;
    const [facts] = await reader.inspect([id]);
    if (facts?.kind !== "blob" || facts.size > limits.trustBytes) {
      return refuse("trust-broken", `trust version ${version} is a ${facts?.kind} of ${facts?.size} bytes`);
    }
    const verdict = judgeNextTrust(store.current, (await reader.read([id]))[0] as Buffer);
    if ("refusal" in verdict) return verdict;
    await store.accept(verdict.value);
  }
}

async function recheckCandidate({ slot, tree }: JournalSlot, context: AgentContext): Promise<Refusal | null> {
  const content = await context.slots.load(slot, tree);
  return "refusal" in content ? content : (judgeStaged(content.value, expectationsOf(context)) ?? null);
}
