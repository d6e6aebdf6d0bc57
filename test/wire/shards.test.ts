import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { sha256Hex } from "../../core/index.ts";
import { objectId } from "../../git/index.ts";
import { readSigningKey, signSsh, verifySsh } from "../../trust/index.ts";
import {
  gatherCommit,
  readFleetDocument,
  readHeads,
  readShardCommit,
  type ShardCommit,
  shardCommitPayload,
  shardOf,
  signedSiteCommit,
  writeHeads,
} from "../../wire/index.ts";
import { SHARD_COUNTS } from "../../wire/shard.ts";
import { faultOf, given } from "./read-result.ts";

const vectors = JSON.parse(readFileSync(new URL("./vectors/vectors.json", import.meta.url), "utf8"));
const shards: { shard: string; commit: string; gather: string; heads: string; raw: string }[] = vectors.shards;
const key = given(readSigningKey(vectors.privateKey));
const hexId = (kind: "commit" | "tree", body: Buffer) => objectId(kind, body).toString("hex");
const bytes = (text: string) => Buffer.from(text, "latin1");

const hex = (digits: number) => fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: digits, maxLength: digits });
const siteId = fc.stringMatching(/^[a-z]([-a-z0-9]{0,37}[a-z0-9])?$/);
const commits: fc.Arbitrary<ShardCommit> = fc
  .record({
    tree: hex(40),
    parent: fc.option(hex(40)),
    gather: hex(40),
    seconds: fc.nat(4_102_444_799),
    fleet: siteId,
    shard: hex(2),
    sites: fc.integer({ min: 1, max: 100_000 }),
    moved: fc.integer({ min: 1, max: 100_000 }),
  })
  .map((commit) => ({ ...commit, moved: Math.min(commit.moved, commit.sites) }));

describe("the shard of a site", () => {
  test("is the upper bits of the first byte of the SHA-256 of its id, always two hex digits", () => {
    // sha256("eddm") begins with 3a.
    expect(sha256Hex("eddm").slice(0, 2)).toBe("3a");
    expect(SHARD_COUNTS.map((count) => shardOf("eddm", count))).toEqual(["00", "03", "0e", "3a"]);
  });
});

describe("heads", () => {
  test("of the vectors are read and written with the same bytes", () => {
    for (const { shard, heads } of shards) expect(writeHeads(given(readHeads(bytes(heads), shard, 16)))).toBe(heads);
  });

  test("of any sites are read as they were written, in whatever order they came", () => {
    fc.assert(
      fc.property(fc.dictionary(siteId, hex(40), { maxKeys: 30 }), fc.constantFrom(...SHARD_COUNTS), (sites, count) => {
        for (const shard of new Set(Object.keys(sites).map((site) => shardOf(site, count)))) {
          const own = new Map(Object.entries(sites).filter(([site]) => shardOf(site, count) === shard));
          expect(given(readHeads(bytes(writeHeads(own)), shard, count))).toEqual(new Map([...own].sort(([a], [b]) => (a < b ? -1 : 1))));
        }
      }),
    );
  });

  const id = "0123456789abcdef0123456789abcdef01234567";
  const bad: readonly (readonly [what: string, text: string, fault: string])[] = [
    ["a last line without an end", `eddm ${id}`, "line 1 has no line end"],
    ["CRLF", `eddm ${id}\r\n`, "line 1 must be a site id and a commit id"],
    ["two spaces", `eddm  ${id}\n`, "line 1 must be a site id and a commit id"],
    ["a tab", `eddm\t${id}\n`, "line 1 must be a site id and a commit id"],
    ["an empty line", `eddm ${id}\n\n`, "line 2 must be a site id and a commit id"],
    ["an id in capitals", `eddm ${id.toUpperCase()}\n`, "line 1 must be a site id and a commit id"],
    ["an id of 64 digits", `eddm ${"0".repeat(64)}\n`, "line 1 must be a site id and a commit id"],
    ["a site id in capitals", `EDDM ${id}\n`, "line 1 must be a site id and a commit id"],
    ["a site id that climbs", `../eddm ${id}\n`, "line 1 must be a site id and a commit id"],
    ["a byte order mark", `\u00ef\u00bb\u00bfeddm ${id}\n`, "line 1 must be a site id and a commit id"],
    ["a comment", `# eddm ${id}\n`, "line 1 must be a site id and a commit id"],
    ["one site twice", `eddm ${id}\neddm ${id}\n`, 'line 2: "eddm" must come after the id before it'],
    ["sites in another order", `rjtt ${id}\neddm ${id}\n`, 'line 2: "eddm" must come after the id before it'],
    ["too many bytes", `eddm ${id}\n`.repeat(22_000), "has 1012000 bytes, over the limit of 1000000"],
  ];
  test.each(bad)("with %s are refused", (_what, text, fault) => {
    expect(faultOf(readHeads(bytes(text), "00", 1))).toBe(fault);
  });

  test("with a site of another shard are refused", () => {
    expect(faultOf(readHeads(bytes(`eddm ${id}\n`), "04", 16))).toBe('line 1: "eddm" belongs to shard 03, not 04');
  });
});

