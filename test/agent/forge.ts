import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { deflateSync } from "node:zlib";
import type { Trust } from "../../core/index.ts";
import { encodeTree, FILE_MODE, FOLDER_MODE, objectId, type ObjectKind, siteTreeDigest, type TreeEntry } from "../../git/index.ts";
import {
  createKeySet,
  GIT_NAMESPACE,
  type KeySet,
  MerkleTree,
  signDocument,
  signSsh,
  type SigningKey,
  siteLeaf,
  TRUST_NAMESPACE,
} from "../../trust/index.ts";
import {
  type Plan,
  type ReleaseTag,
  releaseTagPayload,
  signedReleaseTag,
  signedSiteCommit,
  type SiteCommit,
  siteCommitPayload,
  writePlan,
  writeTrustDocument,
} from "../../wire/index.ts";

interface ForgedRelease {
  readonly sites: readonly string[];
  readonly digests: ReadonlyMap<string, string>;
  readonly tree: MerkleTree;
}

/** A fleet repository made object by object, so that tests can make every object that git itself would never write. */
export class Forge {
  readonly folder: string;
  readonly fleet = "airports";
  readonly keySet: KeySet = createKeySet("airports");
  /** Paths of branch `trust` -> bytes. */
  readonly trustFiles = new Map<string, Buffer>();
  readonly #releases = new Map<number, ForgedRelease>();

  constructor(folder: string) {
    this.folder = folder;
    rmSync(folder, { recursive: true, force: true });
    for (const part of ["objects", "refs/heads/sites"]) mkdirSync(join(folder, part), { recursive: true });
    writeFileSync(join(folder, "HEAD"), "ref: refs/heads/fleet\n");
    writeFileSync(join(folder, "config"), "[core]\n\trepositoryFormatVersion = 0\n\tbare = true\n");
    this.trustFiles.set("trust/1.json", this.trustBytes);
  }

  get trustBytes(): Buffer {
    return Buffer.from(writeTrustDocument(this.keySet.trust));
  }

  key(name: "root" | "release" | "promote"): SigningKey {
    return this.keySet.keys.get(name) as SigningKey;
  }

