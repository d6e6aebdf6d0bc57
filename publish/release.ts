import { systemClock } from "../core/index.ts";
import { ObjectWriter, type RefUpdate, type Repository, type Written } from "../git/index.ts";
import { openFleetRepository } from "./fleet-repository.ts";
import { type Ground, readGround } from "./ground.ts";
import { type Outcome, refused } from "./outcome.ts";
import { headsFor, movePromotion, preparePromotion, type PreparedPromotion, type PromotionResult } from "./promotion.ts";
import { inputProblems, type ReleaseInput } from "./release-input.ts";
import { makeRelease, type MadeRelease } from "./release-making.ts";
import { writeSiteTrees } from "./site-trees.ts";
import { type TrustAdditions, writeTrustBranch } from "./trust-branch.ts";
import { keyProblems } from "./trust-chain.ts";
import { publishTrust, releasesInUse } from "./trust-publishing.ts";

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
 * Releases a fleet, and promotes the release when that is asked for. Publishing order: fleet branch and tag together, then
 * branch `trust`, then site refs. A run that is cut off anywhere leaves what stood before it, and the same run again goes on.
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
    if (attempt > 0) await repository.refresh();
    const ground = await readGround(repository, input);
    if (!("value" in ground)) return ground;
    const outcome = await tryRelease(ground.value, input);
    if (outcome) return outcome;
  }
  return refused({
    code: "release-contested",
    message: `somebody else released first, ${ATTEMPTS_MAX} times in a row`,
    next: "Find out who releases this fleet all the time, then run this again",
  });
}

/** undefined when another release was first: number and parent have to be read anew. */
async function tryRelease(ground: Ground, input: ReleaseInput): Promise<Outcome<ReleaseResult> | undefined> {
  const refusals = keyProblems(ground.chain.trust, "release", input.releaseKey);
  if (refusals.length > 0) return { problems: refusals };
  const writer = new ObjectWriter(ground.repository.folder);
  try {
    const prepared = await prepare(ground, writer, input);
    if (!("value" in prepared)) return prepared;
    return await move(ground, input, prepared.value, await writer.finish());
  } finally {
    writer.close();
  }
}

interface Prepared {
  readonly made: MadeRelease;
  readonly additions: TrustAdditions;
  readonly trustUpdate: RefUpdate | undefined;
  readonly promotion: PreparedPromotion | undefined;
}

/** Writes all objects. Heads are read by git while we make the trees; git checks the trees while we make the rest. */
async function prepare(ground: Ground, writer: ObjectWriter, input: ReleaseInput): Promise<Outcome<Prepared>> {
  const { promotion: request, clock = systemClock } = input;
  const [sites, used, heads] = await Promise.all([
    writeSiteTrees(writer, input.trees),
    releasesInUse(ground),
    request ? headsFor(ground, request) : undefined,
  ]);
  writer.flush();
  const made = await makeRelease(ground, writer, sites, input);
  const { number, tag, tagBytes } = made.release;
  const additions = { tags: new Map([[number, tagBytes]]), used, seconds: tag.seconds };
  const trustUpdate = writeTrustBranch(writer, ground.branch, ground.chain, additions);
  if (!request || !heads) return { value: { made, additions, trustUpdate, promotion: undefined } };
  const promotion = await preparePromotion(ground, writer, made.release, request, heads, clock);
  if (!("value" in promotion)) return promotion;
  return { value: { made, additions, trustUpdate, promotion: promotion.value } };
}

async function move(ground: Ground, input: ReleaseInput, prepared: Prepared, written: Written): Promise<Outcome<ReleaseResult> | undefined> {
  const { made, additions, trustUpdate, promotion } = prepared;
  if ((await ground.repository.moveRefs(made.updates)).length > 0) return undefined;
  const result = resultOf(ground, made, written);
  const trust = await publishTrust(ground, input, additions, trustUpdate);
  if (!("value" in trust)) return { value: result, ...trust };
  if (!promotion) return { value: result };
  const moved = await movePromotion(ground, promotion);
  if (!("value" in moved)) return { value: result, ...moved };
  return { value: { ...result, promotion: moved.value }, problems: moved.problems ?? [] };
}

function resultOf(ground: Ground, { release: { number, tag }, updates, commit, tree, tag: tagId }: MadeRelease, written: Written): ReleaseResult {
  const { source, seconds, sites } = tag;
  const outcome = updates.length > 0 ? "released" : "unchanged";
  return { release: number, outcome, commit, tree, tag: tagId, source, seconds, sites, trust: ground.chain.trust.version, written };
}
