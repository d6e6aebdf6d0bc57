import { type Outcome, type Problem, type Read, refused, type Trust } from "../core/index.ts";
import { FOLDER_MODE, readObjectList, readObjects, type Repository, type TreeEntry, tryReadTree } from "../git/index.ts";
import { judgeReleaseTag } from "../trust/index.ts";
import { readDigestFile, readReleaseTag, type SignedReleaseTag, tryParseTrustPath } from "../wire/index.ts";
import { releaseTagRef } from "./fleet-repository.ts";
import type { FleetSnapshot } from "./snapshot.ts";
import { SiteList } from "./site-list.ts";

/** A release that may be promoted: signed by the keys that count now, with every site's tree. */
export interface Release {
  readonly number: number;
  readonly tag: SignedReleaseTag;
  readonly tagBytes: Buffer;
  readonly sites: SiteList;
}

/** A release tag that the keys that count now have signed. */
export type JudgedTag = Omit<Release, "sites">;

/**
 * Reads one release back. The tag is judged first; then the Merkle root over all digest lines is computed again and
 * compared with the signed one, before anything of them is used.
 */
export async function readRelease(snapshot: FleetSnapshot, number: number): Promise<Outcome<Release>> {
  const judged = await readJudgedTag(snapshot, number);
  if (!("value" in judged)) return judged;
  const { tag } = judged.value;
  const sites = await readSiteList(snapshot.repository, tag.object);
  if ("fault" in sites) return refused(releaseDamaged(number, sites.fault));
  const { count, root } = tag.sites;
  if (sites.value.count !== count || sites.value.merkle.root.toString("hex") !== root) {
    return refused(releaseDamaged(number, "the Merkle root of the digests in the fleet tree differs from the one in the tag"));
  }
  return { value: { ...judged.value, sites: sites.value } };
}

export async function readJudgedTag(snapshot: FleetSnapshot, number: number): Promise<Outcome<JudgedTag>> {
  const { repository, state, fleet } = snapshot;
  const { trust } = snapshot.chain;
  const tagId = state.refs.get(releaseTagRef(number));
  if (tagId === undefined) return refused(unknownRelease(number, state.releases));
  const tagBytes = await tryReadTag(repository, tagId);
  if (!tagBytes) return refused(releaseDamaged(number, "its ref does not name an annotated tag"));
  const tag = readReleaseTag(tagBytes);
  if ("fault" in tag) return refused(releaseDamaged(number, `its tag ${tag.fault}`));
  const { release, fleet: tagFleet } = tag.value;
  if (release !== number || tagFleet !== fleet)
    return refused(releaseDamaged(number, `its tag is that of release ${release} of "${tagFleet}"`));
  const problems = judge(trust, tag.value, await signaturesOf(snapshot, tag.value));
  return problems.length > 0 ? { problems } : { value: { number, tag: tag.value, tagBytes } };
}

/** Why sites would refuse a release by its tag alone: too few signatures that count now, or below what trust allows. */
export function judge(trust: Trust, tag: SignedReleaseTag, signatures: Iterable<string>): readonly Problem[] {
  const verdict = judgeReleaseTag(trust, tag.payload, signatures);
  if ("refusal" in verdict) return refused(notSigned(tag.release, verdict.because)).problems;
  return tag.release < (trust.minRelease ?? 0) ? refused(tooOld(tag.release, trust)).problems : [];
}

async function tryReadTag({ folder }: Repository, id: string): Promise<Buffer | undefined> {
  let body: Buffer | undefined;
  await readObjects(folder, [id], (_, object) => {
    body = object?.kind === "tag" ? object.body : undefined;
  });
  return body;
}

/** The signature in the tag, and those that lie beside it on branch `trust`. */
async function signaturesOf({ repository, branch }: FleetSnapshot, tag: SignedReleaseTag): Promise<string[]> {
  const beside = [...branch.files].filter(([path]) => {
    const parsed = tryParseTrustPath(path);
    return parsed?.kind === "signature" && parsed.release === tag.release;
  });
  const bodies = await readObjectList(
    repository.folder,
    beside.map(([, id]) => id),
    "blob",
  );
  return [...(tag.signature === null ? [] : [tag.signature]), ...bodies.map((body) => body.toString("latin1"))];
}

async function readSiteList(repository: Repository, commit: string): Promise<Read<SiteList>> {
  const paths = [`${commit}:digests`, `${commit}:sites`];
  const [digestFolder, siteFolder] = (await readObjectList(repository.folder, paths, "tree")).map((body) => tryReadTree(body) ?? []) as [
    TreeEntry[],
    TreeEntry[],
  ];
  const digestFiles = await readObjectList(repository.folder, digestFolder.map(hexId), "blob");
  const siteFolders = await readObjectList(repository.folder, siteFolder.map(hexId), "tree");
  const digests = new Map<string, string>();
  for (const [index, entry] of digestFolder.entries()) {
    const lines = readDigestFile(digestFiles[index] as Buffer, entry.name.replace(/\.ndjson$/, ""));
    if ("fault" in lines) return { fault: `digests/${entry.name} ${lines.fault}` };
    for (const line of lines.value) digests.set(line.id, line.tree);
  }
  const trees = new Map<string, Buffer>();
  for (const body of siteFolders)
    for (const entry of tryReadTree(body) ?? []) if (entry.mode === FOLDER_MODE) trees.set(entry.name, entry.id);
  const ids = [...digests.keys()].sort();
  const missing = ids.find((id) => !trees.has(id));
  if (missing !== undefined || trees.size !== ids.length) return { fault: "digests/ and sites/ do not name the same sites" };
  const packed = ids.map((id) => Buffer.from((digests.get(id) as string).slice("sha256:".length), "hex"));
  return { value: new SiteList(ids, Buffer.concat(ids.map((id) => trees.get(id) as Buffer)), Buffer.concat(packed)) };
}

function hexId(entry: TreeEntry): string {
  return entry.id.toString("hex");
}

function unknownRelease(number: number, releases: readonly number[]): Omit<Problem, "severity"> {
  const last = releases
    .slice(-5)
    .map((each) => `release/${each}`)
    .join(", ");
  return {
    code: "unknown-release",
    message: `there is no release/${number}`,
    at: [],
    next: last === "" ? "release first: skerry release" : `choose an existing one, for example ${last}`,
  };
}

export function releaseDamaged(number: number, because: string): Omit<Problem, "severity"> {
  return {
    code: "release-damaged",
    message: `release/${number} does not match its signed tag`,
    at: [{ path: releaseTagRef(number) }],
    because,
    next: "promote another release, and find out who changed this one",
  };
}

function notSigned(number: number, because: string): Omit<Problem, "severity"> {
  return {
    code: "release-not-signed",
    message: `release/${number} is not signed by enough current release keys`,
    at: [{ path: releaseTagRef(number) }],
    because: `${because}; every site would refuse it`,
    next: "have it signed with the release keys, or release again",
  };
}

function tooOld(number: number, trust: Trust): Omit<Problem, "severity"> {
  return {
    code: "release-too-old",
    message: `release/${number} is below release/${trust.minRelease}`,
    at: [{ path: releaseTagRef(number) }],
    because: `trust version ${trust.version} sets this as the lowest release that sites accept`,
    next: `promote release/${trust.minRelease} or a newer one`,
  };
}
