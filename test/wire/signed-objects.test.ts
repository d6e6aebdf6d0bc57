import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type Read, sha256Hex } from "../../core/index.ts";
import { siteTreeDigest } from "../../git/index.ts";
import {
  judgeReleaseTag,
  judgeSiteCommit,
  MerkleTree,
  readSigningKey,
  signSsh,
  siteLeaf,
  verifyFirstTrust,
  verifyInclusion,
  verifySsh,
} from "../../trust/index.ts";
import {
  fleetCommitMessage,
  fleetDocument,
  readDigestFile,
  readFleetCommitMessage,
  readFleetDocument,
  readInventoryFile,
  readPlan,
  readReleaseTag,
  readSiteCommit,
  readTrustDocument,
  type ReleaseTag,
  releaseTagPath,
  releaseTagPayload,
  shardOf,
  signedReleaseTag,
  signedSiteCommit,
  type SiteCommit,
  siteCommitPayload,
  treePathsFault,
  trustDocumentPath,
} from "../../wire/index.ts";
import { faultOf, given } from "./read-result.ts";

/** The last second of 2099, the latest time that may be signed. */
const SECONDS_MAX = 4_102_444_799;

const vectorsFolder = new URL("./vectors/", import.meta.url);
const vectors = JSON.parse(readFileSync(new URL("vectors.json", vectorsFolder), "utf8"));
const sites: { id: string; treeSha1: string; treeSha256: string; commit: string; raw: string }[] = vectors.sites;
const signer = given(readSigningKey(vectors.privateKey));

const gitId = (type: string, bytes: Buffer) => createHash("sha1").update(`${type} ${bytes.length}\0`).update(bytes).digest("hex");

const hex = (digits: number) => fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: digits, maxLength: digits });
const number = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const siteId = fc.stringMatching(/^[a-z]([-a-z0-9]{0,37}[a-z0-9])?$/);
const proof = fc.record({
  index: fc.maxSafeNat(),
  hashes: fc.array(
    fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes)),
    { maxLength: 6 },
  ),
});
const commits: fc.Arbitrary<SiteCommit> = fc.record({
  tree: hex(40),
  parent: fc.option(hex(40)),
  seconds: fc.nat(SECONDS_MAX),
  fleet: siteId,
  site: siteId,
  seq: number,
  release: number,
  treeDigest: hex(64).map((digits) => `sha256:${digits}`),
  proof,
  urgent: fc.boolean(),
  retired: fc.constantFrom(null, "keep" as const, "erase" as const),
});
const consent = fc.stringMatching(/^[!-~]([ -~]{0,60}[!-~])?$/);
const tags: fc.Arbitrary<ReleaseTag> = fc
  .record({
    object: hex(40),
    release: number,
    seconds: fc.nat(SECONDS_MAX),
    fleet: siteId,
    source: fc.oneof(hex(40), hex(64)),
    sites: fc.record({ count: number, root: hex(64) }),
    consents: fc.array(consent, { maxLength: 5 }),
  })
  .map((tag) => ({ ...tag, name: `release/${tag.release}` }));

