import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { readFileSync } from "node:fs";
import { limits, type Reason, type Trust } from "../../../core/index.ts";
import { CacheDamaged, objectId, type RawReader } from "../../../git/index.ts";
import { createKeySet, generateSigningKey, GIT_NAMESPACE, signDocument, signSsh, TRUST_NAMESPACE } from "../../../trust/index.ts";
import { readTrustDocument, signedSiteCommit, siteCommitPayload, writeTrustDocument } from "../../../wire/index.ts";
import { judgeContents } from "../../../agent/verify/contents.ts";
import { type Expectations, judgeTip } from "../../../agent/verify/judge.ts";
import { judgeRelease } from "../../../agent/verify/release.ts";
import { judgeSeq } from "../../../agent/verify/seq.ts";
import { judgeCommit } from "../../../agent/verify/site-commit.ts";
import { readSiteTree } from "../../../agent/verify/site-tree.ts";
import { judgeFirstTrust, judgeNextTrust, versionsFault } from "../../../agent/verify/trust-walk.ts";

/** Bytes in, verdict out: what git's own check would catch on the way is shown to the judges directly. */

interface Vectors {
  readonly sites: readonly { readonly id: string; readonly raw: string; readonly commit: string; readonly treeSha256: string }[];
  readonly tag: { readonly raw: string };
  readonly trust: { readonly document: string };
  readonly plan: string;
}

const vectors = JSON.parse(readFileSync(new URL("../../wire/vectors/vectors.json", import.meta.url), "utf8")) as Vectors;
const eddm = vectors.sites[0] as Vectors["sites"][number];
const identity = { fleet: "airports", site: "eddm" };
const trust = trustOf(vectors.trust.document);
const bytes = Buffer.from(eddm.raw, "latin1");
const proof = { tag: Buffer.from(vectors.tag.raw, "latin1"), signatures: new Map<string, Buffer>() };

function trustOf(document: string): Trust {
  const read = readTrustDocument(Buffer.from(document));
  if ("fault" in read) throw new Error(read.fault);
  return read.value.signed;
}

function reasonIn(verdict: object | undefined): Reason | "passed" {
  return verdict !== undefined && "refusal" in verdict ? (verdict.refusal as Reason) : "passed";
}

function commitOf(raw: Buffer): Extract<ReturnType<typeof judgeCommit>, { value: unknown }>["value"] {
  const verdict = judgeCommit(raw, identity, trust);
  if ("refusal" in verdict) throw new Error(verdict.because);
  return verdict.value;
}

describe("a site commit's own bytes", () => {
  test("the worked example passes, and its proof leads to its release", () => {
    const commit = commitOf(bytes);
    expect(commit.seq).toBe(1);
    expect(reasonIn(judgeRelease(commit, proof, trust))).toBe("passed");
  });

  test("T10: two tree headers are refused without git", () => {
    const doubled = Buffer.from(eddm.raw.replace("\n", `\ntree ${"5".repeat(40)}\n`), "latin1");
    expect(reasonIn(judgeCommit(doubled, identity, trust))).toBe("bad-commit");
  });

  test("T10: a second signature, and one under another header, are refused before a signature is verified", () => {
    const header = /gpgsig [\s\S]*?END SSH SIGNATURE-----\n/.exec(eddm.raw)?.[0] as string;
    for (const extra of [header, header.replace("gpgsig ", "gpgsig-sha256 "), "mergetag object 1\n", "encoding utf-8\n"]) {
      expect(reasonIn(judgeCommit(Buffer.from(eddm.raw.replace(header, header + extra), "latin1"), identity, trust))).toBe("bad-commit");
    }
  });

  test("T1: no single changed byte passes", () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (place, flip) => {
        const changed = Buffer.from(bytes);
        changed[place] = (changed[place] as number) ^ flip;
        expect(reasonIn(judgeCommit(changed, identity, trust))).not.toBe("passed");
      }),
      { numRuns: 300 },
    );
  });

  test("T10: no cut, doubled or extended commit passes", () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.uint8Array({ minLength: 1, maxLength: 40 }), (place, extra) => {
        expect(reasonIn(judgeCommit(bytes.subarray(0, place), identity, trust))).toBe("bad-commit");
        const longer = Buffer.concat([bytes.subarray(0, place), extra, bytes.subarray(place)]);
        expect(reasonIn(judgeCommit(longer, identity, trust))).not.toBe("passed");
      }),
      { numRuns: 200 },
    );
  });

  test("T11, unsigned: an unknown key, a wrong role and a revoked key have different reasons", () => {
    const payload = siteCommitPayload(commitOf(bytes));
    const { keys, trust: document } = createKeySet("airports");
    const by = (name: string) => signedSiteCommit(payload, signSsh(keys.get(name) as never, GIT_NAMESPACE, payload));
    const own = document.signed;
    expect(reasonIn(judgeCommit(by("promote"), identity, own))).toBe("passed");
    expect(reasonIn(judgeCommit(by("root"), identity, own))).toBe("wrong-role");
    expect(reasonIn(judgeCommit(by("promote"), identity, trust))).toBe("unknown-key");
    const revoked = { ...own, revoked: [{ key: keys.get("promote")?.publicKey.fingerprint as string, reason: "lost" }] };
    expect(reasonIn(judgeCommit(by("promote"), identity, revoked))).toBe("revoked-key");
  });

  test("T3, another site: the fleet is checked before the site, and both after the signature", () => {
    expect(reasonIn(judgeCommit(bytes, { fleet: "harbours", site: "kjfk" }, trust))).toBe("wrong-fleet");
    expect(reasonIn(judgeCommit(bytes, { fleet: "airports", site: "kjfk" }, trust))).toBe("wrong-site");
    const unsigned = Buffer.from(eddm.raw.replace(/gpgsig [\s\S]*?END SSH SIGNATURE-----\n/, ""), "latin1");
    expect(reasonIn(judgeCommit(unsigned, { fleet: "harbours", site: "kjfk" }, trust))).toBe("unsigned");
  });
});

