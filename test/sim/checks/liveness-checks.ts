import { isReason } from "../../../core/index.ts";
import { readReport } from "../../../wire/index.ts";
import { REPORT } from "../world/box.ts";
import type { Check, Offer, Watch } from "./watch.ts";
import { FORBIDDEN } from "../world/fleet.ts";
import { isSound, type Nature } from "../world/behaviour.ts";

const oneTree: Check = {
  name: "I2 at rest the target is exactly one release, and the journal names it",
  rest(watch) {
    const { visible, journal } = watch;
    if (journal === undefined) return "there is no journal";
    // Nobody looks after the target of a retired site.
    if (journal.state === "RETIRED") return undefined;
    // What was never committed, and bent by hand, is nobody's to mend once its release is gone.
    if (journal.current === null && watch.isBent) return undefined;
    if (visible === "mixture") return "the target is a mixture";
    if (journal.current === null) return undefined;
    if (visible === undefined) return "the target is empty";
    return visible.digest === journal.current.tree
      ? undefined
      : `the target is ${visible.nature.name}, the journal says ${nameOf(watch, journal.current.tree)}`;
  },
};

/** The site runs the newest valid release, or has tried it and gone back to one that was sound. */
const newestIsReached: Check = {
  name: "L2 the newest valid release is reached",
  rest(watch) {
    const { journal } = watch;
    const offer = newestOffer(watch);
    if (offer === undefined || journal === undefined || isRetired(watch) || watch.operatorSaid) return undefined;
    const { nature, digest } = watch.fleet.tree(offer.nature);
    if (nature.retired !== null) return `the site is to be retired and is ${journal.state}`;
    if (journal.refused?.commit === offer.id && journal.refused.reason === "one-way") return oneWayFault(watch, nature);
    // A reset may name a lower number for the very same commit.
    if ((journal.seen?.seq ?? 0) < offer.seq && journal.seen?.commit !== offer.id)
      return `seq ${offer.seq} (${nature.name}) is not even seen; seen is ${journal.seen?.seq}`;
    if (journal.failed.some((failed) => failed.tree === digest && failed.seq === offer.seq)) return undefined;
    const isThere = journal.current?.seq === offer.seq && journal.current.tree === digest;
    if (isSound(nature) || !nature.isProbed) {
      return isThere ? undefined : `${nature.name} with seq ${offer.seq} does not run; the site runs seq ${journal.current?.seq}`;
    }
    if (isThere && nature.behaviour === "late" && journal.failed.length === 0) return undefined;
    // Where there is nothing to go back to, a bad release is tried again and again; over changed data it stays.
    const mayStay = journal.current === null || journal.state === "DEGRADED" || watch.isExcused;
    return mayStay ? undefined : `${nature.name} is neither marked as failed nor given up`;
  },
};

function isRetired({ journal, offers, fleet }: Watch): boolean {
  return journal?.state === "RETIRED" && [...offers.values()].some((offer) => fleet.tree(offer.nature).nature.retired !== null);
}

function oneWayFault(watch: Watch, nature: Nature): string | undefined {
  const current = watch.treeBy(watch.journal?.current?.tree)?.nature;
  const isOneWay = current !== undefined && current.dataVersion > nature.dataVersion;
  return isOneWay ? undefined : `${nature.name} was refused as one-way, and ${current?.name} runs`;
}

function newestOffer(watch: Watch): Offer | undefined {
  const { site } = watch.box.server.honest;
  const offer = site === undefined ? undefined : watch.offers.get(site);
  // An office that forgot to sign again has told the site nothing.
  const isRevoked = offer?.signer === "promote" && (watch.journal?.trust.version ?? 1) >= 3;
  const isTooOld = offer?.nature === FORBIDDEN && (watch.journal?.trust.version ?? 1) >= 4;
  return isRevoked || isTooOld ? undefined : offer;
}

const reportTells: Check = {
  name: "L5 the report says at last what runs",
  rest(watch) {
    const { journal, box } = watch;
    const bytes = box.image.tryRead(REPORT);
    if (watch.rotten.has("report")) return undefined;
    if (journal === undefined || bytes === undefined) return "there is no report";
    const read = readReport(bytes);
    if ("fault" in read) return `the report ${read.fault}`;
    const { running, state, reason, counter } = read.value.signed;
    if (!isReason(reason)) return `the report says ${JSON.stringify(reason)}`;
    if (counter > journal.counter && !watch.rotten.has("journal"))
      return `the report has counter ${counter}, the journal ${journal.counter}`;
    const isOld = state !== box.machine?.phase || running?.tree !== journal.current?.tree || running?.seq !== journal.current?.seq;
    if (isOld && watch.isReportLost) {
      watch.fail("L5 a report that the disk refused is written again", `it says ${state}, the agent is in ${box.machine?.phase}`);
      return undefined;
    }
    if (state !== box.machine?.phase) return `the report says ${state}, the agent is in ${box.machine?.phase}`;
    return running?.tree === journal.current?.tree && running?.seq === journal.current?.seq
      ? undefined
      : `the report says seq ${running?.seq}, the journal ${journal.current?.seq}`;
  },
};

const MINUTE_MS = 60_000;
const STEPS_A_MINUTE_MAX = 150;

const noHotLoop: Check = {
  name: "L4 no hot loop",
  step(watch) {
    const { recentMs, nowMs } = watch;
    recentMs.push(nowMs);
    while ((recentMs[0] as number) < nowMs - MINUTE_MS) recentMs.shift();
    return recentMs.length === STEPS_A_MINUTE_MAX ? `${recentMs.length} steps within a minute` : undefined;
  },
};

export function nameOf(watch: Watch, digest: string): string {
  return watch.treeBy(digest)?.nature.name ?? digest;
}

/** L1 and L3 bound the time of what a schedule does, and are asked for by the schedule itself. */
export const LIVENESS: readonly Check[] = [oneTree, newestIsReached, reportTells, noHotLoop];
