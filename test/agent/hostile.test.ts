import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { canonicalDocument, limits, type Reason } from "../../core/index.ts";
import { generateSigningKey, GIT_NAMESPACE, signSsh } from "../../trust/index.ts";
import { signedSiteCommit, type SiteCommit, siteCommitPayload } from "../../wire/index.ts";
import { Box } from "./box.ts";
import { digestOf, Forge, MANIFEST, siteFiles } from "./forge.ts";

/**
 * One box runs release 1 with seq 5. Then a server tries everything it can think of, each time through the agent's own fetch, and each
 * time the box says which attack it saw and goes on running release 1.
 */
const SITE = "eddm";
const FIRST = siteFiles("first");
const NEXT = siteFiles("next");

let root: string;
let forge: Forge;
let box: Box;
let running: Record<string, string> | undefined;

beforeAll(async () => {
  root = mkdtempSync("/tmp/skerry-forge-");
  forge = new Forge(join(root, "fleet.git"));
  forge.deliver(SITE, 1, 5, FIRST);
  box = new Box(SITE, forge.folder, forge.trustBytes);
  expect(await box.once()).toBe(0);
  running = box.target();
  expect(running).toEqual(Object.fromEntries(FIRST));
  forge.release(
    2,
    new Map([
      ["aaaa", `sha256:${"0".repeat(64)}`],
      [SITE, digestOf(NEXT)],
    ]),
  );
  forge.publishTrust();
});

afterAll(() => {
  box.remove();
  rmSync(root, { recursive: true, force: true });
});

/** A commit of release 2 that is right in everything but what `change` says. */
function order(change: Partial<SiteCommit> = {}): SiteCommit {
  return forge.commit(SITE, 2, 6, forge.tree(NEXT), change);
}

/** Releases a tree that was made by hand; its digest is whatever the release claims. */
function orderOfTree(tree: string, digest = `sha256:${"7".repeat(64)}`): Buffer {
  forge.release(3, new Map([[SITE, digest]]));
  forge.publishTrust();
  return forge.signed(forge.commit(SITE, 3, 6, tree));
}

function orderOfFiles(files: ReadonlyMap<string, Buffer | string>): Buffer {
  return orderOfTree(forge.tree(files), digestOf(files));
}

const blob = (text: string): string => forge.object("blob", text);

/** One folder below another, down to `depth`. */
function nested(depth: number): string {
  let tree = forge.rawTree([["100644", "leaf", blob("x")]]);
  for (let level = 0; level < depth; level++) tree = forge.rawTree([["40000", "a", tree]]);
  return tree;
}

function withRootEntry(mode: string, name: string, id: string): string {
  const files = siteFiles("rooted");
  const entry: readonly [string, string, string] = [mode, name, id];
  const plan: readonly [string, string, string] = ["100644", "plan.json", blob(String(files.get("plan.json")))];
  return forge.rawTree([entry, plan].toSorted((one, other) => (one[1] < other[1] ? -1 : 1)));
}

