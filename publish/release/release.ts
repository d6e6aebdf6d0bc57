import { type Outcome, refused, systemClock } from "../../core/index.ts";
import { ObjectWriter, type RefUpdate, type Repository, type Written } from "../../git/index.ts";
import { type FleetSnapshot, judge, keyProblems, openFleetRepository, readSnapshot } from "../../releases/index.ts";
import { UnwrittenObjects } from "../dry-run.ts";
import {
  decidePromotion,
  foreseenPromotion,
  headsFor,
  type MovedRef,
  movedRef,
  movePromotion,
  preparePromotion,
  type PreparedPromotion,
  type PromotionResult,
} from "../promote/promotion.ts";
import { foreseeShardObjects, shardsOf } from "../promote/shard-commits.ts";
import { promoteRelease } from "../promote/promote.ts";
import type { PromotionPlan } from "../promote/promotion-plan.ts";
import { inputProblems, type ReleaseInput } from "./release-input.ts";
import { makeRelease, type MadeRelease } from "./release-making.ts";
import { SigningPool } from "../promote/signing-pool.ts";
import { writeSiteTrees } from "./site-trees.ts";
import { releasesInUse, writeTrustBranch } from "../trust/trust-publishing.ts";

/** What a release did, or in a dry run would do, as data. */
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
  /** Branches and the tag; the sites' refs are in `promotion`. */
  readonly refs: readonly MovedRef[];
  /** New objects, and the bytes of the packs that hold them; in a dry run the number of objects alone. */
  readonly written: Pick<Written, "objects"> & Partial<Written>;
  readonly promotion?: PromotionResult;
  /** Set when nothing was written and no ref was moved. */
  readonly dryRun?: true;
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
  const opened = await openFleetRepository(input, input.dryRun ? "preview" : "create");
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
    message: `another run released first, ${ATTEMPTS_MAX} times in a row`,
    next: "find out what keeps releasing this fleet, then run this again",
  });
}

/** undefined when another release was first: number and parent have to be read anew. */
async function tryRelease(snapshot: FleetSnapshot, input: ReleaseInput): Promise<Outcome<ReleaseResult> | undefined> {
  const refusals = keyProblems(snapshot.chain.trust, "release", input.releaseKey);
  const { tip } = snapshot.state;
  const strange = tip && input.judgeSource ? await input.judgeSource(tip) : [];
  if (refusals.length + strange.length > 0) return { problems: [...refusals, ...strange] };
  if (input.dryRun) return foresee(snapshot, input);
  const writer = new ObjectWriter(snapshot.repository.folder);
  const pool = input.promotion && new SigningPool(input.promotion.key, input.trees.length);
  try {
    const prepared = await prepare(snapshot, writer, input);
    if (!("value" in prepared)) return prepared;
    const { made, planned } = prepared.value;
    const signing = pool && { writer, pool, clock: input.clock ?? systemClock };
    const { promotion: request } = input;
    const promotion = signing && planned && request && (await preparePromotion(snapshot, signing, made.release, planned, request));
    return await move(snapshot, input, prepared.value, { promotion, written: await writer.finish() });
  } finally {
    pool?.close();
    writer.close();
  }
}

async function foresee(snapshot: FleetSnapshot, input: ReleaseInput): Promise<Outcome<ReleaseResult>> {
  const writer = new UnwrittenObjects(snapshot.repository.folder);
  const prepared = await prepare(snapshot, writer, input);
  if (!("value" in prepared)) return prepared;
  const { made, planned } = prepared.value;
  const sites = planned?.orders.map(({ site }) => site) ?? [];
  const shardObjects = foreseeShardObjects(writer, shardsOf(snapshot, input.trees.length), sites);
  const { objects } = await writer.finish();
  const result = resultOf(snapshot, prepared.value, { objects: objects + sites.length + shardObjects });
  const promotion = planned ? { promotion: foreseenPromotion(planned, made.release, []) } : {};
  return { value: { ...result, ...promotion, dryRun: true } };
}

interface Prepared {
  readonly made: MadeRelease;
  /** Branch `fleet`, tag and branch `trust`, to be moved in one step: a release whose tag is not on branch `trust` is of no use to a site. */
  readonly updates: readonly RefUpdate[];
  readonly planned: PromotionPlan | undefined;
}

/** Writes all objects but site commits. Heads are read by git while we make the trees; git checks the trees while we make the rest. */
async function prepare(snapshot: FleetSnapshot, writer: ObjectWriter, input: ReleaseInput): Promise<Outcome<Prepared>> {
  const { promotion: request } = input;
  const [sites, used, heads] = await Promise.all([
    writeSiteTrees(writer, input.trees),
    releasesInUse(snapshot),
    request ? headsFor(snapshot, request) : undefined,
  ]);
  writer.flush();
  const made = await makeRelease(snapshot, writer, sites, input);
  const { number, tag, tagBytes } = made.release;
  const trustUpdate = writeTrustBranch(writer, snapshot, { tag: [number, tagBytes], used, seconds: tag.seconds });
  const updates = [...made.updates, ...(trustUpdate ? [trustUpdate] : [])];
  if (!request || !heads) return { value: { made, updates, planned: undefined } };
  // With a threshold above one, others have to sign the release before any site may get it.
  const refusals = judge(snapshot.chain.trust, tag, tag.signature === null ? [] : [tag.signature]);
  if (refusals.length > 0 && made.updates.length > 0) return { problems: refusals };
  const planned = decidePromotion(snapshot, made.release, request, heads);
  return "value" in planned ? { value: { made, updates, planned: planned.value } } : planned;
}

async function move(
  snapshot: FleetSnapshot,
  input: ReleaseInput,
  prepared: Prepared,
  { promotion, written }: { readonly promotion: PreparedPromotion | undefined; readonly written: Written },
): Promise<Outcome<ReleaseResult> | undefined> {
  if ((await snapshot.repository.moveRefs(prepared.updates)).length > 0) return undefined;
  const result = resultOf(snapshot, prepared, written);
  if (!promotion) return { value: result };
  const moved = (await movePromotion(snapshot, promotion, [])) ?? (await promoteAnew(snapshot, input, prepared.made.release.number));
  if (!("value" in moved)) return { value: result, ...moved };
  return { value: { ...result, promotion: moved.value }, problems: moved.problems ?? [] };
}

/** The release is there; somebody else promoted sites of the same shards meanwhile. */
async function promoteAnew(snapshot: FleetSnapshot, input: ReleaseInput, release: number): Promise<Outcome<PromotionResult>> {
  const fresh = await readSnapshot(snapshot.repository, input);
  if (!("value" in fresh)) return fresh;
  return promoteRelease(fresh.value, input, release, input.promotion as NonNullable<ReleaseInput["promotion"]>);
}

function resultOf(snapshot: FleetSnapshot, { made, updates }: Prepared, written: ReleaseResult["written"]): ReleaseResult {
  const { number, tag } = made.release;
  return {
    release: number,
    outcome: made.updates.length > 0 ? "released" : "unchanged",
    commit: made.commit,
    tree: made.tree,
    tag: made.tag,
    source: tag.source,
    seconds: tag.seconds,
    sites: tag.sites,
    trust: snapshot.chain.trust.version,
    refs: updates.map(movedRef),
    written,
  };
}