  /** Writes a loose object with this body, whatever it is. */
  object(kind: ObjectKind, body: Buffer | string): string {
    const bytes = Buffer.from(body);
    const id = objectId(kind, bytes).toString("hex");
    const path = join(this.folder, "objects", id.slice(0, 2), id.slice(2));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, deflateSync(Buffer.concat([Buffer.from(`${kind} ${bytes.length}\0`), bytes])));
    return id;
  }

  /** Entries in exactly this order, with any mode and name. */
  rawTree(entries: readonly (readonly [mode: string, name: string, id: string])[]): string {
    return this.object(
      "tree",
      Buffer.concat(entries.map(([mode, name, id]) => Buffer.concat([Buffer.from(`${mode} ${name}\0`, "latin1"), Buffer.from(id, "hex")]))),
    );
  }

  tree(files: ReadonlyMap<string, Buffer | string>): string {
    const folders = new Map<string, Map<string, Buffer | string>>();
    const entries: TreeEntry[] = [];
    for (const [path, bytes] of files) {
      const [top, ...rest] = path.split("/") as [string, ...string[]];
      if (rest.length === 0) entries.push({ mode: FILE_MODE, name: top, id: Buffer.from(this.object("blob", Buffer.from(bytes)), "hex") });
      else folders.set(top, (folders.get(top) ?? new Map<string, Buffer | string>()).set(rest.join("/"), bytes));
    }
    for (const [name, inner] of folders) entries.push({ mode: FOLDER_MODE, name, id: Buffer.from(this.tree(inner), "hex") });
    return this.object("tree", encodeTree(entries));
  }

  ref(name: string, id: string | undefined): void {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    if (id === undefined) rmSync(path, { force: true });
    else writeFileSync(path, `${id}\n`);
  }

  /** Makes and signs a release over these sites' digests, and puts its tag on branch `trust`. */
  release(release: number, digests: ReadonlyMap<string, string>, change: Partial<ReleaseTag> = {}, key = this.key("release")): Buffer {
    const sites = [...digests.keys()].sort();
    const tree = new MerkleTree(sites.map((site) => leafOf(site, digests.get(site) as string)));
    this.#releases.set(release, { sites, digests, tree });
    const payload = releaseTagPayload({
      object: "1".repeat(40),
      name: `release/${release}`,
      seconds: 1_795_000_000,
      fleet: this.fleet,
      release,
      source: "2".repeat(40),
      sites: { count: sites.length, root: tree.root.toString("hex") },
      consents: [],
      ...change,
    });
    const tag = signedReleaseTag(payload, signSsh(key, GIT_NAMESPACE, payload));
    this.trustFiles.set(`releases/${release}.tag`, tag);
    return tag;
  }

  /** Puts the next trust version on the branch, for the next `publishTrust`. */
  nextTrust(change: Partial<Trust>, by: SigningKey = this.key("root")): void {
    const version = [...this.trustFiles.keys()].filter((path) => path.startsWith("trust/")).length + 1;
    const signed = { ...this.keySet.trust.signed, ...change, version };
    this.trustFiles.set(`trust/${version}.json`, Buffer.from(writeTrustDocument(signDocument(signed, TRUST_NAMESPACE, [by]))));
  }

  /** What `site` is told: the commit's fields, true for this release unless changed. */
  commit(site: string, release: number, seq: number, tree: string, change: Partial<SiteCommit> = {}): SiteCommit {
    const { sites, digests, tree: merkle } = this.#releases.get(release) as ForgedRelease;
    return {
      tree,
      parent: null,
      seconds: 1_795_000_000 + seq,
      fleet: this.fleet,
      site,
      seq,
      release,
      treeDigest: digests.get(site) as string,
      proof: merkle.proof(sites.indexOf(site)),
      urgent: false,
      retired: null,
      ...change,
    };
  }

  signed(commit: SiteCommit, key = this.key("promote")): Buffer {
    const payload = siteCommitPayload(commit);
    return signedSiteCommit(payload, signSsh(key, GIT_NAMESPACE, payload));
  }

  /** Moves the site's ref to a commit with these raw bytes. */
  promote(site: string, bytes: Buffer): string {
    const id = this.object("commit", bytes);
    this.ref(`refs/heads/sites/${site}`, id);
    return id;
  }

  /** Moves branch `trust` to what `trustFiles` holds. */
  publishTrust(parent?: string): string {
    const tree = this.tree(this.trustFiles);
    const who = "Skerry <skerry@fleet.invalid> 1795000000 +0000";
    const id = this.object(
      "commit",
      `tree ${tree}\n${parent === undefined ? "" : `parent ${parent}\n`}author ${who}\ncommitter ${who}\n\ntrust\n`,
    );
    this.ref("refs/heads/trust", id);
    return id;
  }

  /** The whole ordinary way: a release that gives `site` these files, and its commit. */
  deliver(
    site: string,
    release: number,
    seq: number,
    files: ReadonlyMap<string, Buffer | string>,
    change: Partial<SiteCommit> = {},
  ): string {
    this.release(
      release,
      new Map([
        ["aaaa", `sha256:${"0".repeat(64)}`],
        [site, digestOf(files)],
      ]),
    );
    this.publishTrust();
    return this.promote(site, this.signed(this.commit(site, release, seq, this.tree(files), change)));
  }
}

export function digestOf(files: ReadonlyMap<string, Buffer | string>): string {
  return siteTreeDigest(Array.from(files, ([path, bytes]) => ({ path, bytes: Buffer.from(bytes) })));
}

export function leafOf(site: string, digest: string): Buffer {
  return siteLeaf(site, Buffer.from(digest.slice("sha256:".length), "hex"));
}

export const PLAN: Plan = {
  format: "skerry.plan/1",
  kubernetes: "1.36",
  agent: { min: "0.1.0", pollSeconds: 300, window: null },
  units: { boards: { kind: "app", serviceAccount: null, dataVersion: 1, deadlineSeconds: 300, quietSeconds: 30, probes: [] } },
  steps: [{ stage: "40-apps", unit: "boards", objects: ["/ConfigMap/boards/settings"] }],
  consents: [],
};

export const MANIFEST = "manifests/40-apps/boards/configmap_boards_settings.yaml";

/** A small site tree whose one manifest says `text`. */
export function siteFiles(text: string, plan: Partial<Plan> = {}): Map<string, Buffer | string> {
  return new Map([
    ["plan.json", writePlan({ ...PLAN, ...plan })],
    [MANIFEST, `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings, namespace: boards }\ndata: { text: "${text}" }\n`],
    ["nodes/1/cloud-config.yaml", `#cloud-config\nhostname: ${text}\n`],
  ]);
}
