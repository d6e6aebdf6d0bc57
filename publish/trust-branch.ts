import type { Problem } from "../core/index.ts";
import {
  encodeTree,
  FILE_MODE,
  FOLDER_MODE,
  type ObjectWriter,
  readObjectList,
  readObjects,
  type RefUpdate,
  type Repository,
  type TreeEntry,
  tryReadTree,
} from "../git/index.ts";
import { releaseTagPath, trustDocumentPath, tryParseTrustPath } from "../wire/index.ts";
import { TRUST_BRANCH } from "./fleet-repository.ts";
import { type Outcome, refused } from "./outcome.ts";
import { plainCommit } from "./plain-commit.ts";
import type { TrustChain } from "./trust-chain.ts";

const FOLDERS = ["trust", "releases"];

/** Release tags that are kept on the branch besides those that a site needs. */
export const KEPT_RELEASES = 50;

export interface TrustBranch {
  readonly tip: string | undefined;
  /** Path -> blob id, 40 hex digits. */
  readonly files: ReadonlyMap<string, string>;
  /** Trust documents, version 1 first. */
  readonly documents: readonly Buffer[];
}

/** Branch `trust` as it is. What agents would call `trust-broken` is a problem: nothing is built on it. */
export async function readTrustBranch(repository: Repository, refs: ReadonlyMap<string, string>): Promise<Outcome<TrustBranch>> {
  const tip = refs.get(TRUST_BRANCH);
  if (tip === undefined) return { value: { tip, files: new Map(), documents: [] } };
  const trees: TreeEntry[][] = [];
  await readObjects(repository.folder, [`${tip}^{tree}`, ...FOLDERS.map((folder) => `${tip}:${folder}`)], (_, object) => {
    trees.push((object?.kind === "tree" ? tryReadTree(object.body) : undefined) ?? []);
  });
  const [root, ...inside] = trees as [TreeEntry[], ...TreeEntry[][]];
  const odd = root.find(({ name, mode }) => mode !== FOLDER_MODE || !FOLDERS.includes(name));
  if (odd) return refused(misshapen(`it holds ${JSON.stringify(odd.name)}`));
  const files = new Map<string, string>();
  for (const [index, folder] of FOLDERS.entries()) {
    for (const { mode, name, id } of inside[index] as TreeEntry[]) {
      const path = `${folder}/${name}`;
      if (mode !== FILE_MODE || tryParseTrustPath(path) === undefined) return refused(misshapen(`it holds ${JSON.stringify(path)}`));
      files.set(path, id.toString("hex"));
    }
  }
  const versions = [...files.keys()].filter((path) => tryParseTrustPath(path)?.kind === "trust").length;
  const ids = Array.from({ length: versions }, (_, index) => files.get(trustDocumentPath(index + 1)));
  if (ids.includes(undefined)) return refused(misshapen(`trust version ${ids.indexOf(undefined) + 1} is missing below a higher one`));
  return { value: { tip, files, documents: await readObjectList(repository.folder, ids as string[], "blob") } };
}

function misshapen(because: string): Omit<Problem, "severity"> {
  return {
    code: "trust-broken",
    message: "branch trust of the fleet repository is not what skerry writes",
    at: [{ path: TRUST_BRANCH }],
    because: `${because}; agents stop at such a branch`,
    next: "Move the branch back to the last commit that skerry made, and see who may write to it",
  };
}

/** Raw bytes of release tags beside the branch's own, and the releases that sites are at. */
export interface TrustAdditions {
  readonly tags: ReadonlyMap<number, Buffer>;
  readonly used: ReadonlySet<number>;
  readonly seconds: number;
}

/**
 * Writes the branch's next commit: all trust versions, the tags of the last 50 releases and of any that a site needs,
 * with the signatures beside them. undefined when the branch holds all that already.
 */
export function writeTrustBranch(writer: ObjectWriter, branch: TrustBranch, chain: TrustChain, additions: TrustAdditions): RefUpdate | undefined {
  const files = new Map(branch.files);
  for (const [index, bytes] of chain.documents.entries()) files.set(trustDocumentPath(index + 1), writer.add("blob", Buffer.from(bytes)));
  for (const [release, bytes] of additions.tags) files.set(releaseTagPath(release), writer.add("blob", bytes));
  const releases = releasesOf(files);
  const kept = new Set([...releases.slice(-KEPT_RELEASES), ...additions.used, ...additions.tags.keys()]);
  for (const path of [...files.keys()]) {
    const release = releaseOf(path);
    if (release !== undefined && !kept.has(release)) files.delete(path);
  }
  if (isSame(files, branch.files)) return undefined;
  const tree = writeTwoFolders(writer, files);
  const message = `trust ${chain.trust.version}, releases to ${releases.at(-1) ?? 0}\n`;
  const commit = writer.add("commit", plainCommit({ tree, parent: branch.tip, seconds: additions.seconds, message }));
  return { name: TRUST_BRANCH, old: branch.tip ?? null, new: commit };
}

function releaseOf(path: string): number | undefined {
  const parsed = tryParseTrustPath(path);
  return parsed === undefined || parsed.kind === "trust" ? undefined : parsed.release;
}

/** Numbers of the releases whose tags are there, ascending. */
export function releasesOf(files: ReadonlyMap<string, string>): number[] {
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
  const entries = [...folders].map(([name, inside]) => ({ mode: FOLDER_MODE, name, id: Buffer.from(writer.add("tree", encodeTree(inside)), "hex") }));
  return writer.add("tree", encodeTree(entries));
}
