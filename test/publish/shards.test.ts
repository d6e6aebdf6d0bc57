import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { ObjectWriter, readRefs } from "../../git/index.ts";
import { promote, release, rollback } from "../../publish/index.ts";
import { writeShardCommits } from "../../publish/promote/shard-commits.ts";
import { SigningPool } from "../../publish/promote/signing-pool.ts";
import { listSiteHeads, shardRef, siteRef } from "../../releases/index.ts";
import { GIT_NAMESPACE, signSsh, type SigningKey } from "../../trust/index.ts";
import { readHeads, readShardCommit, shardCommitPayload, shardOf, signedSiteCommit } from "../../wire/index.ts";
import { bareRepository, git, gitBytes, PLAIN, removeScratch, scratch } from "../git/scratch.ts";
import { codesOf, type FleetFixture, fleetFixture, gitCode, key, releaseAndPromote, releaseInput, valueOf } from "./fleet-fixture.ts";
import { siteIdOf } from "./synthetic-fleet.ts";

afterAll(removeScratch);

const [a, b, c] = [siteIdOf(0), siteIdOf(1), siteIdOf(2)] as [string, string, string];

/** What the shards of a repository say, all together. */
function headsIn(repository: string, shards: 16 | 64 = 16): Record<string, string> {
  const names = [...readRefs(repository).keys()].filter((name) => name.startsWith("refs/heads/shards/"));
  const heads = names.flatMap((name) => {
    const read = readHeads(gitBytes(repository, ["show", `${name}:heads`]), name.slice(-2), shards);
    if ("fault" in read) throw new Error(`${name}: ${read.fault}`);
    return [...read.value];
  });
  return Object.fromEntries(heads);
}

function promotion(fixture: FleetFixture, sites: readonly string[] | "all", more: object = {}) {
  return { ...fixture.place, promotion: { sites, key: key(fixture, "promote"), ...more } };
}

function tipOf(repository: string, site: string) {
  const read = readShardCommit(gitBytes(repository, ["cat-file", "commit", shardRef(shardOf(site, 16))]));
  if ("fault" in read) throw new Error(read.fault);
  return read.value;
}

