import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { isReason, type Random, type Trust, type TrustDocument, type TrustRole } from "../../core/index.ts";
import {
  allowedSigners,
  createKeySet,
  generateSigningKey,
  isSignedBy,
  judgeReleaseTag,
  judgeSiteCommit,
  MerkleTree,
  signDocument,
  type SigningKey,
  signSsh,
  siteLeaf,
  TRUST_NAMESPACE,
  verifyFirstTrust,
  verifyInclusion,
  verifyNextTrust,
} from "../../trust/index.ts";
import { keysOf } from "../../trust/roles.ts";
import { readTrustDocument, writeTrustDocument } from "../../wire/index.ts";

const vectors = JSON.parse(readFileSync(new URL("../wire/vectors/vectors.json", import.meta.url), "utf8"));

describe("the Merkle tree of RFC 9162", () => {
  const sha256 = (...parts: (Uint8Array | string)[]) => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();
  // The definitions of sections 2.1.1 and 2.1.3.1, literally and therefore slow.
  const split = (n: number): number => (n <= 2 ? 1 : 2 * split(Math.ceil(n / 2)));
  const mth = (leaves: readonly Buffer[]): Buffer => {
    if (leaves.length === 1) return leaves[0] as Buffer;
    const k = split(leaves.length);
    return sha256("\x01", mth(leaves.slice(0, k)), mth(leaves.slice(k)));
  };
  const path = (m: number, leaves: readonly Buffer[]): Buffer[] => {
    if (leaves.length === 1) return [];
    const k = split(leaves.length);
    return m < k ? [...path(m, leaves.slice(0, k)), mth(leaves.slice(k))] : [...path(m - k, leaves.slice(k)), mth(leaves.slice(0, k))];
  };
  const leavesOf = (count: number) => Array.from({ length: count }, (_, index) => siteLeaf(`site-${index}`, sha256(String(index))));

  test("reproduces the vectors' leaves, root, proofs and root of one site", () => {
    const sites: { id: string; treeSha256: string; leaf: string; proof: string[] }[] = vectors.sites;
    const leaves = sites.map((site) => siteLeaf(site.id, Buffer.from(site.treeSha256, "hex")));
    expect(leaves.map((leaf) => leaf.toString("hex"))).toEqual(sites.map((site) => site.leaf));
    const tree = new MerkleTree(leaves);
    expect(tree.root.toString("hex")).toBe(vectors.root);
    expect(sites.map((_, index) => tree.proof(index).hashes.map((hash) => hash.toString("hex")))).toEqual(sites.map((site) => site.proof));
    expect(new MerkleTree(leaves.slice(0, 1)).root.toString("hex")).toBe(vectors.oneSite.root);
    expect(new MerkleTree(leaves.slice(0, 1)).proof(0)).toEqual({ index: 0, hashes: [] });
  });

  test("root and every proof equal the recursive definition, for small sizes and around powers of two", () => {
    for (const count of [...Array.from({ length: 20 }, (_, index) => index + 1), 31, 32, 33, 64, 65]) {
      const leaves = leavesOf(count);
      const tree = new MerkleTree(leaves);
      expect(tree.root).toEqual(mth(leaves));
      for (let index = 0; index < count; index++) {
        const proof = tree.proof(index);
        expect(proof.hashes).toEqual(path(index, leaves));
        expect(verifyInclusion(tree.root, count, leaves[index] as Buffer, proof)).toBe(true);
      }
    }
  });

  test("a proof verifies only with its own leaf, index, count and hashes", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.nat(), fc.nat(), fc.nat(), (count, a, b, c) => {
        const leaves = leavesOf(count);
        const tree = new MerkleTree(leaves);
        const index = a % count;
        const proof = tree.proof(index);
        const leaf = leaves[index] as Buffer;
        const verify = (over: Partial<{ index: number; hashes: readonly Buffer[]; leaf: Buffer; count: number }>) =>
          verifyInclusion(tree.root, over.count ?? count, over.leaf ?? leaf, { ...proof, ...over });
        expect(verify({})).toBe(true);
        if (b % count !== index) {
          expect(verify({ leaf: leaves[b % count] as Buffer })).toBe(false);
          expect(verify({ index: b % count })).toBe(false);
        }
        for (const hashes of [
          [...proof.hashes, sha256("x")],
          [sha256("x"), ...proof.hashes],
        ])
          expect(verify({ hashes })).toBe(false);
        if (count > 1) {
          expect(verify({ hashes: proof.hashes.slice(1) })).toBe(false);
          expect(verify({ hashes: proof.hashes.slice(0, -1) })).toBe(false);
          const place = c % proof.hashes.length;
          const changed = proof.hashes.map((hash, at) => (at === place ? sha256(hash) : hash));
          expect(verify({ hashes: changed })).toBe(false);
        }
      }),
      { numRuns: 200 },
    );
  });

  test("an index or count outside the tree does not verify, and an inner node does not verify as a leaf", () => {
    const leaves = leavesOf(4);
    const tree = new MerkleTree(leaves);
    const [, inner] = tree.proof(0).hashes as [Buffer, Buffer];
    expect(verifyInclusion(tree.root, 2, mth(leaves.slice(0, 2)), { index: 0, hashes: [inner] })).toBe(true);
    for (const [count, index] of [
      [4, -1],
      [4, 4],
      [4, 0.5],
      [0, 0],
      [Number.NaN, 0],
      [2 ** 60, 0],
    ] as const) {
      expect(verifyInclusion(tree.root, count, leaves[0] as Buffer, { index, hashes: tree.proof(0).hashes })).toBe(false);
    }
    // The count is signed with the root: a proof from a tree of another height fails although its hashes lead to the root.
    expect(verifyInclusion(tree.root, 4, leaves[3] as Buffer, { index: 3, hashes: tree.proof(3).hashes })).toBe(true);
    expect(verifyInclusion(tree.root, 2, leaves[3] as Buffer, { index: 1, hashes: tree.proof(3).hashes })).toBe(false);
    const pair = new MerkleTree(leaves.slice(0, 2));
    expect(verifyInclusion(pair.root, 2, leaves[0] as Buffer, pair.proof(0))).toBe(true);
    expect(verifyInclusion(pair.root, 4, leaves[0] as Buffer, pair.proof(0))).toBe(false);
    expect(siteLeaf("a", sha256("x"))).not.toEqual(sha256("\x01", "a\0", sha256("x")));
    expect(() => siteLeaf("a", Buffer.alloc(20))).toThrow("32 bytes, not 20");
    expect(() => new MerkleTree([])).toThrow("no leaves");
    expect(() => tree.proof(4)).toThrow("no leaf 4 of 4");
  });
});

