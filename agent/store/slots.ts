import { join } from "node:path";
import { type Disk, limits } from "../../core/index.ts";
import { type PathAndBytes, siteTreeDigest } from "../../git/index.ts";
import { releaseSignaturePath, releaseTagPath, readSiteCommit, tryParseTrustPath } from "../../wire/index.ts";
import type { VerifiedRelease, ReleaseProof, SlotContent } from "../verify/verified-release.ts";
import { refuse, type Verdict } from "../verify/verdict.ts";
import { inParallel, tryBytes, tryList, writeDurably, writeFolder } from "./durable.ts";

export type SlotName = "a" | "b";

/** A digest or a number on one line. */
const NOTE_BYTES = 256;

/**
 * `slots/<name>/{commit, releases/…, files/…, digest}`. `digest` is the tree's SHA-256 id and is written last, so a slot that a power cut left
 * incomplete has none or a wrong one. Every load computes it again over every byte.
 */
export class Slots {
  readonly #disk: Disk;
  readonly #folder: string;

  constructor(disk: Disk, stateFolder: string) {
    this.#disk = disk;
    this.#folder = join(stateFolder, "slots");
  }

  async write(name: SlotName, verified: VerifiedRelease): Promise<void> {
    const slot = this.#path(name);
    // Files of the old slot that a power cut brings back have no matching digest.
    await this.#disk.remove(slot);
    await this.#disk.makeFolder(slot);
    await writeFolder(this.#disk, join(slot, "files"), verified.files);
    await writeFolder(this.#disk, slot, [{ path: "commit", bytes: verified.bytes }, ...proofFiles(verified)]);
    await this.#disk.syncFolder(this.#folder);
    await writeDurably(this.#disk, join(slot, "digest"), Buffer.from(`${verified.commit.treeDigest}\n`));
  }

  /**
   * A7: replaces the commit and keeps the files. The tag is written first under its own name, so that each commit always has its tag; the
   * rename of `commit` makes the change effective.
   */
  async restamp(name: SlotName, verified: VerifiedRelease): Promise<void> {
    const slot = this.#path(name);
    await writeFolder(this.#disk, slot, proofFiles(verified));
    await writeDurably(this.#disk, join(slot, "commit"), verified.bytes);
    const kept = new Set(proofFiles(verified).map((file) => file.path));
    for (const entry of await this.#disk.list(join(slot, "releases"))) {
      if (!kept.has(`releases/${entry.name}`)) await this.#disk.remove(join(slot, "releases", entry.name));
    }
  }

  /** The slot's content when every byte is as it was staged; otherwise a refusal with `storage-failed`. */
  async load(name: SlotName, tree: string): Promise<Verdict<SlotContent>> {
    const slot = this.#path(name);
    const digest = await this.tryDigest(name);
    const bytes = await tryBytes(this.#disk, join(slot, "commit"), limits.signedObjectBytes);
    if (digest !== tree || bytes === undefined) return refuse("storage-failed", `slot ${name} does not hold ${tree}`);
    const commit = readSiteCommit(bytes);
    if ("fault" in commit || commit.value.treeDigest !== tree) return refuse("storage-failed", `the commit in slot ${name} is damaged`);
    const files = await this.#readFiles(join(slot, "files"));
    if (files === undefined || digestOf(files) !== tree) return refuse("storage-failed", `the files in slot ${name} are damaged`);
    return { value: { bytes, commit: commit.value, release: await this.#readProof(slot, commit.value.release), files } };
  }

  /** When the slot's release was committed, in seconds since 1970: for people, and for rebuilding a lost journal. */
  async noteCommitted(name: SlotName, seconds: number): Promise<void> {
    await writeDurably(this.#disk, join(this.#path(name), "committed"), Buffer.from(`${seconds}\n`));
  }

  async tryCommitted(name: SlotName): Promise<number | undefined> {
    const text = (await tryBytes(this.#disk, join(this.#path(name), "committed"), NOTE_BYTES))?.toString("latin1") ?? "";
    return /^[0-9]{1,12}\n$/.test(text) ? Number(text) : undefined;
  }

  /** The digest that the slot claims, not verified. */
  async tryDigest(name: SlotName): Promise<string | undefined> {
    const text = (await tryBytes(this.#disk, join(this.#path(name), "digest"), NOTE_BYTES))?.toString("latin1") ?? "";
    return /^sha256:[0-9a-f]{64}\n$/.test(text) ? text.trimEnd() : undefined;
  }

  #path(name: SlotName): string {
    return join(this.#folder, name);
  }

  /** undefined when there are more or larger files than a tree may have: then it is not what was staged. */
  async #readFiles(top: string): Promise<PathAndBytes[] | undefined> {
    const paths: string[] = [];
    const folders = [""];
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      for (const entry of await tryList(this.#disk, join(top, folder))) {
        const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
        if (entry.kind === "folder") folders.push(path);
        else if (entry.kind !== "file" || entry.size > limits.planBytes) return undefined;
        else paths.push(path);
      }
      if (paths.length + folders.length > limits.treeEntries) return undefined;
    }
    const files: PathAndBytes[] = [];
    await inParallel(paths, async (path) => void files.push({ path, bytes: await this.#disk.read(join(top, path), limits.planBytes) }));
    return files.sort((one, other) => (one.path < other.path ? -1 : 1));
  }

  async #readProof(slot: string, release: number): Promise<ReleaseProof | undefined> {
    const tag = await tryBytes(this.#disk, join(slot, releaseTagPath(release)), limits.signedObjectBytes);
    if (tag === undefined) return undefined;
    const signatures = new Map<string, Buffer>();
    for (const { name } of await this.#disk.list(join(slot, "releases"))) {
      const parsed = tryParseTrustPath(`releases/${name}`);
      if (parsed?.kind === "signature" && parsed.release === release) {
        const bytes = await tryBytes(this.#disk, join(slot, "releases", name), limits.signedObjectBytes);
        if (bytes !== undefined) signatures.set(parsed.fingerprint, bytes);
      }
    }
    return { tag, signatures };
  }
}

/** Named as on branch `trust`. */
function proofFiles({ commit, release }: VerifiedRelease): { readonly path: string; readonly bytes: Buffer }[] {
  const beside = Array.from(release.signatures, ([fingerprint, bytes]) => ({
    path: releaseSignaturePath(commit.release, fingerprint),
    bytes,
  }));
  return [{ path: releaseTagPath(commit.release), bytes: release.tag }, ...beside];
}

function digestOf(files: readonly PathAndBytes[]): string | undefined {
  return files.length === 0 ? undefined : siteTreeDigest(files);
}