describe("site commits", () => {
  test("reproduces the vectors' commits byte by byte, with their ids", () => {
    const tree = new MerkleTree(sites.map((site) => siteLeaf(site.id, Buffer.from(site.treeSha256, "hex"))));
    for (const [index, site] of sites.entries()) {
      const payload = siteCommitPayload({
        tree: site.treeSha1,
        parent: null,
        seconds: 1795000000,
        fleet: "airports",
        site: site.id,
        seq: 1,
        release: 1,
        treeDigest: `sha256:${site.treeSha256}`,
        proof: tree.proof(index),
        urgent: false,
        retired: null,
      });
      const bytes = signedSiteCommit(payload, signSsh(signer, "git", payload));
      expect(bytes.toString()).toBe(site.raw);
      expect(gitId("commit", bytes)).toBe(site.commit);
      expect(given(readSiteCommit(bytes)).payload).toEqual(payload);
    }
  });

  test("the reader accepts what the writer wrote, and writing it again gives the same bytes", () => {
    fc.assert(
      fc.property(commits, (commit) => {
        const payload = siteCommitPayload(commit);
        const bytes = signedSiteCommit(payload, signSsh(signer, "git", payload));
        const { signature, payload: read, ...rest } = given(readSiteCommit(bytes));
        expect(rest).toEqual(commit);
        expect(read).toEqual(payload);
        expect(signedSiteCommit(siteCommitPayload(rest), signature)).toEqual(bytes);
      }),
      { numRuns: 100 },
    );
  });

  test("a commit with a changed, missing or added byte is never read as the same commit", () => {
    const raw = Buffer.from((sites[0] as { raw: string }).raw);
    expectNoDisguise(raw, (bytes) => readSiteCommit(bytes));
  });

  test("the payload is the commit without its signature, so a changed byte breaks the signature or the format", () => {
    const trust = JSON.parse(vectors.trust.document).signed;
    const raw = Buffer.from((sites[1] as { raw: string }).raw);
    for (let place = 0; place < raw.length; place++) {
      const bytes = Buffer.from(raw);
      bytes[place] = (bytes[place] as number) ^ 1;
      const read = readSiteCommit(bytes);
      if ("value" in read) expect(judgeSiteCommit(trust, read.value.payload, read.value.signature)).toHaveProperty("refusal");
    }
  });

  test("headers and trailers must appear once, in order, and none may be unknown", () => {
    const raw = (sites[0] as { raw: string }).raw;
    const lines = raw.split("\n").slice(0, -1);
    const join = (changed: readonly string[]) => {
      const read = readSiteCommit(Buffer.from(`${changed.join("\n")}\n`));
      // Two swapped lines of the signature still have the form of a signature, but it does not verify.
      if ("value" in read) expect(verifySsh(read.value.signature, "git", read.value.payload)).toHaveProperty("fault");
    };
    for (let place = 0; place < lines.length; place++) {
      const line = lines[place] as string;
      join(lines.toSpliced(place, 1));
      join(lines.toSpliced(place, 0, line));
      join(lines.toSpliced(place, 0, "x-header y"));
      join(lines.toSpliced(place, 0, ""));
      if (place > 0 && lines[place - 1] !== line) join(lines.toSpliced(place - 1, 2, line, lines[place - 1] as string));
      join(lines.with(place, `${line}\r`));
      join(lines.with(place, `${line} `));
    }
  });

  test("each fault names its line and the expected content", () => {
    const raw = (sites[0] as { raw: string }).raw;
    const change = (from: string | RegExp, to: string) => faultOf(readSiteCommit(Buffer.from(raw.replace(from, to))));
    expect([
      change("author", `tree ${"0".repeat(40)}\nauthor`),
      change("1795000000 +0000\ncommitter", "1795000001 +0000\ncommitter"),
      change("Skerry-Seq: 1", "Skerry-Seq: 01"),
      change("Skerry-Seq: 1", "Skerry-Seq: 9007199254740992"),
      change("Skerry-Site: eddm", "Skerry-Site: eddn"),
      change(/gpgsig[^]*?END SSH SIGNATURE-----\n/, ""),
      change("eddm: release 1\n", "eddm: release 1\ngpgsig x\n"),
      change(/$/, "Skerry-Urgent: no\n"),
      change(/$/, "Skerry-Retired: keep\nSkerry-Urgent: yes\n"),
      change(/(Skerry-Proof: 0) .*/, "$1 AAAA"),
      change("0Q==\n", "0R==\n"),
      change("airports", "airp\u00f6rts"),
      change(/$/, "x".repeat(16_384)),
    ]).toMatchInlineSnapshot(`
[
  "line 2 must begin with "author Skerry <skerry@fleet.invalid> "",
  "line 3 must be "committer Skerry <skerry@fleet.invalid> 1795000001 +0000"",
  "line 15 "Skerry-Seq:" must be a whole number from 1 to 2^53-1, without leading zeros",
  "line 15 "Skerry-Seq:" must be a whole number from 1 to 2^53-1, without leading zeros",
  "the subject must name the site and release of the trailers",
  "unsigned: there is no gpgsig header",
  "line 12 must be empty",
  "line 19 "Skerry-Urgent:" must be "yes"",
  "line 20 must not exist: the object ends before it",
  "line 18 "Skerry-Proof:" must be a whole number, a space and base64 of 32-byte hashes (or "-" for none)",
  "line 18 "Skerry-Proof:" must be a whole number, a space and base64 of 32-byte hashes (or "-" for none)",
  "holds a byte that is neither printable ASCII nor LF",
  "has 17128 bytes, over the limit of 16384",
]
`);
  });

  test("the writer refuses what the reader would refuse", () => {
    const commit = given(readSiteCommit(Buffer.from((sites[0] as { raw: string }).raw)));
    for (const change of [
      { tree: "x" },
      { parent: "0".repeat(39) },
      { seconds: -1 },
      { seconds: 1.5 },
      { seconds: SECONDS_MAX + 1 },
      { fleet: "Airports" },
      { site: "a\nb" },
      { site: "123" },
      { seq: 0 },
      { seq: 2 ** 53 },
      { release: 0 },
      { treeDigest: "0".repeat(64) },
      { proof: { index: -1, hashes: [] } },
      { proof: { index: 0, hashes: [Buffer.alloc(31)] } },
      { retired: "yes" as "keep" },
    ]) {
      expect(() => siteCommitPayload({ ...commit, ...change })).toThrow(/^site commit: /);
    }
    expect(() => signedSiteCommit(commit.payload, "x".repeat(20_000))).toThrow("over 16384");
  });
});