/** Keys by number, the same in every run. */
const random = (start: number): Random => {
  let next = start;
  return { bytes: (length) => Buffer.alloc(length, next++), fraction: () => 0 };
};
const key = (number: number) => generateSigningKey(`key ${number}`, random(number));
const print = (each: SigningKey) => each.publicKey.fingerprint;

function trustOf(
  version: number,
  roles: Partial<Record<TrustRole, { threshold?: number; keys: SigningKey[] }>>,
  rest: Partial<Trust> = {},
): Trust {
  const entries = (["root", "release", "promote", "freshness"] as const).map((role) => {
    const { threshold = 1, keys } = roles[role] ?? { keys: [key(200)] };
    return [role, { threshold, keys }] as const;
  });
  const keys = Object.fromEntries(entries.flatMap(([, { keys: held }]) => held.map((each) => [print(each), each.publicKey.line])));
  const named = Object.fromEntries(
    entries.map(([role, { threshold, keys: held }]) => [role, { threshold, keys: held.map(print) }]),
  ) as unknown as Trust["roles"];
  return { format: "skerry.trust/1", fleet: "airports", version, keys, roles: named, revoked: [], ...rest };
}

function signed(trust: Trust, ...keys: SigningKey[]): TrustDocument {
  const document = signDocument(trust, TRUST_NAMESPACE, keys);
  const read = readTrustDocument(Buffer.from(writeTrustDocument(document)));
  if ("fault" in read) throw new Error(read.fault);
  return read.value;
}