describe("a promotion", () => {
  test("moves the shards of its sites, whose heads name each site's newest commit, and git finds all of it sound and signed", async () => {
    const fixture = fleetFixture();
    const { repository } = fixture.place;
    const { promotion: first } = await releaseAndPromote(fixture, { sites: 40 });
    expect(headsIn(repository)).toEqual(Object.fromEntries(first?.moved.map(({ site, commit }) => [site, commit]) ?? []));
    const before = readRefs(repository);
    const second = valueOf(await promote(promotion(fixture, [a, b], { again: true })));
    const moved = new Set([a, b].map((site) => shardRef(shardOf(site, 16))));
    const changed = [...readRefs(repository)].filter(([name, id]) => before.get(name) !== id).map(([name]) => name);
    expect(new Set(changed)).toEqual(new Set([...moved, siteRef(a), siteRef(b)]));
    expect(headsIn(repository)).toMatchObject(Object.fromEntries(second.moved.map(({ site, commit }) => [site, commit])));
    git(repository, ["fsck", "--strict", "--no-dangling"]);
    const verify = ["-c", "gpg.format=ssh", "-c", `gpg.ssh.allowedSignersFile=${fixture.signers}`, "verify-commit"];
    for (const name of moved) expect(gitCode(repository, [...verify, name])).toBe(0);
    const steps = git(repository, ["log", "--first-parent", "--format=%s", shardRef(shardOf(a, 16))]).split("\n");
    expect(steps.slice(0, 3)).toEqual(["shard 02: 6 sites", "shard 02: 6 sites", "gather"]);
  });

  test("keeps every site commit reachable from the shard alone, 1,200 of one step in a chain of gather commits of 500", async () => {
    const fixture = fleetFixture();
    const { repository } = fixture.place;
    const { promotion: made } = await releaseAndPromote(fixture, { sites: 1_200 });
    const moves = made?.moved.map(({ site, commit }) => ({ site, commit: commit as string, old: null, seconds: 1_795_000_001 })) ?? [];
    const writer = new ObjectWriter(repository);
    const pool = new SigningPool(key(fixture, "promote"), 1);
    const [step] = await writeShardCommits({ writer, pool, fleet: fixture.place.fleet }, { count: 1, tips: new Map() }, moves);
    await writer.finish();
    const bare = bareRepository();
    execFileSync("git", ["-C", repository, "push", "--quiet", bare, `${step?.new}:refs/heads/shards/00`], { env: PLAIN, stdio: "ignore" });
    git(bare, ["fsck", "--strict"]);
    const reachable = new Set(git(bare, ["rev-list", "--all"]).split("\n"));
    expect(moves.filter(({ commit }) => !reachable.has(commit))).toEqual([]);
    const gathers = git(bare, ["rev-list", "--all", "--grep=^gather$", "--parents"]).trim().split("\n");
    expect(gathers.map((line) => line.split(" ").length - 1).sort()).toEqual([200, 501, 501]);
    // An agent fetches the heads without any of the commits.
    const shallow = bareRepository();
    git(shallow, ["fetch", "--quiet", "--depth=1", `file://${bare}`, "refs/heads/shards/00:refs/heads/shards/00"]);
    expect(git(shallow, ["cat-file", "--batch-all-objects", "--batch-check=%(objecttype)"]).trim().split("\n").sort()).toEqual([
      "blob",
      "commit",
      "tree",
    ]);
  });

  test("goes back by a rollback through the shards too", async () => {
    const fixture = fleetFixture();
    const { repository } = fixture.place;
    await releaseAndPromote(fixture, { sites: 3 });
    await releaseAndPromote(fixture, { sites: 3, version: "2" }, "2");
    const back = valueOf(await rollback({ ...fixture.place, to: 1, promotion: { sites: [a], key: key(fixture, "promote") } }));
    expect(headsIn(repository)[a]).toBe(back.moved[0]?.commit);
    expect(valueOf(await listSiteHeads(fixture.place)).map(({ site, release: at }) => [site, at])).toContainEqual([a, 1]);
    expect(tipOf(repository, a).moved).toBe(1);
  });

  test("needs no branch of a site: the shards alone say what a site was told", async () => {
    const fixture = fleetFixture();
    const { repository } = fixture.place;
    await releaseAndPromote(fixture, { sites: 3 });
    for (const site of [a, b, c]) git(repository, ["update-ref", "-d", siteRef(site)]);
    expect(valueOf(await listSiteHeads(fixture.place)).map(({ seq }) => seq)).toEqual([1, 1, 1]);
    expect(valueOf(await promote(promotion(fixture, [a], { again: true }))).moved).toMatchObject([{ site: a, seq: 2 }]);
  });

  test("moves no branch of a site where the fleet asks for none, neither a first one nor one that is there", async () => {
    const fixture = fleetFixture();
    const { repository } = fixture.place;
    valueOf(await release(releaseInput(fixture, { sites: 3 })));
    valueOf(await promote(promotion(fixture, [a], { siteBranches: "none" })));
    expect(readRefs(repository).has(siteRef(a))).toBe(false);
    valueOf(await promote(promotion(fixture, [b])));
    const branch = readRefs(repository).get(siteRef(b));
    const moved = valueOf(await promote(promotion(fixture, [b], { siteBranches: "none", again: true }))).moved;
    expect(readRefs(repository).get(siteRef(b))).toBe(branch);
    expect(headsIn(repository)[b]).toBe(moved[0]?.commit);
    expect(valueOf(await listSiteHeads(fixture.place)).map(({ site, seq }) => [site, seq])).toEqual(
      [
        [a, 1],
        [b, 2],
      ].toSorted(),
    );
  });

  test("continues a fleet of version 0.1, which has branches alone and no number of shards", async () => {
    const fixture = fleetFixture();
    const { repository } = fixture.place;
    await releaseAndPromote(fixture, { sites: 3 });
    for (const name of readRefs(repository).keys()) if (name.startsWith("refs/heads/shards/")) git(repository, ["update-ref", "-d", name]);
    expect(valueOf(await promote(promotion(fixture, [a], { again: true }))).moved).toMatchObject([{ site: a, seq: 2 }]);
    expect(Object.keys(headsIn(repository))).toEqual([a]);
    expect(valueOf(await listSiteHeads(fixture.place)).map(({ site, seq }) => [site, seq])).toEqual(
      [a, b, c].sort().map((site) => [site, site === a ? 2 : 1]),
    );
  });
});