describe("release tags", () => {
  test("reproduces the vectors' tag byte by byte, with its id", () => {
    const payload = releaseTagPayload({
      object: vectors.fleetCommit,
      name: "release/1",
      seconds: 1795000000,
      fleet: "airports",
      release: 1,
      source: "1".repeat(40),
      sites: { count: 3, root: vectors.root },
      consents: [],
    });
    const bytes = signedReleaseTag(payload, signSsh(signer, "git", payload));
    expect(bytes.toString()).toBe(vectors.tag.raw);
    expect(gitId("tag", bytes)).toBe(vectors.tag.id);
  });

  test("the reader accepts what the writer wrote, with and without a signature in the tag", () => {
    fc.assert(
      fc.property(tags, fc.boolean(), (tag, isSigned) => {
        const payload = releaseTagPayload(tag);
        const bytes = isSigned ? signedReleaseTag(payload, signSsh(signer, "git", payload)) : payload;
        const { signature, payload: read, ...rest } = given(readReleaseTag(bytes));
        expect(rest).toEqual(tag);
        expect(read).toEqual(payload);
        expect(signature === null).toBe(!isSigned);
        expect(signature === null ? releaseTagPayload(rest) : signedReleaseTag(releaseTagPayload(rest), signature)).toEqual(bytes);
      }),
      { numRuns: 100 },
    );
  });

  test("a tag with a changed, missing or added byte is never read as the same tag", () => {
    expectNoDisguise(Buffer.from(vectors.tag.raw), (bytes) => readReleaseTag(bytes));
  });

  test("a second signature, a misplaced consent and a number out of range are refused", () => {
    const raw: string = vectors.tag.raw;
    const signature = raw.slice(raw.indexOf("-----BEGIN"));
    const change = (from: string | RegExp, to: string) => faultOf(readReleaseTag(Buffer.from(raw.replace(from, to))));
    expect([
      change(/$/, signature),
      change("Skerry-Sites", "Skerry-Consent: x\nSkerry-Sites"),
      change("Skerry-Release: 1", "Skerry-Release: 2"),
      change("tag release/1", "tag release/01"),
      change("Skerry-Sites: 3", "Skerry-Sites: 0"),
      change("type commit", "type tree"),
      change("-----BEGIN", "Skerry-Consent:  x\n-----BEGIN"),
    ]).toMatchInlineSnapshot(`
[
  "line 18 must not exist: the object ends before it",
  "line 11 must begin with "Skerry-Sites: "",
  "line 9 must be "Skerry-Release: 1"",
  "line 3 "tag release/" must be a whole number from 1 to 2^53-1, without leading zeros",
  "line 11 "Skerry-Sites:" must be a whole number from 1, a space, "sha256:" and 64 hex digits",
  "line 2 must be "type commit"",
  "line 12 "Skerry-Consent:" must be one line of printable ASCII that neither begins nor ends with a space",
]
`);
    for (const change of [
      { name: "release/2" },
      { consents: [" x"] },
      { consents: ["a\nb"] },
      { sites: { count: 0, root: "0".repeat(64) } },
      { source: "HEAD" },
    ]) {
      expect(() => releaseTagPayload({ ...given(readReleaseTag(Buffer.from(raw))), ...change })).toThrow(/^release tag: /);
    }
  });
});

// A changed byte must be refused or change the meaning. That the signature then fails is tested elsewhere.
function expectNoDisguise(raw: Buffer, read: (bytes: Buffer) => Read<unknown>): void {
  const original = JSON.stringify(given(read(raw)));
  const differs = (bytes: Buffer) => {
    const result = read(bytes);
    return "fault" in result || JSON.stringify(result.value) !== original;
  };
  for (let place = 0; place < raw.length; place++) {
    const byte = raw[place] as number;
    for (const other of [byte ^ 1, byte ^ 0x20, byte ^ 0x80, 0, 10, 13, 32, 48, 65, 97]) {
      const bytes = Buffer.from(raw);
      bytes[place] = other;
      if (other !== byte && !differs(bytes)) throw new Error(`byte ${place} as ${other} reads as the same`);
    }
    const without = Buffer.concat([raw.subarray(0, place), raw.subarray(place + 1)]);
    if (!differs(without)) throw new Error(`without byte ${place} it reads as the same`);
    for (const added of [byte, 10, 32, 48]) {
      const longer = Buffer.concat([raw.subarray(0, place), Buffer.of(added), raw.subarray(place)]);
      if (!differs(longer)) throw new Error(`with ${added} before byte ${place} it reads as the same`);
    }
  }
}

