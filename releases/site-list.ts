import { MerkleTree, siteLeaf } from "../trust/index.ts";

/** Every site of one release with its tree, in ascending byte order of id: what `Skerry-Sites` is the root of. */
export class SiteList {
  readonly ids: readonly string[];
  readonly #trees: Buffer;
  readonly #digests: Buffer;
  #merkle: MerkleTree | undefined;
  #indexes: Map<string, number> | undefined;

  /** @param trees 20 bytes a site, @param digests 32 bytes a site, both in the order of `ids`, which ascends */
  constructor(ids: readonly string[], trees: Buffer, digests: Buffer) {
    this.ids = ids;
    this.#trees = trees;
    this.#digests = digests;
  }

  get count(): number {
    return this.ids.length;
  }

  /** undefined for a site that is not in the release. */
  indexOf(site: string): number | undefined {
    this.#indexes ??= new Map(this.ids.map((id, index) => [id, index]));
    return this.#indexes.get(site);
  }

  /** SHA-1 id of the site's tree. */
  treeId(index: number): Buffer {
    return this.#trees.subarray(index * 20, index * 20 + 20);
  }

  /** `sha256:<64 hex>`. */
  digest(index: number): string {
    return `sha256:${this.#digests.toString("hex", index * 32, index * 32 + 32)}`;
  }

  get merkle(): MerkleTree {
    this.#merkle ??= new MerkleTree(this.ids.map((id, index) => siteLeaf(id, this.#digests.subarray(index * 32, index * 32 + 32))));
    return this.#merkle;
  }
}
