import { limits } from "../../core/index.ts";
import type { RawReader } from "../../git/index.ts";
import { tryParseTrustPath } from "../../wire/index.ts";
import type { ReleaseProof } from "./verified-release.ts";
import { refuse, type Verdict } from "./verdict.ts";
import { listTree } from "./raw-tree.ts";

/** The files of branch `trust`, by object id. */
export interface TrustBranch {
  readonly documents: ReadonlyMap<number, string>;
  readonly tags: ReadonlyMap<number, string>;
  readonly signatures: ReadonlyMap<number, ReadonlyMap<string, string>>;
}

/** A4: limits as for trees, regular files only. The commits of the branch are not signed; the documents are. */
export async function readTrustBranch(reader: RawReader, tip: string): Promise<Verdict<TrustBranch>> {
  const [facts] = await reader.inspect([tip]);
  if (facts?.kind !== "commit") return refuse("trust-broken", `branch trust points to a ${facts?.kind}`);
  if (facts.size > limits.signedObjectBytes) return refuse("trust-broken", `the commit of branch trust has ${facts.size} bytes`);
  const [commit] = await reader.read([tip]);
  const tree = /^tree ([0-9a-f]{40})\n/.exec((commit as Buffer).toString("latin1"))?.[1];
  if (tree === undefined) return refuse("trust-broken", "the commit of branch trust has no tree");
  const listed = await listTree(reader, tree);
  if ("refusal" in listed) return refuse("trust-broken", `branch trust: ${listed.because}`);
  return branchOf(listed.value);
}

function branchOf(files: readonly { readonly path: string; readonly id: string }[]): Verdict<TrustBranch> {
  const documents = new Map<number, string>();
  const tags = new Map<number, string>();
  const signatures = new Map<number, Map<string, string>>();
  for (const { path, id } of files) {
    const parsed = tryParseTrustPath(path);
    if (parsed === undefined) return refuse("trust-broken", `branch trust has an unknown file ${JSON.stringify(path)}`);
    if (parsed.kind === "trust") documents.set(parsed.version, id);
    else if (parsed.kind === "tag") tags.set(parsed.release, id);
    else signatures.set(parsed.release, (signatures.get(parsed.release) ?? new Map()).set(parsed.fingerprint, id));
  }
  return { value: { documents, tags, signatures } };
}

/** More signatures than the largest possible threshold needs are not read. */
const SIGNATURES_MAX = 64;

/** The tag of a release and its signature files; undefined when the branch does not have the tag. */
export async function readReleaseProof(
  reader: RawReader,
  branch: TrustBranch,
  release: number,
): Promise<Verdict<ReleaseProof | undefined>> {
  const tag = branch.tags.get(release);
  if (tag === undefined) return { value: undefined };
  const beside = [...(branch.signatures.get(release) ?? [])].slice(0, SIGNATURES_MAX);
  const ids = [tag, ...beside.map(([, id]) => id)];
  const facts = await reader.inspect(ids);
  const large = facts.find(({ kind, size }) => kind !== "blob" || size > limits.signedObjectBytes);
  if (large) return refuse("bad-tag", `a file of release ${release} on branch trust is a ${large.kind} of ${large.size} bytes`);
  const [bytes, ...bodies] = await reader.read(ids);
  const signatures = new Map(beside.map(([fingerprint], index) => [fingerprint, bodies[index] as Buffer]));
  return { value: { tag: bytes as Buffer, signatures } };
}
