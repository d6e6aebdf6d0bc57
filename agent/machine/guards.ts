import type { EventOf, TrustWalked } from "./event.ts";
import { adoptTrust } from "./trust-adoption.ts";
import type { Machine } from "./state.ts";

/** Conditions of the table. Each is a question about the machine and the event, and changes neither. */

/** R3: a restart resumes the same release, three starts at most. */
const STARTS_MAX = 3;

export function startsAreLeft({ journal }: Machine): boolean {
  return journal.candidate !== null && journal.starts < STARTS_MAX;
}

/** What it finds may be older than the question. */
export function isPolling({ phase }: Machine): boolean {
  return phase === "FETCH" || phase === "VERIFY" || phase === "STAGE";
}

/** Both refs name what was judged before, by this process, to its end. */
export function nothingMoved({ memory }: Machine, { tips }: EventOf<"fetched">): boolean {
  return memory.judged !== null && memory.judged.site === tips.site && memory.judged.trust === tips.trust;
}

export function isFirstFailure({ memory }: Machine): boolean {
  return memory.failures === 0;
}

/** A4: no site commit is accepted in this poll. */
export function trustIsBroken({ journal }: Machine, event: TrustWalked): boolean {
  return event.broken !== null || event.version < journal.trust.version;
}

export function siteRefIsMissing({ memory }: Machine): boolean {
  return memory.tips?.site === undefined;
}

/** A6: the very same commit is no news, as long as it runs, or waits, or was found bad. */
export function isNoNews(machine: Machine, event: TrustWalked): boolean {
  const { journal, memory } = adoptTrust(machine, event);
  const { seen, current, candidate } = journal;
  if (seen === null || seen.commit !== memory.tips?.site) return false;
  if (candidate?.tree === seen.tree && memory.candidate !== null) return true;
  if (current?.tree === seen.tree && !memory.currentIsVoid) return true;
  return journal.failed.some((failed) => failed.seq === seen.seq);
}

/** A5: judged again only when the commit or the trust tip moves. */
export function isRefusedAlready({ journal, memory }: Machine): boolean {
  return journal.refused !== null && journal.refused.commit === memory.tips?.site && journal.refused.trust === memory.tips.trust;
}

/** A7: the same tree under a higher seq changes nothing at the site. */
export function runsThatTree({ journal, memory }: Machine, { order }: EventOf<"accepted">): boolean {
  return journal.current?.tree === order.commit.treeDigest && !memory.currentIsVoid;
}