const ATTACKS: Readonly<Record<string, readonly [Reason, () => Buffer | string]>> = {
  // signature
  "an unsigned commit": ["unsigned", () => siteCommitPayload(order())],
  "a commit by a key that nobody knows": ["unknown-key", () => forge.signed(order(), generateSigningKey("stranger"))],
  "a commit by the release key, which may not promote": ["wrong-role", () => forge.signed(order(), forge.key("release"))],
  "a signature that was made for something else": ["wrong-namespace", () => resigned("ssh")],
  "a signature of another commit": [
    "bad-signature",
    () => {
      const payload = siteCommitPayload(order());
      return signedSiteCommit(payload, signSsh(forge.key("promote"), GIT_NAMESPACE, siteCommitPayload(order({ seconds: 1 }))));
    },
  ],
  "a second signature header": [
    "bad-commit",
    () => {
      const text = forge.signed(order()).toString("latin1");
      const header = /gpgsig [\s\S]*?-----END SSH SIGNATURE-----\n/.exec(text)?.[0] as string;
      return Buffer.from(text.replace(header, header + header), "latin1");
    },
  ],
  "a header that git does not check": ["bad-commit", () => edited((text) => text.replace("\n\n", "\nencoding latin1\n\n"))],
  "bytes after the last trailer": ["bad-commit", () => edited((text) => `${text}Skerry-Tree: sha256:${"0".repeat(64)}\n`)],
  "a commit without its proof": ["bad-commit", () => edited((text) => text.replace(/Skerry-Proof: .*\n/, ""))],
  "a commit of 17 KB": ["bad-commit", () => edited((text) => text.replace("Skerry-Fleet", `${"x".repeat(17_000)}\nSkerry-Fleet`))],
  // identity
  "a commit for another fleet": ["wrong-fleet", () => forge.signed(order({ fleet: "harbours" }))],
  "a commit for another site": ["wrong-site", () => forge.signed(order({ site: "kjfk" }))],
  // release
  "the proof of another leaf": ["bad-proof", () => forge.signed(order({ proof: { index: 0, hashes: order().proof.hashes } }))],
  "an empty proof": ["bad-proof", () => forge.signed(order({ proof: { index: 0, hashes: [] } }))],
  "a tree that was never released": [
    "bad-proof",
    () => {
      const files = siteFiles("never released");
      return forge.signed(order({ tree: forge.tree(files), treeDigest: digestOf(files) }));
    },
  ],
  "a release tag by a key without the role": ["release-not-signed", () => tagged({}, forge.key("promote"))],
  "a release tag by a stranger": ["release-not-signed", () => tagged({}, generateSigningKey("stranger"))],
  "a release tag of another fleet": ["wrong-release", () => tagged({ fleet: "harbours" })],
  "the tag of another release under this one's name": [
    "wrong-release",
    () => {
      forge.trustFiles.set("releases/2.tag", forge.trustFiles.get("releases/1.tag") as Buffer);
      forge.publishTrust();
      return forge.signed(order());
    },
  ],
  "a tag with a line too many": [
    "bad-tag",
    () => {
      const tag = (forge.trustFiles.get("releases/2.tag") as Buffer).toString("latin1");
      forge.trustFiles.set("releases/2.tag", Buffer.from(tag.replace("\nSkerry-Source", "\nSkerry-Extra: 1\nSkerry-Source"), "latin1"));
      forge.publishTrust();
      return forge.signed(order());
    },
  ],
  "a release whose tag has not come yet": [
    "release-not-yet-known",
    () => {
      forge.trustFiles.delete("releases/2.tag");
      forge.publishTrust();
      return forge.signed(order());
    },
  ],
  // seq
  "a lower seq": ["rollback", () => forge.signed(order({ seq: 4 }))],
  "the same seq with another tree": ["seq-conflict", () => forge.signed(order({ seq: 5 }))],
  "the same seq with the same tree": ["seq-conflict", () => forge.signed(forge.commit(SITE, 1, 5, forge.tree(FIRST), { seconds: 9 }))],
  "a seq far above all others": ["seq-jump", () => forge.signed(order({ seq: 5 + limits.seqJump + 1 }))],
  "the highest seq there is": ["seq-jump", () => forge.signed(order({ seq: Number.MAX_SAFE_INTEGER }))],
  // tree
  "one changed blob under a true digest": [
    "wrong-tree",
    () => forge.signed(order({ tree: forge.tree(new Map(NEXT).set(MANIFEST, "kind: Other\n")) })),
  ],
  "a changed plan under a true digest": [
    "wrong-tree",
    () => {
      const plan = siteFiles("x", { kubernetes: "1.35" }).get("plan.json") as string;
      return forge.signed(order({ tree: forge.tree(new Map(NEXT).set("plan.json", plan)) }));
    },
  ],
  "a blob of the running release spliced in": [
    "wrong-tree",
    () => forge.signed(order({ tree: forge.tree(new Map(NEXT).set(MANIFEST, FIRST.get(MANIFEST) as string)) })),
  ],
  "a folder named ..": ["bad-object", () => orderOfTree(withRootEntry("40000", "..", forge.tree(FIRST)))],
  "a file named .git": ["bad-object", () => orderOfTree(withRootEntry("100644", ".git", blob("gitdir: /etc")))],
  "a name with a slash": ["bad-object", () => orderOfTree(withRootEntry("100644", "nodes/../../x", blob("x")))],
  "a name in another alphabet": ["bad-tree", () => orderOfFiles(new Map(siteFiles("x")).set("nodes/1/fіle", "x"))],
  "a symlink": ["bad-tree", () => orderOfTree(withRootEntry("120000", "nodes", blob("/etc")))],
  "a submodule": ["bad-tree", () => orderOfTree(withRootEntry("160000", "nodes", "3".repeat(40)))],
  "an executable file": ["bad-tree", () => orderOfTree(withRootEntry("100755", "nodes", blob("x")))],
  "two entries of one name": [
    "bad-object",
    () =>
      orderOfTree(
        forge.rawTree([
          ["100644", "plan.json", blob("a")],
          ["100644", "plan.json", blob("b")],
        ]),
      ),
  ],
  "two names that differ in case": ["bad-tree", () => orderOfFiles(new Map(siteFiles("x")).set("nodes/1/A", "x").set("nodes/1/a", "y"))],
  "a manifest that the plan does not name": [
    "bad-tree",
    () => orderOfFiles(new Map(siteFiles("x")).set("manifests/40-apps/boards/secret_-_x.yaml", "x")),
  ],
  "a plan whose object has no file": [
    "bad-tree",
    () => {
      const files = new Map(siteFiles("x"));
      files.delete(MANIFEST);
      return orderOfFiles(files);
    },
  ],
  "an empty folder": ["bad-tree", () => orderOfTree(withRootEntry("40000", "nodes", forge.object("tree", "")))],
  "a tree in a file's place": ["bad-object", () => orderOfTree(withRootEntry("100644", "nodes", nested(1)))],
  // size
  "a file of more than 1 MB": [
    "tree-too-large",
    () => orderOfFiles(new Map(siteFiles("x")).set("nodes/1/large", Buffer.alloc(limits.blobBytes + 1))),
  ],
  "32 MB in small files that pack to nothing": [
    "tree-too-large",
    () => {
      const files = new Map(siteFiles("x"));
      for (let index = 0; index < 34; index++) files.set(`nodes/1/zero-${index}`, Buffer.alloc(limits.blobBytes - index));
      return orderOfFiles(files);
    },
  ],
  "12,001 entries": [
    "tree-too-large",
    () => {
      const one = blob("x");
      const names = Array.from({ length: limits.treeEntries + 1 }, (_, index) => String(index).padStart(5, "0"));
      return orderOfTree(withRootEntry("40000", "nodes", forge.rawTree(names.map((name) => ["100644", name, one] as const))));
    },
  ],
  "folders 17 deep": ["tree-too-large", () => orderOfTree(nested(limits.treeDepth + 1))],
  "ten folders in each of ten folders, eight times over": [
    "tree-too-large",
    () => {
      let tree = forge.rawTree([["100644", "leaf", blob("x")]]);
      for (let level = 0; level < 8; level++)
        tree = forge.rawTree(Array.from({ length: 10 }, (_, index) => ["40000", `f${index}`, tree] as const));
      return orderOfTree(tree);
    },
  ],
  "a pack of more than 16 MB": [
    "too-large",
    () => {
      const noise = Array.from({ length: 18 }, (_, index) => [`nodes/1/${index}`, noiseOf(990_000, index)] as const);
      return orderOfFiles(new Map<string, Buffer | string>([...siteFiles("x"), ...noise]));
    },
  ],
  // plan
  "a plan with a field nobody knows": ["bad-plan", () => orderOfPlan((text) => text.replace('"consents"', '"consent":[],"consents"'))],
  "a plan that is not canonical": ["bad-plan", () => orderOfPlan((text) => ` ${text}`)],
  "a plan in a format of the future": ["agent-too-old", () => orderOfPlan((text) => text.replace("skerry.plan/1", "skerry.plan/2"))],
  "a plan for a newer agent": ["agent-too-old", () => orderOfPlan((text) => text.replace('"min":"0.1.0"', '"min":"99.0.0"'))],
  "a plan without steps": ["empty-tree", () => orderOfPlan((text) => canonicalDocument({ ...JSON.parse(text), steps: [], units: {} }))],
  "a window that no clock knows": [
    "bad-plan",
    () => orderOfPlan((text) => text.replace('"window":null', '"window":{"cron":"0 2 31 2 *","minutes":60,"timeZone":"Mars/Olympus"}')),
  ],
  "a retirement that the plan does not know of": ["retired-mismatch", () => forge.signed(order({ retired: "erase" }))],
  // git's own check
  "a commit with two tree headers": [
    "bad-object",
    () => {
      const text = forge.signed(order()).toString("latin1");
      return Buffer.from(text.replace("\n", `\ntree ${forge.tree(FIRST)}\n`), "latin1");
    },
  ],
  "a commit without an author": ["bad-object", () => edited((text) => text.replace(/author .*\n/, ""))],
  "a ref that names a blob": ["bad-object", () => blob("I am a commit")],
  "a ref that names a tree": ["bad-object", () => forge.tree(NEXT)],
};