describe("a shard commit", () => {
  test("of the vectors is what this code writes, bit by bit, with the gather commit before it", () => {
    for (const { shard, commit, gather, heads, raw } of shards) {
      const read = given(readShardCommit(bytes(raw)));
      expect(read).toMatchObject({ shard, gather, parent: null, fleet: "airports", sites: 1, moved: 1 });
      const payload = shardCommitPayload(read);
      expect(payload).toEqual(read.payload);
      expect(verifySsh(read.signature, "git", payload)).toMatchObject({ fingerprint: key.publicKey.fingerprint });
      expect(signedSiteCommit(payload, signSsh(key, "git", payload)).toString()).toBe(raw);
      expect(hexId("commit", bytes(raw))).toBe(commit);
      const empty = hexId("tree", Buffer.alloc(0));
      const gathered = [...given(readHeads(bytes(heads), shard, 16)).values()];
      expect(hexId("commit", gatherCommit(empty, gathered, undefined, read.seconds))).toBe(gather);
    }
  });

  test("of any fields is read as it was written", () => {
    fc.assert(
      fc.property(commits, (commit) => {
        const payload = shardCommitPayload(commit);
        const read = given(readShardCommit(signedSiteCommit(payload, signSsh(key, "git", payload))));
        expect(read).toMatchObject(commit);
        expect(read.payload).toEqual(payload);
      }),
      { numRuns: 50 },
    );
  });

  test("with any byte changed is refused or reads as another", () => {
    const raw = bytes(shards[0]?.raw as string);
    const original = JSON.stringify(given(readShardCommit(raw)));
    for (let place = 0; place < raw.length; place++) {
      for (const other of [(raw[place] as number) ^ 1, 0, 10, 32, 48]) {
        if (other === raw[place]) continue;
        const changed = Buffer.from(raw);
        changed[place] = other;
        const read = readShardCommit(changed);
        if ("value" in read && JSON.stringify(read.value) === original) throw new Error(`byte ${place} as ${other} reads as the same`);
      }
    }
  });

  const lines = shards[0]?.raw as string;
  const bad: readonly (readonly [what: string, raw: string, fault: RegExp])[] = [
    ["without a signature", lines.replace(/gpgsig [^]*SIGNATURE-----\n(?=\n)/, ""), /unsigned/],
    ["whose subject names another shard", lines.replace("shard 02: ", "shard 03: "), /subject/],
    ["that moves more sites than it has", lines.replace("Moved: 1", "Moved: 2"), /more sites/],
    ["with three parents", lines.replace("author", `parent ${"0".repeat(40)}\nparent ${"1".repeat(40)}\nauthor`), /line 4/],
    ["without a parent", lines.replace(/parent .*\n/, ""), /parent/],
    ["with a line more", `${lines}\n`, /must not exist/],
    ["over 16 kB", `${lines}${"x".repeat(17_000)}`, /limit/],
  ];
  test.each(bad)("%s is refused", (_what, raw, fault) => {
    expect(faultOf(readShardCommit(bytes(raw)))).toMatch(fault);
  });
});

test("fleet.json names 1, 16, 64 or 256 shards, or none in a fleet of version 0.1", () => {
  const document = (shards: string) => bytes(`{"fleet":"airports","format":"skerry.fleet/1"${shards}}\n`);
  expect(given(readFleetDocument(document("")))).toEqual({ fleet: "airports", shards: undefined });
  for (const count of SHARD_COUNTS) expect(given(readFleetDocument(document(`,"shards":${count}`)))).toMatchObject({ shards: count });
  for (const wrong of ["0", "2", "32", "512", "-1", "1.5", '"16"', "null"])
    expect(faultOf(readFleetDocument(document(`,"shards":${wrong}`)))).toContain("shards");
});
