import { type Outcome, refused, systemClock } from "../../core/index.ts";
import { ObjectWriter, type RefUpdate, type Repository, type Written } from "../../git/index.ts";
import { type FleetSnapshot, judge, keyProblems, openFleetRepository, readSnapshot } from "../../releases/index.ts";
import { headsFor, movePromotion, preparePromotion, type PreparedPromotion, type PromotionResult } from "../promote/promotion.ts";
import { inputProblems, type ReleaseInput } from "./release-input.ts";
import { makeRelease, type MadeRelease } from "./release-making.ts";
import { SigningPool } from "../promote/signing-pool.ts";
import { writeSiteTrees } from "./site-trees.ts";
import { releasesInUse, writeTrustBranch } from "../trust/trust-publishing.ts";

/** What a release did, as data. */
export interface ReleaseResult {
  readonly release: number;
  /** `unchanged`: the last release was made of the same source and is this one. */
  readonly outcome: "released" | "unchanged";
  readonly commit: string;
  readonly tree: string;
  readonly tag: string;
  readonly source: string;
  readonly seconds: number;
  readonly sites: { readonly count: number; readonly root: string };
  readonly trust: number;
  /** New objects, and the bytes of the packs that hold them. */
  readonly written: Written;
  readonly promotion?: PromotionResult;
}

/** Each lost race means that somebody else released; more in a row than this is a fault somewhere. */
const ATTEMPTS_MAX = 5;

/**
 * Releases a fleet, and promotes the release when that is asked for. Publishing order: fleet branch, tag and branch `trust`
 * in one step, then site refs. A run that is cut off anywhere leaves what stood before it, and the same run again goes on.
 */
export async function release(input: ReleaseInput): Promise<Outcome<ReleaseResult>> {
  const problems = inputProblems(input);
  if (problems.length > 0) return { problems };
  const opened = await openFleetRepository(input, "create");
  if (!("value" in opened)) return opened;
  try {
    return await releaseInto(opened.value, input);
  } finally {
    opened.value.close();
  }
}

async function releaseInto(repository: Repository, input: ReleaseInput): Promise<Outcome<ReleaseResult>> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const snapshot = await readSnapshot(repository, input);
    if (!("value" in snapshot)) return snapshot;
    const outcome = await tryRelease(snapshot.value, input);
    if (outcome) return outcome;
  }
  return refused({
    code: "release-contested",
    message: `somebody else released first, ${ATTEMPTS_MAX} times in a row`,
    next: "find out who releases this fleet all the time, then run this again",
  });
}

/** undefined when another release was first: number and parent have to be read anew. */
async function tryRelease(snapshot: FleetSnapshot, input: ReleaseInput): Promise<Outcome<ReleaseResult> | undefined> {
  const refusals = keyProblems(snapshot.chain.trust, "release", input.releaseKey);
  if (refusals.length > 0) return { problems: refusals };
  const writer = new ObjectWriter(snapshot.repository.folder);
  const pool = input.promotion && new SigningPool(input.promotion.key, input.trees.length);
  try {
    const prepared = await prepare(snapshot, writer, pool, input);
    if (!("value" in prepared)) return prepared;
    return await move(snapshot, prepared.value, await writer.finish());
  } finally {
    pool?.close();
    writer.close();
  }
}

interface Prepared {
  readonly made: MadeRelease;
  readonly trustUpdate: RefUpdate | undefined;
  readonly promotion: PreparedPromotion | undefined;
}

/** Writes all objects. Heads are read by git while we make the trees; git checks the trees while we make the rest. */
async function prepare(
  snapshot: FleetSnapshot,
  writer: ObjectWriter,
  pool: SigningPool | undefined,
  input: ReleaseInput,
): Promise<Outcome<Prepared>> {
  const { promotion: request, clock = systemClock } = input;
  const [sites, used, heads] = await Promise.all([
    writeSiteTrees(writer, input.trees),
    releasesInUse(snapshot),
    request ? headsFor(snapshot, request) : undefined,
  ]);
  writer.flush();
  const made = await makeRelease(snapshot, writer, sites, input);
  const { number, tag, tagBytes } = made.release;
  const trustUpdate = writeTrustBranch(writer, snapshot, { tag: [number, tagBytes], used, seconds: tag.seconds });
  if (!request || !heads || !pool) return { value: { made, trustUpdate, promotion: undefined } };
  // With a threshold above one, others have to sign the release before any site may get it.
  const refusals = judge(snapshot.chain.trust, tag, tag.signature === null ? [] : [tag.signature]);
  if (refusals.length > 0 && made.updates.length > 0) return { problems: refusals };
  const promotion = await preparePromotion(snapshot, { writer, pool, clock }, made.release, request, heads);
  if (!("value" in promotion)) return promotion;
  return { value: { made, trustUpdate, promotion: promotion.value } };
}

async function move(
  snapshot: FleetSnapshot,
  { made, trustUpdate, promotion }: Prepared,
  written: Written,
): Promise<Outcome<ReleaseResult> | undefined> {
  // One step for all three: a release whose tag is not on branch `trust` is of no use to a site.
  const updates = [...made.updates, ...(trustUpdate ? [trustUpdate] : [])];
  if ((await snapshot.repository.moveRefs(updates)).length > 0) return undefined;
  const result = resultOf(snapshot, made, written);
  if (!promotion) return { value: result };
  const moved = await movePromotion(snapshot, promotion);
  if (!("value" in moved)) return { value: result, ...moved };
  return { value: { ...result, promotion: moved.value }, problems: moved.problems ?? [] };
}

function resultOf(
  snapshot: FleetSnapshot,
  { release: { number, tag }, updates, commit, tree, tag: tagId }: MadeRelease,
  written: Written,
): ReleaseResult {
  const { source, seconds, sites } = tag;
  const outcome = updates.length > 0 ? "released" : "unchanged";
  return { release: number, outcome, commit, tree, tag: tagId, source, seconds, sites, trust: snapshot.chain.trust.version, written };
}