describe("trust documents", () => {
  test("the vector verifies by itself; a changed document or another fleet's does not", () => {
    const document: TrustDocument = JSON.parse(vectors.trust.document);
    expect(verifyFirstTrust(document)).toEqual({ accepted: document.signed });
    for (const change of [
      { fleet: "airport" },
      { version: 2 },
      { minRelease: 5 },
      { resets: { eddm: 1 } },
      { revoked: [{ key: print(key(1)), reason: "x" }] },
    ]) {
      expect(verifyFirstTrust({ ...document, signed: { ...document.signed, ...change } })).toMatchObject({ refusal: "trust-broken" });
    }
  });

  test("a new key set signs its own version 1 and gives each role its keys", () => {
    const set = createKeySet("airports");
    expect(verifyFirstTrust(signedAgain(set.trust))).toEqual({ accepted: set.trust.signed });
    const holder = (name: string) => print(set.keys.get(name) as SigningKey);
    expect(keysOf(set.trust.signed, "root").map((each) => each.fingerprint)).toEqual([holder("root")]);
    expect(keysOf(set.trust.signed, "release").map((each) => each.fingerprint)).toEqual([holder("release")]);
    expect(keysOf(set.trust.signed, "promote").map((each) => each.fingerprint)).toEqual([holder("promote")]);
    expect(keysOf(set.trust.signed, "freshness").map((each) => each.fingerprint)).toEqual([holder("promote")]);
    expect([...set.keys.values()].map((each) => each.comment)).toEqual(["root@airports", "release@airports", "promote@airports"]);
  });

  test("accepts several root keys and a threshold, and throws when a role has too few keys", () => {
    const keyRoles = { ann: ["root"], bob: ["root"], ci: ["release", "promote", "freshness"] } as const;
    const set = createKeySet("airports", { keyRoles, thresholds: { root: 2 }, random: random(50) });
    expect(set.trust.signatures).toHaveLength(2);
    expect(set.trust.signed.roles.root.threshold).toBe(2);
    expect(verifyFirstTrust(signedAgain(set.trust))).toHaveProperty("accepted");
    expect(verifyFirstTrust({ ...set.trust, signatures: set.trust.signatures.slice(1) })).toMatchObject({
      because: "1 of 2 root keys of version 1 signed version 1",
    });
    expect(() => createKeySet("airports", { keyRoles, thresholds: { root: 3 } })).toThrow(
      "the role root has 2 keys but its threshold is 3",
    );
    expect(() => createKeySet("airports", { keyRoles: { ann: ["root"] } })).toThrow("the role release has 0 keys and needs 1");
  });

  test("the next version needs the root threshold of its predecessor and of itself", () => {
    const [ann, bob, eve] = [key(1), key(2), key(3)];
    const first = trustOf(1, { root: { threshold: 2, keys: [ann, bob] } });
    const next = trustOf(2, { root: { threshold: 2, keys: [bob, eve] } });
    expect(verifyNextTrust(first, signed(next, ann, bob, eve))).toEqual({ accepted: next });
    const because = (...keys: SigningKey[]) => verifyNextTrust(first, signed(next, ...keys));
    expect(because(ann, eve)).toMatchObject({
      refusal: "trust-broken",
      because: expect.stringContaining("1 of 2 root keys of version 1 signed version 2"),
    });
    expect(because(ann, bob)).toMatchObject({
      refusal: "trust-broken",
      because: expect.stringContaining("1 of 2 root keys of version 2 signed version 2"),
    });
    expect(because(bob, eve)).toMatchObject({ refusal: "trust-broken" });
  });

  test("a version that skips or repeats a number or changes the fleet is refused whoever signed it", () => {
    const root = key(1);
    const first = trustOf(1, { root: { keys: [root] } });
    for (const [version, fleet] of [
      [1, "airports"],
      [3, "airports"],
      [2, "harbours"],
    ] as const) {
      expect(verifyNextTrust(first, signed(trustOf(version, { root: { keys: [root] } }, { fleet }), root))).toMatchObject({
        refusal: "trust-broken",
      });
    }
  });

  test("a key that signs twice counts once, even under another key's name", () => {
    const [ann, bob] = [key(1), key(2)];
    const trust = trustOf(1, { root: { threshold: 2, keys: [ann, bob] } });
    const [own] = signDocument(trust, TRUST_NAMESPACE, [ann]).signatures as [TrustDocument["signatures"][number]];
    expect(verifyFirstTrust({ signed: trust, signatures: [own, own] })).toMatchObject({ refusal: "trust-broken" });
    const renamed = verifyFirstTrust({ signed: trust, signatures: [own, { ...own, key: print(bob) }] });
    expect(renamed).toMatchObject({
      refusal: "trust-broken",
      because: expect.stringContaining(`the signature under ${print(bob)} is by ${print(ann)}`),
    });
  });

  test("a key under another key's fingerprint is refused although the root keys signed it", () => {
    const [root, other] = [key(1), key(2)];
    const trust = trustOf(1, { root: { keys: [root] }, promote: { keys: [other] } });
    const swapped = { ...trust, keys: { ...trust.keys, [print(other)]: key(3).publicKey.line } };
    expect(verifyFirstTrust(signed(swapped, root))).toMatchObject({
      refusal: "trust-broken",
      because: expect.stringContaining(`the key under ${print(other)} is ${print(key(3))}`),
    });
  });

  test("a revoked root key stops counting with the version that revokes it", () => {
    const [ann, bob] = [key(1), key(2)];
    const first = trustOf(1, { root: { keys: [ann, bob] } });
    const revoked = [{ key: print(ann), reason: "lost" }];
    const second = trustOf(2, { root: { keys: [ann, bob] } }, { revoked });
    expect(verifyNextTrust(first, signed(second, ann))).toMatchObject({
      refusal: "trust-broken",
      because: expect.stringContaining("is revoked: lost"),
    });
    expect(verifyNextTrust(first, signed(second, bob))).toEqual({ accepted: second });
    const third = trustOf(3, { root: { keys: [ann] } });
    expect(verifyNextTrust(second, signed(third, ann))).toMatchObject({ refusal: "trust-broken" });
    expect(keysOf(second, "root").map((each) => each.fingerprint)).toEqual([print(bob)]);
  });

  test("resets and the lowest release are read as they were signed", () => {
    const root = key(1);
    const trust = trustOf(1, { root: { keys: [root] } }, { resets: { eddm: 40, constructor: 2 }, minRelease: 7 });
    expect(verifyFirstTrust(signed(trust, root))).toEqual({ accepted: trust });
  });

  function signedAgain(document: TrustDocument): TrustDocument {
    const read = readTrustDocument(Buffer.from(writeTrustDocument(document)));
    if ("fault" in read) throw new Error(read.fault);
    return read.value;
  }
});