function resigned(namespace: string): Buffer {
  const payload = siteCommitPayload(order());
  return signedSiteCommit(payload, signSsh(forge.key("promote"), namespace, payload));
}

function edited(edit: (text: string) => string): Buffer {
  return Buffer.from(edit(forge.signed(order()).toString("latin1")), "latin1");
}

function tagged(change: Parameters<Forge["release"]>[2], key = forge.key("release")): Buffer {
  forge.release(4, new Map([[SITE, digestOf(NEXT)]]), change, key);
  forge.publishTrust();
  return forge.signed(forge.commit(SITE, 4, 6, forge.tree(NEXT)));
}

function orderOfPlan(edit: (text: string) => string): Buffer {
  const files = new Map(siteFiles("x"));
  return orderOfFiles(files.set("plan.json", edit(String(files.get("plan.json")))));
}

/** Bytes that no compression shortens, the same in each run. */
function noiseOf(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = 123_456_789 + seed * 7_919;
  for (let index = 0; index < length; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[index] = state & 0xff;
  }
  return bytes;
}

/** The word that the box says: of the release, or of the line that brought it. */
async function wordOf(): Promise<Reason | undefined> {
  const code = await box.once();
  expect([1, 3]).toContain(code);
  return box.lines.findLast((line) => line.reason !== undefined && line.level === "warn")?.reason;
}

describe("a hostile server", () => {
  for (const [attack, [reason, make]] of Object.entries(ATTACKS)) {
    test(`${attack} is refused: ${reason}`, async () => {
      const tag = forge.trustFiles.get("releases/2.tag") as Buffer;
      const made = make();
      if (typeof made === "string") forge.ref(`refs/heads/sites/${SITE}`, made);
      else forge.promote(SITE, made);
      try {
        expect(await wordOf()).toBe(reason);
        const journal = await box.journal();
        expect(journal.seen?.seq).toBe(5);
        expect(journal.candidate).toBeNull();
        expect(journal.state).toBe("IDLE");
        expect(box.target()).toEqual(running);
      } finally {
        forge.trustFiles.set("releases/2.tag", tag);
        forge.publishTrust();
      }
    });
  }

  test("after all of them an honest release is taken at once", async () => {
    forge.promote(SITE, forge.signed(order()));
    expect(await box.once()).toBe(0);
    expect(box.target()).toEqual(Object.fromEntries(NEXT));
    expect((await box.journal()).previous?.seq).toBe(5);
  });
});