describe("a release", () => {
  const commit = commitOf(bytes);

  test("needs its tag, unchanged and of this release and fleet", () => {
    expect(reasonIn(judgeRelease(commit, undefined, trust))).toBe("release-not-yet-known");
    expect(reasonIn(judgeRelease(commit, { ...proof, tag: Buffer.concat([proof.tag, Buffer.from("x")]) }, trust))).toBe("bad-tag");
    expect(reasonIn(judgeRelease({ ...commit, release: 2 }, proof, trust))).toBe("wrong-release");
  });

  test("T3: is proved only for this site and this tree", () => {
    expect(reasonIn(judgeRelease({ ...commit, site: "kjfk" }, proof, trust))).toBe("bad-proof");
    expect(reasonIn(judgeRelease({ ...commit, treeDigest: `sha256:${"0".repeat(64)}` }, proof, trust))).toBe("bad-proof");
    expect(reasonIn(judgeRelease({ ...commit, proof: { ...commit.proof, hashes: [] } }, proof, trust))).toBe("bad-proof");
    expect(reasonIn(judgeRelease({ ...commit, proof: { ...commit.proof, index: 1 } }, proof, trust))).toBe("bad-proof");
  });

  test("counts signatures of current release keys; an unknown key's signature has no effect", () => {
    const stranger = generateSigningKey("stranger");
    const payload = Buffer.from(vectors.tag.raw.slice(0, vectors.tag.raw.indexOf("-----BEGIN")), "latin1");
    const beside = new Map([["x", Buffer.from(signSsh(stranger, GIT_NAMESPACE, payload))]]);
    expect(reasonIn(judgeRelease(commit, { tag: proof.tag, signatures: beside }, trust))).toBe("passed");
    expect(reasonIn(judgeRelease(commit, { tag: payload, signatures: beside }, trust))).toBe("release-not-signed");
  });

  test("below minRelease is refused even when everything else is valid", () => {
    expect(reasonIn(judgeRelease(commit, proof, { ...trust, minRelease: 2 }))).toBe("release-too-old");
  });
});

describe("seq (I3, T2, T6: replayed, or far ahead)", () => {
  const seen = { seq: 41, commit: "a".repeat(40), tree: `sha256:${"0".repeat(64)}` };

  test.each<[string, number, string, typeof seen | null, Reason | "passed"]>([
    ["the next one", 42, "b", seen, "passed"],
    ["the very same commit, whose slot was lost", 41, "a", seen, "passed"],
    ["another commit with the same seq", 41, "b", seen, "seq-conflict"],
    ["a lower one", 37, "b", seen, "rollback"],
    ["the highest allowed jump", 41 + limits.seqJump, "b", seen, "passed"],
    ["one above it", 42 + limits.seqJump, "b", seen, "seq-jump"],
    ["the floor itself on a new box", 7, "b", null, "passed"],
    ["below the floor on a new box", 6, "b", null, "rollback"],
    ["far above the floor on a new box", 7 + limits.seqJump, "b", null, "seq-jump"],
  ])("%s: %i", (_what, seq, digit, before, expected) => {
    expect(reasonIn(judgeSeq({ id: digit.repeat(40), seq }, before, 7))).toBe(expected);
  });
});