describe("roles", () => {
  const [root, ann, bob, ci, gone] = [key(1), key(2), key(3), key(4), key(5)];
  const revoked = [{ key: print(gone), reason: "laptop stolen" }];
  const trust = trustOf(
    1,
    { root: { keys: [root] }, release: { threshold: 2, keys: [ann, bob, gone] }, promote: { keys: [ci, gone] } },
    { revoked },
  );
  const payload = Buffer.from("what is signed");
  const by = (each: SigningKey, namespace = "git", bytes = payload) => signSsh(each, namespace, bytes);

  test("a site commit is accepted when a current promote key signed its bytes; every other case has its own reason word", () => {
    expect(judgeSiteCommit(trust, payload, by(ci))).toEqual({ fingerprint: print(ci) });
    const words = {
      "unknown-key": by(key(9)),
      "wrong-role": by(ann),
      "revoked-key": by(gone),
      "wrong-namespace": by(ci, "skerry-trust"),
      "bad-signature": by(ci, "git", Buffer.from("something else")),
    };
    for (const [refusal, signature] of Object.entries(words)) {
      expect(judgeSiteCommit(trust, payload, signature)).toMatchObject({ refusal });
      expect(isReason(refusal)).toBe(true);
    }
    expect(judgeSiteCommit(trust, payload, "")).toMatchObject({ refusal: "bad-signature" });
    expect(
      judgeSiteCommit({ ...trust, roles: { ...trust.roles, promote: { threshold: 1, keys: [print(gone)] } } }, payload, by(gone)),
    ).toMatchObject({ refusal: "revoked-key" });
  });

  test("a release tag is accepted when enough distinct current release keys signed it, inside the tag or detached", () => {
    expect(judgeReleaseTag(trust, payload, [by(ann), by(bob)])).toEqual({ fingerprints: [print(ann), print(bob)] });
    expect(judgeReleaseTag(trust, payload, [by(ci), "rubbish", by(gone), by(bob), by(bob, "skerry-trust"), by(ann)])).toHaveProperty(
      "fingerprints",
    );
    for (const few of [
      [],
      [by(ann)],
      [by(ann), by(ann)],
      [by(ann), `${by(ann)}\n`],
      [by(ann), by(gone)],
      [by(ann), by(ci)],
      [by(ann), by(bob, "git", Buffer.from("other"))],
    ]) {
      expect(judgeReleaseTag(trust, payload, few)).toMatchObject({ refusal: "release-not-signed" });
    }
    const verdict = judgeReleaseTag(trust, payload, [by(ann), by(gone)]);
    expect("because" in verdict && verdict.because).toBe(`1 of 2 release keys signed the tag; ${print(gone)} is revoked: laptop stolen`);
  });

  test("names of inherited object properties are not keys", () => {
    for (const name of ["constructor", "__proto__", "toString"]) {
      expect(verifyFirstTrust({ signed: { ...trust, keys: {} }, signatures: [{ key: name, signature: by(root) }] })).toMatchObject({
        refusal: "trust-broken",
      });
    }
  });

  test("a report is accepted only under the site's own key", () => {
    const report = signDocument({ counter: 3 }, "skerry-report", [ann]);
    expect(isSignedBy(report, "skerry-report", print(ann))).toBe(true);
    expect(isSignedBy(report, "skerry-report", print(bob))).toBe(false);
    expect(isSignedBy(report, "skerry-trust", print(ann))).toBe(false);
    expect(isSignedBy({ ...report, signed: { counter: 4 } }, "skerry-report", print(ann))).toBe(false);
    const renamed = report.signatures.map((each) => ({ ...each, key: print(bob) }));
    expect(isSignedBy({ ...report, signatures: renamed }, "skerry-report", print(bob))).toBe(false);
  });
});

