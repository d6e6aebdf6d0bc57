import { encodeTree, FILE_MODE, FOLDER_MODE, objectId, type ObjectKind, siteTreeDigest, type TreeEntry } from "../../../git/index.ts";
import {
  createKeySet,
  generateSigningKey,
  GIT_NAMESPACE,
  MerkleTree,
  signDocument,
  type SigningKey,
  siteLeaf,
  signSsh,
  TRUST_NAMESPACE,
} from "../../../trust/index.ts";
import type { Trust } from "../../../core/index.ts";
import {
  manifestPath,
  type Plan,
  releaseTagPayload,
  signedReleaseTag,
  signedSiteCommit,
  type SiteCommit,
  siteCommitPayload,
  writePlan,
  writeTrustDocument,
} from "../../../wire/index.ts";
import { Chance } from "../schedule/chance.ts";
import { DEADLINE_SECONDS, type Nature, NATURES, natureOf, QUIET_SECONDS } from "./behaviour.ts";

export const FLEET = "airports";
export const SITE = "eddm";
/** Stands in every tree's manifest of a Secret, and must stand nowhere else. */
export const CANARY = "canary-7f3a9c";
/** Release 1, which trust version 4 forbids. */
export const FORBIDDEN = "good-a";
/** What trust version 4 sets the site's counter to. */
export const RESET_SEQ = 2;
/** Releases of another fleet under the same keys have numbers above this. */
const OTHER_FLEET = 500;
/** Signed times lie before the start of every schedule. */
const SIGNED_SECONDS = Date.UTC(2026, 10, 20, 4) / 1000;

export interface StoredObject {
  readonly kind: ObjectKind;
  readonly body: Buffer;
}

/** A tree of the prepared fleet with all that names it. */
export interface FleetTree {
  readonly nature: Nature;
  readonly release: number;
  readonly plan: Plan;
  readonly files: ReadonlyMap<string, Buffer>;
  readonly digest: string;
  /** git's SHA-1 id. */
  readonly id: string;
}

/** What a promotion says; all but nature and seq is as an honest promoter does it. */
export interface Promotion {
  readonly nature: string;
  readonly seq: number;
  readonly urgent?: boolean;
  readonly signer?: Signer;
  readonly lie?: Lie;
}

export type Signer = "promote" | "promote-new" | "release" | "stranger";

/** What is wrong with a site commit that must be refused. */
export type Lie = "wrong-site" | "wrong-fleet" | "wrong-tree" | "bad-proof" | "no-tag" | "garbled" | "conflict" | "jump" | "stranger";

/**
 * One fleet with real keys, commits, tags and trust documents, made once for all schedules of a process. Every signature is real, so what an
 * agent accepts, any agent would.
 */
export class Fleet {
  readonly trees = new Map<string, FleetTree>();
  readonly #objects = new Map<string, StoredObject>();
  readonly #keys: ReadonlyMap<string, SigningKey>;
  readonly #trustFiles: readonly Buffer[];
  readonly #tags = new Map<string, Buffer>();
  readonly #byDigest = new Map<string, FleetTree>();
  readonly #commits = new Map<string, string>();
  readonly #trustTips = new Map<string, string>();
  readonly #merkle: readonly MerkleTree[];

