import { systemClock } from "../../core/index.ts";
import { ObjectWriter, type RefUpdate, type Repository, type Written } from "../../git/index.ts";
import { type Ground, judge, keyProblems, openFleetRepository, type Outcome, readGround, refused } from "../../releases/index.ts";
import { headsFor, movePromotion, preparePromotion, type PreparedPromotion, type PromotionResult } from "../promote/promotion.ts";
import { inputProblems, type ReleaseInput } from "./release-input.ts";
import { makeRelease, type MadeRelease } from "./release-making.ts";
import { SigningCrew } from "../promote/signing-pool.ts";
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
    const ground = await readGround(repository, input);
    if (!("value" in ground)) return ground;
    const outcome = await tryRelease(ground.value, input);
    if (outcome) return outcome;
  }
  return refused({
    code: "release-contested",
    message: `somebody else released first, ${ATTEMPTS_MAX} times in a row`,
    next: "find out who releases this fleet all the time, then run this again",
  });
}

/** undefined when another release was first: number and parent have to be read anew. */
async function tryRelease(ground: Ground, input: ReleaseInput): Promise<Outcome<ReleaseResult> | undefined> {
  const refusals = keyProblems(ground.chain.trust, "release", input.releaseKey);
  if (refusals.length > 0) return { problems: refusals };
  const writer = new ObjectWriter(ground.repository.folder);
  const crew = input.promotion && new SigningCrew(input.promotion.key, input.trees.length);
  try {
    const prepared = await prepare(ground, writer, crew, input);
    if (!("value" in prepared)) return prepared;
    return await move(ground, prepared.value, await writer.finish());
  } finally {
    crew?.close();
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
  ground: Ground,
  writer: ObjectWriter,
  crew: SigningCrew | undefined,
  input: ReleaseInput,
): Promise<Outcome<Prepared>> {
  const { promotion: request, clock = systemClock } = input;
  const [sites, used, heads] = await Promise.all([
    writeSiteTrees(writer, input.trees),
    releasesInUse(ground),
    request ? headsFor(ground, request) : undefined,
  ]);
  writer.flush();
  const made = await makeRelease(ground, writer, sites, input);
  const { number, tag, tagBytes } = made.release;
  const trustUpdate = writeTrustBranch(writer, ground, { tag: [number, tagBytes], used, seconds: tag.seconds });
  if (!request || !heads || !crew) return { value: { made, trustUpdate, promotion: undefined } };
  // With a threshold above one, others have to sign the release before any site may get it.
  const refusals = judge(ground.chain.trust, tag, tag.signature === null ? [] : [tag.signature]);
  if (refusals.length > 0 && made.updates.length > 0) return { problems: refusals };
  const promotion = await preparePromotion(ground, { writer, crew, clock }, made.release, request, heads);
  if (!("value" in promotion)) return promotion;
  return { value: { made, trustUpdate, promotion: promotion.value } };
}

async function move(
  ground: Ground,
  { made, trustUpdate, promotion }: Prepared,
  written: Written,
): Promise<Outcome<ReleaseResult> | undefined> {
  // One step for all three: a release whose tag is not on branch `trust` is of no use to a site.
  const updates = [...made.updates, ...(trustUpdate ? [trustUpdate] : [])];
  if ((await ground.repository.moveRefs(updates)).length > 0) return undefined;
  const result = resultOf(ground, made, written);
  if (!promotion) return { value: result };
  const moved = await movePromotion(ground, promotion);
  if (!("value" in moved)) return { value: result, ...moved };
  return { value: { ...result, promotion: moved.value }, problems: moved.problems ?? [] };
}

function resultOf(
  ground: Ground,
  { release: { number, tag }, updates, commit, tree, tag: tagId }: MadeRelease,
  written: Written,
): ReleaseResult {
  const { source, seconds, sites } = tag;
  const outcome = updates.length > 0 ? "released" : "unchanged";
  return { release: number, outcome, commit, tree, tag: tagId, source, seconds, sites, trust: ground.chain.trust.version, written };
}