/** Objects in memory, so that no git stands between the bytes and the judge. */
class Objects implements RawReader {
  readonly #objects = new Map<string, { readonly kind: "commit" | "tree" | "blob" | "tag"; readonly body: Buffer }>();
  readBytes = 0;

  add(kind: "commit" | "tree" | "blob" | "tag", body: Buffer | string): string {
    const id = objectId(kind, Buffer.from(body)).toString("hex");
    this.#objects.set(id, { kind, body: Buffer.from(body) });
    return id;
  }

  tree(...entries: readonly (readonly [mode: string, name: string, id: string])[]): string {
    return this.add(
      "tree",
      Buffer.concat(entries.map(([mode, name, id]) => Buffer.concat([Buffer.from(`${mode} ${name}\0`, "latin1"), Buffer.from(id, "hex")]))),
    );
  }

  async inspect(ids: readonly string[]): Promise<{ kind: string; size: number }[]> {
    return ids.map((id) => ({ kind: this.#find(id).kind, size: this.#find(id).body.length }));
  }

  async read(ids: readonly string[]): Promise<Buffer[]> {
    const bodies = ids.map((id) => this.#find(id).body);
    this.readBytes += bodies.reduce((sum, body) => sum + body.length, 0);
    return bodies;
  }

  async close(): Promise<void> {}

  #find(id: string) {
    const found = this.#objects.get(id);
    if (!found) throw new CacheDamaged(`object ${id} is missing`);
    return found;
  }
}

describe("a raw tree (T9)", () => {
  const objects = new Objects();
  const file = objects.add("blob", "x");
  const folder = objects.tree(["100644", "1", file]);
  const plan = ["100644", "plan.json", file] as const;

  test.each<[string, Reason, () => string]>([
    ["a name ..", "bad-name", () => objects.tree(["40000", "..", folder], plan)],
    ["a name .", "bad-name", () => objects.tree(["40000", ".", folder], plan)],
    ["a name .git", "bad-name", () => objects.tree(["40000", ".git", folder], plan)],
    ["a name with a slash", "bad-name", () => objects.tree(["100644", "nodes/1", file], plan)],
    ["an empty name", "bad-name", () => objects.tree(["100644", "", file], plan)],
    ["a name of 255 letters", "bad-name", () => objects.tree(["40000", "nodes", objects.tree(["100644", "a".repeat(255), file])], plan)],
    ["a trailing dot", "bad-name", () => objects.tree(["40000", "nodes", objects.tree(["100644", "a.", file])], plan)],
    ["a symlink", "bad-mode", () => objects.tree(["120000", "nodes", file], plan)],
    ["a submodule", "bad-mode", () => objects.tree(["160000", "nodes", "1".repeat(40)], plan)],
    ["an executable", "bad-mode", () => objects.tree(["100755", "nodes", file], plan)],
    ["a folder mode with a leading zero", "bad-tree", () => objects.tree(["040000", "nodes", folder], plan)],
    ["a group-writable file", "bad-mode", () => objects.tree(["100664", "nodes", file], plan)],
    ["two entries of one name", "name-twins", () => objects.tree(plan, plan)],
    ["a file and a folder of one name", "name-twins", () => objects.tree(["100644", "nodes", file], ["40000", "nodes", folder])],
    ["an empty folder", "bad-tree", () => objects.tree(["40000", "nodes", objects.add("tree", "")], plan)],
    ["a blob where a folder should be", "bad-tree", () => objects.tree(["40000", "nodes", file], plan)],
    ["a folder where a file should be", "bad-tree", () => objects.tree(["100644", "plan.json", folder])],
    ["bytes that end in the middle of an entry", "bad-tree", () => objects.add("tree", "100644 plan.json\0abc")],
    ["a stranger at the root", "bad-name", () => objects.tree(["100644", "README", file], plan)],
  ])("%s is refused: %s", async (_what, reason, make) => {
    expect(reasonIn(await readSiteTree(objects, make()))).toBe(reason);
  });

  test("T7, I15: a tree bomb is refused at the limit, with very little read", async () => {
    const bomb = new Objects();
    let tree = bomb.tree(["100644", "leaf", bomb.add("blob", "x")]);
    for (let level = 0; level < 15; level++)
      tree = bomb.tree(...Array.from({ length: 10 }, (_, index) => ["40000", `f${index}`, tree] as const));
    const verdict = await readSiteTree(bomb, tree);
    expect(verdict).toEqual({ refusal: "tree-too-large", because: "more than 12000 entries" });
    expect(bomb.readBytes).toBeLessThan(1_000_000);
  });

  test("a file over its limit is refused before a byte of it is read", async () => {
    const large = new Objects();
    const id = large.add("blob", Buffer.alloc(limits.blobBytes + 1));
    const tree = large.tree(["40000", "nodes", large.tree(["100644", "large", id])], ["100644", "plan.json", large.add("blob", "{}")]);
    expect(reasonIn(await readSiteTree(large, tree))).toBe("tree-too-large");
    expect(large.readBytes).toBeLessThan(1_000);
  });

  test("a missing object is the cache's fault, never the release's", async () => {
    await expect(readSiteTree(objects, objects.tree(["100644", "plan.json", "9".repeat(40)]))).rejects.toThrow(CacheDamaged);
  });
});

describe("contents", () => {
  test("T4: one different byte in one file is wrong-tree, for any plan", () => {
    const files = [{ path: "plan.json", bytes: Buffer.from(vectors.plan) }];
    expect(reasonIn(judgeContents(commitOf(bytes), files, "0.1.0"))).toBe("wrong-tree");
  });
});

describe("the order of judgement (A5)", () => {
  test("cheap checks of signed data come first: a commit with all faults is refused for its grammar, then key, fleet, site", async () => {
    const objects = new Objects();
    const expected: Expectations = { ...identity, trust, seen: null, seqFloor: 1, agentVersion: "0.1.0" };
    const tip = objects.add("commit", bytes);
    const bad = objects.add("commit", "tree x\n");
    // The trust tip does not even exist: nobody has looked for it when the commit falls.
    const judged = async (site: string, change: Partial<Expectations>) =>
      reasonIn(await judgeTip(objects, { site, trust: "9".repeat(40) }, { ...expected, ...change }));
    expect(await judged(bad, {})).toBe("bad-commit");
    expect(await judged(objects.add("blob", "x"), {})).toBe("bad-commit");
    expect(await judged(tip, { trust: createKeySet("airports").trust.signed, fleet: "x" })).toBe("unknown-key");
    expect(await judged(tip, { fleet: "x", site: "x" })).toBe("wrong-fleet");
    await expect(judged(tip, {})).rejects.toThrow(CacheDamaged);
  });
});

describe("trust versions (A4)", () => {
  const { keys, trust: first } = createKeySet("airports");
  const root = keys.get("root") as NonNullable<ReturnType<typeof keys.get>>;
  const documentOf = (signed: Trust, by = root) => Buffer.from(writeTrustDocument(signDocument(signed, TRUST_NAMESPACE, [by])));
  const second = { ...first.signed, version: 2, minRelease: 3 };

  test("T13: the next one is accepted when the root keys of both versions signed it, otherwise trust-broken", () => {
    expect(reasonIn(judgeFirstTrust(documentOf(first.signed), "airports"))).toBe("passed");
    expect(reasonIn(judgeFirstTrust(documentOf(first.signed), "harbours"))).toBe("trust-broken");
    expect(reasonIn(judgeNextTrust(first.signed, documentOf(second)))).toBe("passed");
    for (const bad of [
      documentOf(second, keys.get("promote")),
      documentOf({ ...second, version: 3 }),
      documentOf({ ...second, fleet: "harbours" }),
      Buffer.from("{}\n"),
      documentOf(second).subarray(1),
    ]) {
      expect(reasonIn(judgeNextTrust(first.signed, bad))).toBe("trust-broken");
    }
  });

  test("T13: a gap, or other bytes for an accepted version, are trust-broken; a branch that is behind is not", () => {
    const bytesOf = documentOf(first.signed);
    const accepted = [{ trust: first.signed, bytes: bytesOf }];
    const id = objectId("blob", bytesOf).toString("hex");
    expect(versionsFault(new Map([[1, id]]), accepted)).toBeUndefined();
    expect(versionsFault(new Map(), accepted)).toBeUndefined();
    expect(
      reasonIn(
        versionsFault(
          new Map([
            [1, id],
            [3, id],
          ]),
          accepted,
        ),
      ),
    ).toBe("trust-broken");
    expect(reasonIn(versionsFault(new Map([[1, "0".repeat(40)]]), accepted))).toBe("trust-broken");
    expect(
      reasonIn(
        versionsFault(
          new Map([
            [1, id],
            [257, id],
          ]),
          accepted,
        ),
      ),
    ).toBe("trust-broken");
  });
});