/** The tip of `a`'s shard with other fields, signed by this key. */
function resigned(repository: string, by: SigningKey): string {
  const payload = shardCommitPayload({ ...tipOf(repository, a), seconds: 1_900_000_000 });
  const commit = signedSiteCommit(payload, signSsh(by, GIT_NAMESPACE, payload));
  return git(repository, ["hash-object", "-t", "commit", "-w", "--stdin"], commit);
}

describe("a shard that no promotion wrote is not built on", () => {
  const forgeries: readonly (readonly [what: string, forge: (repository: string, ref: string, fixture: FleetFixture) => string])[] = [
    ["a step signed by a stranger", (repository) => resigned(repository, key(fleetFixture(), "promote"))],
    ["a step signed by the release key", (repository, _ref, fixture) => resigned(repository, key(fixture, "release"))],
    ["the fleet's commit", (repository) => git(repository, ["rev-parse", "fleet"])],
    ["a site's commit", (repository) => git(repository, ["rev-parse", siteRef(a)])],
    [
      "another shard's commit",
      (repository, ref) =>
        git(repository, ["for-each-ref", "--format=%(objectname)", "refs/heads/shards"])
          .split("\n")
          .find((id) => id !== git(repository, ["rev-parse", ref]).trim()) as string,
    ],
    ["the gather commit", (repository, ref) => git(repository, ["rev-parse", `${ref}^1`])],
    [
      "an unsigned commit",
      (repository, ref) =>
        git(repository, ["-c", "user.name=x", "-c", "user.email=x@fleet.invalid", "commit-tree", "-m", "mine", `${ref}^{tree}`]),
    ],
  ];
  test.each(forgeries)("%s", async (_what, forge) => {
    const fixture = fleetFixture();
    const { repository } = fixture.place;
    await releaseAndPromote(fixture, { sites: 3 });
    const ref = shardRef(shardOf(a, 16));
    git(repository, ["update-ref", ref, forge(repository, ref, fixture).trim()]);
    const before = readRefs(repository);
    const outcome = await promote(promotion(fixture, "all", { again: true }));
    expect(codesOf(outcome)).toEqual(["shard-forged"]);
    expect(outcome.problems?.[0]?.at).toEqual([{ path: ref }]);
    expect(readRefs(repository)).toEqual(before);
  });
});

describe("two promoters of one remote", () => {
  test("with different sites of one shard both succeed, and no line is lost", async () => {
    const remote = bareRepository();
    const fixture = fleetFixture();
    const at = (name: string) => ({ ...fixture.place, repository: `file://${remote}`, mirror: join(scratch(), name) });
    valueOf(await release({ ...releaseInput(fixture, { sites: 60 }), ...at("mirror") }));
    const sites = Array.from({ length: 60 }, (_, index) => siteIdOf(index));
    const shard = shardOf(a, 16);
    const inShard = sites.filter((site) => shardOf(site, 16) === shard);
    expect(inShard.length).toBeGreaterThan(1);
    const order = (site: string, name: string) => promote({ ...at(name), promotion: { sites: [site], key: key(fixture, "promote") } });
    const outcomes = await Promise.all(inShard.slice(0, 3).map((site, index) => order(site, `mirror-${index}`)));
    expect(outcomes.map((outcome) => valueOf(outcome).moved.map(({ site }) => site))).toEqual(inShard.slice(0, 3).map((site) => [site]));
    expect(Object.keys(headsIn(remote)).sort()).toEqual(inShard.slice(0, 3).sort());
  }, 60_000);
});
