import { encodeTree, FILE_MODE, FOLDER_MODE, type ObjectWriter, readObjects, type RefUpdate, type TreeEntry } from "../../git/index.ts";
import { releaseTagPath, trustDocumentPath, tryParseTrustPath } from "../../wire/index.ts";
import { type FleetSnapshot, TRUST_BRANCH } from "../../releases/index.ts";
import { plainCommit } from "../plain-commit.ts";

/** Release tags that stay on the branch besides those that a site needs. */
const KEPT_RELEASES = 50;

export interface TrustAddition {
  /** Number and raw bytes of the release tag that sites are about to look for. */
  readonly tag: readonly [number, Buffer];
  /** Releases that sites are at. */
  readonly used: ReadonlySet<number>;
  readonly seconds: number;
}

/** The releases that sites are at, as far as it matters: while no tag is dropped from branch `trust`, nobody needs to know. */
export async function releasesInUse({ repository, heads, branch }: FleetSnapshot): Promise<ReadonlySet<number>> {
  const used = new Set<number>();
  if (releasesOf(branch.files).length < KEPT_RELEASES) return used;
  await readObjects(repository.folder, [...heads.values()], (_, object) => {
    const release = /\nSkerry-Release: ([1-9][0-9]{0,15})\n/.exec(object?.body.toString("latin1") ?? "")?.[1];
    if (release !== undefined) used.add(Number(release));
  });
  return used;
}

/**
 * Writes the next commit of branch `trust`: all trust versions, the tags of the last 50 releases and of any that a site
 * needs, with the signatures beside them. undefined when the branch holds all that already. No ref is moved.
 */
export function writeTrustBranch(writer: ObjectWriter, { branch, chain }: FleetSnapshot, addition: TrustAddition): RefUpdate | undefined {
  const [number, tagBytes] = addition.tag;
  const files = new Map(branch.files);
  for (const [index, bytes] of chain.documents.entries()) files.set(trustDocumentPath(index + 1), writer.add("blob", Buffer.from(bytes)));
  files.set(releaseTagPath(number), writer.add("blob", tagBytes));
  const releases = releasesOf(files);
  const kept = new Set([...releases.slice(-KEPT_RELEASES), ...addition.used, number]);
  for (const path of [...files.keys()]) {
    const release = releaseOf(path);
    if (release !== undefined && !kept.has(release)) files.delete(path);
  }
  if (isSame(files, branch.files)) return undefined;
  const message = `trust ${chain.trust.version}, releases to ${releases.at(-1)}\n`;
  const commit = plainCommit({ tree: writeTwoFolders(writer, files), parent: branch.tip, seconds: addition.seconds, message });
  return { name: TRUST_BRANCH, old: branch.tip ?? null, new: writer.add("commit", commit) };
}

function releaseOf(path: string): number | undefined {
  const parsed = tryParseTrustPath(path);
  return parsed === undefined || parsed.kind === "trust" ? undefined : parsed.release;
}

/** Numbers of the releases whose tags are there, ascending. */
function releasesOf(files: ReadonlyMap<string, string>): number[] {
  const numbers = new Set([...files.keys()].map(releaseOf).filter((release) => release !== undefined));
  return [...numbers].sort((a, b) => a - b);
}

function isSame(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([path, id]) => b.get(path) === id);
}

function writeTwoFolders(writer: ObjectWriter, files: ReadonlyMap<string, string>): string {
  const folders = new Map<string, TreeEntry[]>();
  for (const [path, id] of files) {
    const [folder, name] = path.split("/") as [string, string];
    folders.set(folder, [...(folders.get(folder) ?? []), { mode: FILE_MODE, name, id: Buffer.from(id, "hex") }]);
  }
  const entries = [...folders].map(([name, inside]) => ({
    mode: FOLDER_MODE,
    name,
    id: Buffer.from(writer.add("tree", encodeTree(inside)), "hex"),
  }));
  return writer.add("tree", encodeTree(entries));
}