describe("the fleet repository of the vectors, cloned with git", () => {
  let folder: string;
  const git = (...args: string[]) =>
    execFileSync("git", ["-C", folder, ...args], {
      maxBuffer: 1e8,
      env: { PATH: process.env["PATH"], GIT_CONFIG_NOSYSTEM: "1", HOME: folder },
    });
  const paths = (tree: string, ...under: string[]) =>
    git("ls-tree", "-r", "--name-only", "-z", tree, ...under)
      .toString()
      .split("\0")
      .slice(0, -1);

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "skerry-bundle-"));
    execFileSync("git", ["clone", "-q", "--mirror", fileURLToPath(new URL("fleet.bundle", vectorsFolder)), folder]);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("every document in it is valid and consistent with the others", () => {
    const tagBytes = git("cat-file", "tag", "release/1");
    const tag = given(readReleaseTag(tagBytes));
    expect(git("show", `trust:${releaseTagPath(1)}`)).toEqual(tagBytes);
    const trust = verifyFirstTrust(given(readTrustDocument(git("show", `trust:${trustDocumentPath(1)}`))));
    if ("refusal" in trust) throw new Error(trust.because);
    expect(judgeReleaseTag(trust.accepted, tag.payload, [tag.signature ?? ""])).toEqual({ fingerprints: [signer.publicKey.fingerprint] });
    const leaves: Buffer[] = [];
    for (const id of ["eddm", "kjfk", "rjtt"]) {
      const commit = given(readSiteCommit(git("cat-file", "commit", `sites/${id}`)));
      expect(commit).toMatchObject({ site: id, fleet: tag.fleet, release: tag.release, seconds: tag.seconds, seq: 1, parent: null });
      expect(judgeSiteCommit(trust.accepted, commit.payload, commit.signature)).toHaveProperty("fingerprint");
      const files = paths(`sites/${id}`).map((path) => ({ path, bytes: git("show", `sites/${id}:${path}`) }));
      expect(siteTreeDigest(files)).toBe(commit.treeDigest);
      const plan = given(readPlan(git("show", `sites/${id}:plan.json`)));
      expect(
        treePathsFault(
          plan,
          files.map((file) => file.path),
        ),
      ).toBeUndefined();
      const leaf = siteLeaf(id, Buffer.from(commit.treeDigest.slice(7), "hex"));
      expect(verifyInclusion(Buffer.from(tag.sites.root, "hex"), tag.sites.count, leaf, commit.proof)).toBe(true);
      expect(
        git("rev-parse", `fleet:sites/${shardOf(id)}/${id}`)
          .toString()
          .trim(),
      ).toBe(commit.tree);
      expect(given(readDigestFile(git("show", `fleet:digests/${shardOf(id)}.ndjson`), shardOf(id)))).toEqual([
        { id, tree: commit.treeDigest },
      ]);
      expect(given(readInventoryFile(git("show", `fleet:inventory/${shardOf(id)}.ndjson`), shardOf(id)))).toMatchObject([
        { id, profile: "airport" },
      ]);
      leaves.push(leaf);
    }
    expect(new MerkleTree(leaves).root.toString("hex")).toBe(tag.sites.root);
    expect(given(readFleetDocument(git("show", "fleet:fleet.json")))).toEqual({ fleet: "airports", shards: 16 });
    expect(git("show", "fleet:fleet.json").toString()).toBe(fleetDocument({ fleet: "airports", shards: 16 }));
    const message = git("log", "-1", "--format=%B", "fleet").toString().trimEnd();
    expect(`${message}\n`).toBe(fleetCommitMessage({ fleet: "airports", release: 1, source: "1".repeat(40) }));
    expect(given(readFleetCommitMessage(`${message}\n`))).toEqual({ fleet: "airports", release: 1, source: "1".repeat(40) });
  });

  test("the journal of the vectors names the trust document by the SHA-256 of its file", () => {
    expect(JSON.parse(vectors.journal.split("\n")[0]).trust.sha256).toBe(sha256Hex(git("show", `trust:${trustDocumentPath(1)}`)));
  });
});
