import { type Outcome, type Problem, refused } from "../core/index.ts";
import { FILE_MODE, FOLDER_MODE, readObjectList, readObjects, type Repository, type TreeEntry, tryReadTree } from "../git/index.ts";
import { trustDocumentPath, tryParseTrustPath } from "../wire/index.ts";
import { TRUST_BRANCH } from "./fleet-repository.ts";

const FOLDERS = ["trust", "releases"];

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
    message: "branch trust of the fleet repository holds files that skerry did not write",
    at: [{ path: TRUST_BRANCH }],
    because: `${because}; agents refuse such a branch`,
    next: "move the branch back to the last commit that skerry made, and check who may write to it",
  };
}