  constructor() {
    const random = new Chance(1).asPort();
    const made = createKeySet(FLEET, { random });
    this.#keys = new Map([
      ...made.keys,
      ["promote-new", generateSigningKey("promote-new@airports", random)],
      ["stranger", generateSigningKey("stranger@nowhere", random)],
    ]);
    this.#trustFiles = this.#trustChain(made.trust.signed).map((document) => Buffer.from(writeTrustDocument(document)));
    for (const [index, nature] of NATURES.entries()) this.trees.set(nature.name, this.#makeTree(nature, index + 1));
    for (const tree of this.trees.values()) if (tree.nature.again === null) this.#byDigest.set(tree.digest, tree);
    this.#merkle = [...this.trees.values()].map(({ digest }) => {
      const tree = Buffer.from(digest.slice("sha256:".length), "hex");
      // The other site runs the same, so that nothing but its name tells its commits apart.
      return new MerkleTree([siteLeaf("aaaa", tree), siteLeaf(SITE, tree)]);
    });
    for (const tree of this.trees.values()) {
      this.#tags.set(`releases/${tree.release}.tag`, this.#tag(tree));
      this.#tags.set(`releases/${tree.release + OTHER_FLEET}.tag`, this.#tag(tree, "harbours"));
    }
  }

  get provisionedTrust(): Buffer {
    return this.#trustFiles[0] as Buffer;
  }

  get trustVersions(): number {
    return this.#trustFiles.length;
  }

  tree(nature: string): FleetTree {
    const found = this.trees.get(nature);
    if (found === undefined) throw new Error(`the prepared fleet has no release "${nature}"`);
    return found;
  }

  /** Of several releases with this tree the first. */
  tryTreeBy(digest: string): FleetTree | undefined {
    return this.#byDigest.get(digest);
  }

  /** The signed tag of a release, as the agent keeps it in a slot. */
  tag(release: number): Buffer | undefined {
    return this.#tags.get(`releases/${release}.tag`);
  }

  tryObject(id: string): StoredObject | undefined {
    return this.#objects.get(id);
  }

  /** The id of the site commit that says this. */
  commit(promotion: Promotion): string {
    const key = JSON.stringify(promotion);
    const known = this.#commits.get(key);
    if (known !== undefined) return known;
    const id = this.#object("commit", this.#commitBytes(promotion));
    this.#commits.set(key, id);
    return id;
  }

  /** The tip of branch `trust` that holds versions 1 to `version`. `broken`: the last of them was changed after it was signed. */
  trustTip(version: number, broken = false): string {
    const key = `${version} ${broken}`;
    const known = this.#trustTips.get(key);
    if (known !== undefined) return known;
    const files = new Map(this.#tags);
    for (const [index, bytes] of this.#trustFiles.slice(0, version).entries()) files.set(`trust/${index + 1}.json`, bytes);
    if (broken) {
      const last = (this.#trustFiles[version - 1] as Buffer).toString("latin1");
      files.set(`trust/${version}.json`, Buffer.from(last.replace('"reason":"', '"reason":"not '), "latin1"));
    }
    const who = "Skerry <skerry@fleet.invalid> 1795000000 +0000";
    const tip = this.#object("commit", Buffer.from(`tree ${this.#tree(files)}\nauthor ${who}\ncommitter ${who}\n\ntrust\n`));
    this.#trustTips.set(key, tip);
    return tip;
  }

  /**
   * Version 2 brings a second promote key, version 3 revokes the first one, version 4 sets the site's counter back and forbids release 1.
   */
  #trustChain(first: Trust): ReturnType<typeof signDocument<Trust>>[] {
    const key = (name: string): SigningKey => this.#keys.get(name) as SigningKey;
    const old = key("promote").publicKey.fingerprint;
    const fresh = key("promote-new").publicKey;
    const second: Trust = {
      ...first,
      version: 2,
      keys: { ...first.keys, [fresh.fingerprint]: fresh.line },
      roles: { ...first.roles, promote: { threshold: 1, keys: [old, fresh.fingerprint].sort() } },
    };
    const third: Trust = {
      ...second,
      version: 3,
      roles: {
        ...second.roles,
        promote: { threshold: 1, keys: [fresh.fingerprint] },
        freshness: { threshold: 1, keys: [fresh.fingerprint] },
      },
      revoked: [{ key: old, reason: "stolen" }],
    };
    const fourth: Trust = { ...third, version: 4, resets: { [SITE]: RESET_SEQ }, minRelease: 2 };
    return [first, second, third, fourth].map((trust) => signDocument(trust, TRUST_NAMESPACE, [key("root")]));
  }

  #makeTree(nature: Nature, release: number): FleetTree {
    const told = nature.again === null ? nature : natureOf(nature.again);
    const plan = planOf(told);
    const files = filesOf(told, plan);
    const digest = siteTreeDigest(Array.from(files, ([path, bytes]) => ({ path, bytes })));
    return { nature, release, plan, files, digest, id: this.#tree(files) };
  }

  #commitBytes({ nature, seq, urgent = false, signer = "promote", lie }: Promotion): Buffer {
    const tree = this.tree(nature);
    const other = this.tree(nature === "good-a" ? "good-b" : "good-a");
    const commit: SiteCommit = {
      tree: lie === "wrong-tree" ? other.id : tree.id,
      parent: null,
      seconds: SIGNED_SECONDS + seq * 60,
      fleet: lie === "wrong-fleet" ? "harbours" : FLEET,
      site: lie === "wrong-site" ? "aaaa" : SITE,
      seq,
      release: lie === "no-tag" ? 999 : tree.release + (lie === "wrong-fleet" ? OTHER_FLEET : 0),
      treeDigest: tree.digest,
      proof: (this.#merkle[tree.release - 1] as MerkleTree).proof(lie === "bad-proof" || lie === "wrong-site" ? 0 : 1),
      urgent,
      retired: natureOf(nature).retired,
    };
    const payload = siteCommitPayload(commit);
    const bytes = signedSiteCommit(payload, signSsh(this.#keys.get(signer) as SigningKey, GIT_NAMESPACE, payload));
    return lie === "garbled" ? Buffer.concat([bytes, Buffer.from("\n")]) : bytes;
  }

  #tag({ release: own }: FleetTree, fleet = FLEET): Buffer {
    const merkle = this.#merkle[own - 1] as MerkleTree;
    const release = own + (fleet === FLEET ? 0 : OTHER_FLEET);
    const payload = releaseTagPayload({
      object: "1".repeat(40),
      name: `release/${release}`,
      seconds: SIGNED_SECONDS,
      fleet,
      release,
      source: "2".repeat(40),
      sites: { count: 2, root: merkle.root.toString("hex") },
      consents: [],
    });
    return signedReleaseTag(payload, signSsh(this.#keys.get("release") as SigningKey, GIT_NAMESPACE, payload));
  }

  #object(kind: ObjectKind, body: Buffer): string {
    const id = objectId(kind, body).toString("hex");
    this.#objects.set(id, { kind, body });
    return id;
  }

  #tree(files: ReadonlyMap<string, Buffer>): string {
    const folders = new Map<string, Map<string, Buffer>>();
    const entries: TreeEntry[] = [];
    for (const [path, bytes] of files) {
      const [top, ...rest] = path.split("/") as [string, ...string[]];
      if (rest.length === 0) entries.push({ mode: FILE_MODE, name: top, id: Buffer.from(this.#object("blob", bytes), "hex") });
      else folders.set(top, (folders.get(top) ?? new Map<string, Buffer>()).set(rest.join("/"), bytes));
    }
    for (const [name, inner] of folders) entries.push({ mode: FOLDER_MODE, name, id: Buffer.from(this.#tree(inner), "hex") });
    return this.#object("tree", encodeTree(entries));
  }
}

const SETTINGS = { group: "", kind: "ConfigMap", namespace: "boards", name: "settings" };
const SECRET = { group: "", kind: "Secret", namespace: "boards", name: "token" };

/** Every second release has an object more than the others, so that most updates take one away or bring one. */
function objectsOf({ name }: Nature): readonly (typeof SETTINGS)[] {
  return name.endsWith("b") || !name.includes("-") ? [SETTINGS, SECRET] : [SETTINGS];
}

function planOf(nature: Nature): Plan {
  const agent = { min: "0.1.0", pollSeconds: 120, window: nature.window };
  const base = { format: "skerry.plan/1", kubernetes: "1.36", agent, consents: [] } as const;
  if (nature.retired !== null) return { ...base, units: {}, steps: [], retired: nature.retired };
  const probes = nature.isProbed ? [{ http: { namespace: "boards", service: "boards", port: 80, path: "/healthz" } }] : [];
  const times = { deadlineSeconds: DEADLINE_SECONDS, quietSeconds: QUIET_SECONDS };
  const objects = objectsOf(nature).map((object) => `${object.group}/${object.kind}/${object.namespace}/${object.name}`);
  return {
    ...base,
    units: { boards: { kind: "app", serviceAccount: null, dataVersion: nature.dataVersion, ...times, probes } },
    steps: [{ stage: "40-apps", unit: "boards", objects }],
  };
}

function filesOf(nature: Nature, plan: Plan): Map<string, Buffer> {
  const files = new Map([["plan.json", Buffer.from(writePlan(plan))]]);
  files.set("nodes/1/cloud-config.yaml", Buffer.from(`#cloud-config\nhostname: ${nature.name}\n`));
  if (nature.retired !== null) return files;
  for (const object of objectsOf(nature)) {
    const head = `apiVersion: v1\nkind: ${object.kind}\nmetadata: { name: ${object.name}, namespace: boards }\n`;
    const body = object === SECRET ? `stringData: { token: "${CANARY}" }\n` : `data: { nature: "${nature.name}" }\n`;
    files.set(manifestPath("40-apps", "boards", object), Buffer.from(head + body));
  }
  return files;
}