describe("real git and ssh-keygen with our keys", () => {
  let folder: string;
  const set = createKeySet("airports", { random: random(70) });
  const member = (name: string) => set.keys.get(name) as SigningKey;
  const git = (args: readonly string[], input?: Buffer | string) => {
    const env = { PATH: process.env["PATH"], HOME: folder, GIT_CONFIG_NOSYSTEM: "1" };
    const signers = ["-c", "gpg.format=ssh", "-c", `gpg.ssh.allowedSignersFile=${join(folder, "signers")}`];
    return spawnSync("git", ["-C", join(folder, "r.git"), ...signers, ...args], {
      env,
      encoding: "utf8",
      ...(input === undefined ? {} : { input }),
    });
  };
  const object = (type: string, bytes: Buffer | string) => git(["hash-object", "-w", "-t", type, "--stdin"], bytes).stdout.trim();

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "skerry-git-"));
    execFileSync("git", ["init", "-q", "--bare", join(folder, "r.git")]);
    writeFileSync(join(folder, "signers"), allowedSigners(set.trust.signed));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("allowed_signers has one line for each key, with its roles as principal and its namespaces", () => {
    const lines = allowedSigners(set.trust.signed).trimEnd().split("\n");
    expect(lines.map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual([
      'promote+freshness@airports namespaces="git,skerry-freshness"',
      'release@airports namespaces="git"',
      'root@airports namespaces="skerry-trust"',
    ]);
    const without = allowedSigners({ ...set.trust.signed, revoked: [{ key: print(member("release")), reason: "lost" }] });
    expect(without).not.toContain(member("release").publicKey.line);
  });

  test("git accepts a commit and a tag that we signed, and refuses signatures by a root key and by an unknown key", () => {
    const tree = object("tree", "");
    const body = (name: string) => `tree ${tree}\nauthor ${name} <a@b> 1 +0000\ncommitter ${name} <a@b> 1 +0000\n`;
    const commit = (signer: SigningKey) => {
      const text = `${body("x")}\nmessage\n`;
      return object("commit", `${body("x")}gpgsig ${signSsh(signer, "git", Buffer.from(text)).replaceAll("\n", "\n ")}\n\nmessage\n`);
    };
    expect([member("promote"), member("root"), key(99)].map((signer) => git(["verify-commit", commit(signer)]).status)).toEqual([0, 1, 1]);
    const tag = `object ${commit(member("promote"))}\ntype commit\ntag release/1\ntagger x <a@b> 1 +0000\n\nmessage\n`;
    const id = object("tag", `${tag}${signSsh(member("release"), "git", Buffer.from(tag))}\n`);
    expect(git(["verify-tag", id]).status).toBe(0);
  });

  test("we accept a commit and a tag that git signed with a key of ours", () => {
    const keyFile = join(folder, "promote");
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", keyFile]);
    const tree = object("tree", "");
    const me = ["-c", "user.name=x", "-c", "user.email=a@b", "-c", `user.signingKey=${keyFile}`];
    const id = git([...me, "commit-tree", "-S", tree], "message\n").stdout.trim();
    expect(id).toMatch(/^[0-9a-f]{40}$/);
    const raw = git(["cat-file", "commit", id]).stdout;
    const [header] = /^gpgsig (?:.*\n)(?: .*\n)*/m.exec(raw) as RegExpExecArray;
    const signature = header
      .replace(/^gpgsig /, "")
      .replaceAll("\n ", "\n")
      .trimEnd();
    const [, line] = readFileSync(`${keyFile}.pub`, "utf8").split(" ") as [string, string];
    const trust = trustOf(1, {}, {});
    const verdict = judgeSiteCommit(trust, Buffer.from(raw.replace(header, "")), signature);
    expect(verdict).toMatchObject({ refusal: "unknown-key" });
    const known = { ...trust, keys: {}, roles: { ...trust.roles } };
    const fingerprint = `SHA256:${createHash("sha256").update(Buffer.from(line, "base64")).digest("base64").replace(/=+$/, "")}`;
    const holding = {
      ...known,
      keys: { [fingerprint]: `ssh-ed25519 ${line}` },
      roles: { ...known.roles, promote: { threshold: 1, keys: [fingerprint] }, release: { threshold: 1, keys: [fingerprint] } },
    };
    expect(judgeSiteCommit(holding, Buffer.from(raw.replace(header, "")), signature)).toEqual({ fingerprint });
    expect(git([...me, "tag", "-s", "-m", "message", "release/7", id]).status).toBe(0);
    const tag = git(["cat-file", "tag", "release/7"]).stdout;
    const start = tag.indexOf("-----BEGIN");
    expect(judgeReleaseTag(holding, Buffer.from(tag.slice(0, start)), [tag.slice(start)])).toEqual({ fingerprints: [fingerprint] });
  });
});
