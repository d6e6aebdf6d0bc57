import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { canonicalDocument, type Clock, type Reason } from "../../../core/index.ts";
import { generateSigningKey, type SigningKey } from "../../../trust/index.ts";
import type { SiteCommit } from "../../../wire/index.ts";
import { Box } from "../fixtures/box.ts";
import { digestOf, Forge, siteFiles } from "../fixtures/forge.ts";
import { HostileServer } from "./hostile-server.ts";

export const SITE = "eddm";
export const FIRST = siteFiles("first");
export const NEXT = siteFiles("next");

type Files = ReadonlyMap<string, Buffer | string>;
/** Bytes of a site commit, or the id of what the site's ref shall name; undefined leaves the ref alone. */
type Made = Buffer | string | undefined;
/** The word that must come out, and what to serve. */
export type Attack = readonly [Reason, (stage: Stage) => Made];
export type Attacks = Readonly<Record<string, Attack>>;

/** What the box said and did about one attack. */
export interface Blow {
  readonly word: Reason | undefined;
  readonly detail: string | undefined;
  readonly code: number;
  readonly seconds: number;
  /** How much the agent's own process grew; git's are held by the kernel. */
  readonly grownBytes: number;
}

/** A box that runs release 1 with seq 5, a release 2 that is ready for it, and a server that may put anything in its place. */
export class Stage {
  readonly forge: Forge;
  readonly server: HostileServer;
  readonly box: Box;
  readonly stranger = generateSigningKey("stranger");
  readonly #root: string;
  #trustFiles: ReadonlyMap<string, Buffer> = new Map();

  private constructor(root: string, forge: Forge, server: HostileServer, box: Box) {
    this.#root = root;
    this.forge = forge;
    this.server = server;
    this.box = box;
  }

  static async open(): Promise<Stage> {
    const root = mkdtempSync("/tmp/skerry-hostile-");
    const forge = new Forge(join(root, "fleet.git"));
    const server = new HostileServer(forge);
    const stage = new Stage(root, forge, server, new Box(SITE, await server.open(), forge.trustBytes));
    forge.deliver(SITE, 1, 5, FIRST);
    if ((await stage.box.once()) !== 0) throw new Error(`the first release did not go in: ${JSON.stringify(stage.box.lines)}`);
    stage.release(2, digestOf(NEXT));
    stage.#trustFiles = new Map(forge.trustFiles);
    return stage;
  }

  async close(): Promise<void> {
    await this.server.close();
    this.box.remove();
    rmSync(this.#root, { recursive: true, force: true });
  }

  /** One attack through the agent's own fetch; afterwards branch trust and the server are honest again. */
  async strike(make: Attack[1], clock?: Clock): Promise<Blow> {
    const made = make(this);
    if (typeof made === "string") this.forge.ref(`refs/heads/sites/${SITE}`, made);
    else if (made !== undefined) this.forge.promote(SITE, made);
    const begun = performance.now();
    const before = process.memoryUsage.rss();
    let peak = before;
    const look = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 2);
    try {
      const code = await this.box.once(clock);
      const line = this.box.lines.findLast(({ reason, level }) => reason !== undefined && level === "warn");
      return { word: line?.reason, detail: line?.detail, code, seconds: (performance.now() - begun) / 1000, grownBytes: peak - before };
    } finally {
      clearInterval(look);
      this.server.swap = undefined;
      this.forge.trustFiles.clear();
      for (const [path, bytes] of this.#trustFiles) this.forge.trustFiles.set(path, bytes);
      this.forge.publishTrust();
    }
  }

  /** All that must never change by an attack: path -> bytes. The journal and the report may say that there was one. */
  durable(): Record<string, string> {
    const entries = readdirSync(this.box.config.state, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const paths = entries
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => !/\/(journal\.[01]|report\.json)$/.test(path));
    return Object.fromEntries(paths.map((path) => [path.slice(this.box.config.state.length), readFileSync(path, "latin1")]));
  }

  /** A commit of release 2 that is right in everything but what `change` says. */
  order(change: Partial<SiteCommit> = {}): SiteCommit {
    return this.forge.commit(SITE, 2, 6, this.forge.tree(NEXT), change);
  }

  signed(change: Partial<SiteCommit> = {}, key?: SigningKey): Buffer {
    return this.forge.signed(this.order(change), key);
  }

  /** The right commit with its text changed after it was signed. */
  edited(edit: (text: string) => string): Buffer {
    return Buffer.from(edit(this.signed().toString("latin1")), "latin1");
  }

  release(release: number, digest: string, change: Parameters<Forge["release"]>[2] = {}, key = this.forge.key("release")): void {
    const sites: [string, string][] = [
      ["aaaa", `sha256:${"0".repeat(64)}`],
      [SITE, digest],
    ];
    this.forge.release(release, new Map(sites), change, key);
    this.forge.publishTrust();
  }

  /** Right in all but the release's tag. */
  tagged(change: Parameters<Forge["release"]>[2], key?: SigningKey): Buffer {
    this.release(4, digestOf(NEXT), change, key);
    return this.forge.signed(this.forge.commit(SITE, 4, 6, this.forge.tree(NEXT)));
  }

  /** Edits what branch trust holds, and lets the right commit follow. */
  trusting(edit: (files: Map<string, Buffer>) => void): Buffer {
    edit(this.forge.trustFiles);
    this.forge.publishTrust();
    return this.signed();
  }

  /** Releases a tree that was made by hand; its digest is whatever the release claims. */
  treed(tree: string, digest = `sha256:${"7".repeat(64)}`): Buffer {
    this.release(3, digest);
    return this.forge.signed(this.forge.commit(SITE, 3, 6, tree));
  }

  filed(files: Files): Buffer {
    return this.treed(this.forge.tree(files), digestOf(files));
  }

  planned(edit: (text: string) => string): Buffer {
    const files = new Map(siteFiles("x"));
    return this.filed(files.set("plan.json", edit(String(files.get("plan.json")))));
  }

  plannedWith(change: object): Buffer {
    return this.planned((text) => canonicalDocument({ ...JSON.parse(text), ...change }));
  }

  blob(bytes: Buffer | string): string {
    return this.forge.object("blob", bytes);
  }

  /** A root with plan.json and one entry of any kind. */
  rooted(mode: string, name: string, id: string): Buffer {
    const plan: readonly [string, string, string] = ["100644", "plan.json", this.blob(String(NEXT.get("plan.json")))];
    const entries = [[mode, name, id] as const, plan];
    return this.treed(this.forge.rawTree(entries.toSorted((one, other) => (one[1] < other[1] ? -1 : 1))));
  }

  /** One folder below another, down to `depth`. */
  nested(depth: number): string {
    let tree = this.forge.rawTree([["100644", "leaf", this.blob("x")]]);
    for (let level = 0; level < depth; level++) tree = this.forge.rawTree([["40000", "a", tree]]);
    return tree;
  }
}
