import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Outcome } from "../../core/index.ts";
import { afterAll, describe, expect, test } from "@jest/globals";
import { readRefs } from "../../git/index.ts";
import { promote, release, type ReleaseResult } from "../../publish/index.ts";
import { listSiteHeads, siteRef } from "../../releases/index.ts";
import { GIT_NAMESPACE, signSsh, writeSigningKey } from "../../trust/index.ts";
import { readShardCommit, shardCommitPayload, signedSiteCommit } from "../../wire/index.ts";
import { sampled } from "../tries-all.ts";
import { COMPILE_CACHE } from "../compile-cache.ts";
import { bareRepository, git, gitBytes, PLAIN, removeScratch, scratch } from "../git/scratch.ts";
import { clockAt, codesOf, type FleetFixture, fleetFixture, key, releaseAndPromote, releaseInput, valueOf } from "./fleet-fixture.ts";
import type { ReleaseRequest } from "./release-process.ts";
import { siteIdOf } from "./synthetic-fleet.ts";

afterAll(removeScratch);

/** Starts a release in a process of its own. */
function start(
  fixture: FleetFixture,
  more: Partial<ReleaseRequest>,
): { readonly child: ChildProcess; readonly outcome: Promise<Outcome<ReleaseResult>> } {
  const request: ReleaseRequest = {
    ...{ repository: fixture.place.repository, mirror: fixture.place.mirror, sites: 50, version: "1", source: "1" },
    trust: Buffer.from(fixture.place.trust[0] as Uint8Array).toString(),
    ...{ releaseKey: writeSigningKey(key(fixture, "release")), promoteKey: writeSigningKey(key(fixture, "promote")) },
    ...more,
  };
  const file = join(scratch(), "request.json");
  writeFileSync(file, JSON.stringify(request));
  const args = ["--conditions=skerry-source", "--disable-warning=ExperimentalWarning", "test/publish/release-process.ts", file];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...COMPILE_CACHE } });
  const outcome = new Promise<Outcome<ReleaseResult>>((resolve, reject) => {
    const [out, errors] = [[] as Buffer[], [] as Buffer[]];
    child.stdout?.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr?.on("data", (chunk: Buffer) => errors.push(chunk));
    child.on("close", (code) =>
      code === 0 ? resolve(JSON.parse(Buffer.concat(out).toString())) : reject(new Error(`exit ${code}: ${Buffer.concat(errors)}`)),
    );
  });
  outcome.catch(() => undefined);
  return { child, outcome };
}

describe("two processes that release at the same time", () => {
  test("into one folder make two releases, one on top of the other", async () => {
    const fixture = fleetFixture();
    const sources = sampled(["1", "2", "3"], (source) => source !== "3");
    const runs = sources.map((source) => start(fixture, { source, version: source }));
    const made = (await Promise.all(runs.map(({ outcome }) => outcome))).map(valueOf);
    expect(made.map((result) => result.release).sort()).toEqual(sources.map(Number));
    const repository = fixture.place.repository;
    expect(git(repository, ["log", "--format=%s", "fleet"])).toBe(
      sources
        .map((source) => `release ${source}\n`)
        .toReversed()
        .join(""),
    );
    const last = made.find((result) => result.release === sources.length);
    const heads = valueOf(await listSiteHeads(fixture.place));
    expect(heads.every(({ release: number }) => number === sources.length)).toBe(true);
    expect(git(repository, ["rev-parse", "fleet"]).trim()).toBe(last?.commit);
    expect(readdirSync(join(repository, "objects/pack")).filter((name) => name.endsWith(".keep"))).toEqual([]);
    git(repository, ["fsck", "--strict", "--no-dangling"]);
  });

  test("to one remote from two machines: the loser reads anew and comes second", async () => {
    const remote = bareRepository();
    const fixture = fleetFixture({ repository: `file://${remote}` });
    const runs = ["1", "2"].map((source) => start(fixture, { source, version: source, sites: 20, mirror: join(scratch(), "mirror.git") }));
    const outcomes = await Promise.all(runs.map(({ outcome }) => outcome));
    expect(outcomes.map((outcome) => valueOf(outcome).release).sort()).toEqual([1, 2]);
    expect(git(remote, ["log", "--format=%s", "fleet"])).toBe("release 2\nrelease 1\n");
    // Site refs of the first may be lost to the second: then it says so, and the second one's stand.
    for (const outcome of outcomes) expect(codesOf(outcome).filter((code) => code !== "refs-moved")).toEqual([]);
    git(remote, ["fsck", "--strict", "--no-dangling"]);
  });

  test("beside git gc and git pack-refs lose nothing", async () => {
    const fixture = fleetFixture();
    await releaseAndPromote(fixture, { sites: 50 });
    const repository = fixture.place.repository;
    const versions = sampled(["2", "3", "4", "5"], (version) => version < "4");
    const noise = ["git gc --quiet", "git pack-refs --all"].map((command) =>
      spawn("sh", ["-c", `while :; do ${command}; done`], { cwd: repository, env: PLAIN, stdio: "ignore" }),
    );
    try {
      for (const version of versions) {
        const result = await patiently(() => releaseAndPromote(fixture, { sites: 50, version }, version));
        expect(result.promotion?.moved).toHaveLength(50);
      }
    } finally {
      for (const child of noise) child.kill();
    }
    await delay(300);
    expect(git(repository, ["rev-list", "--count", siteRef(siteIdOf(7))]).trim()).toBe(String(versions.length + 1));
    git(repository, ["fsck", "--strict", "--no-dangling"]);
    expect(git(repository, ["rev-list", "--objects", "--all", "--quiet"])).toBe("");
  }, 60_000);
});

describe("a run that is killed between pack and refs", () => {
  test("leaves what stood before it, and the next run makes the same release", async () => {
    const fixture = fleetFixture();
    await releaseAndPromote(fixture, { sites: 50 });
    const repository = fixture.place.repository;
    const before = readRefs(repository);
    const lock = join(repository, "packed-refs.lock");
    writeFileSync(lock, "");
    const { child, outcome } = start(fixture, { source: "2", version: "2" });
    // It has the packs and waits for the refs' lock.
    await until(() => {
      // Both packs, of trees and of site commits; a mark comes before its pack has its name.
      const names = readdirSync(join(repository, "objects/pack"));
      return names.filter((name) => name.endsWith(".keep") && names.includes(name.replace(".keep", ".idx"))).length === 2;
    });
    await delay(50);
    child.kill("SIGKILL");
    await expect(outcome).rejects.toThrow("exit null");
    rmSync(lock);
    expect(readRefs(repository)).toEqual(before);
    expect(existsSync(join(repository, "skerry.lock"))).toBe(true);
    git(repository, ["fsck", "--strict", "--no-dangling"]);
    const packs = readdirSync(join(repository, "objects/pack")).filter((name) => name.endsWith(".pack")).length;
    const repaired = await releaseAndPromote(fixture, { sites: 50, version: "2" }, "2");
    expect(repaired).toMatchObject({ release: 2, outcome: "released", promotion: { moved: { length: 50 } } });
    // Its trees are found and not written again; site commits differ by the minute they were signed.
    // Each of 16 shards has heads, tree, gather and shard commit anew.
    expect(repaired.written.objects).toBeLessThanOrEqual(50 + 16 * 4);
    expect(readdirSync(join(repository, "objects/pack")).filter((name) => name.endsWith(".pack")).length).toBeLessThanOrEqual(packs + 1);
    expect(readdirSync(join(repository, "objects/pack")).filter((name) => name.endsWith(".keep"))).toEqual([]);
    git(repository, ["fsck", "--strict", "--no-dangling"]);
  });

  test("at any moment: the repository is clean, and the next run repairs it", async () => {
    const released = fleetFixture();
    await releaseAndPromote(released, { sites: 50 });
    // The process starts, makes its trees, and moves its refs.
    for (const pauseMs of sampled([150, 450, 750, 1050], (_, index) => index === 1 || index === 2)) {
      const fixture = { ...released, place: { ...released.place, repository: join(scratch(), "fleet.git") } };
      cpSync(released.place.repository, fixture.place.repository, { recursive: true });
      const { child, outcome } = start(fixture, { source: "2", version: "2" });
      await delay(pauseMs);
      child.kill("SIGKILL");
      await outcome.catch(() => undefined);
      const repository = fixture.place.repository;
      rmSync(join(repository, "packed-refs.lock"), { force: true });
      git(repository, ["fsck", "--strict", "--no-dangling"]);
      const repaired = await releaseAndPromote(fixture, { sites: 50, version: "2" }, "2");
      expect(repaired.release).toBe(2);
      expect(valueOf(await listSiteHeads(fixture.place)).every(({ release: number, seq }) => number === 2 && seq === 2)).toBe(true);
      git(repository, ["fsck", "--strict", "--no-dangling"]);
    }
  }, 60_000);
});

describe("a writer that is not ours", () => {
  test("moves a site's branch while we promote: the site is promoted, because agents read the shard, and the branch is named and stays", async () => {
    const fixture = fleetFixture();
    await releaseAndPromote(fixture, { sites: 5 });
    const repository = fixture.place.repository;
    const [a, b] = [0, 1].map(siteIdOf) as [string, string];
    const before = readRefs(repository);
    const thief = before.get(siteRef(b)) as string;
    let hasMoved = false;
    const clock = {
      ...clockAt(1_900_000_000),
      now: () => {
        // Asked for when the site commits are made: heads were read, refs are not moved yet.
        if (!hasMoved) git(repository, ["update-ref", siteRef(a), thief]);
        hasMoved = true;
        return 1_900_000_000_000;
      },
    };
    const outcome = await promote({ ...fixture.place, clock, promotion: { sites: "all", again: true, key: key(fixture, "promote") } });
    expect(codesOf(outcome)).toEqual(["refs-moved"]);
    expect(outcome.problems?.[0]?.message).toContain(siteRef(a));
    expect(valueOf(outcome)).toMatchObject({
      moved: { length: 5 },
      lost: [{ name: siteRef(a), expected: before.get(siteRef(a)), found: thief }],
    });
    expect(readRefs(repository).get(siteRef(a))).toBe(thief);
    expect(valueOf(await listSiteHeads(fixture.place)).map(({ seq }) => seq)).toEqual([2, 2, 2, 2, 2]);
  });

  test("moves a shard while we promote, to what is no shard: nothing of ours is there", async () => {
    const fixture = fleetFixture();
    await releaseAndPromote(fixture, { sites: 5 });
    const repository = fixture.place.repository;
    const before = readRefs(repository);
    const shard = [...before.keys()].find((name) => name.startsWith("refs/heads/shards/")) as string;
    const thief = before.get("refs/heads/fleet") as string;
    const clock = {
      ...clockAt(1_900_000_000),
      now: () => {
        git(repository, ["update-ref", shard, thief]);
        return 1_900_000_000_000;
      },
      sleep: () => Promise.resolve(),
    };
    const outcome = await promote({ ...fixture.place, clock, promotion: { sites: "all", again: true, key: key(fixture, "promote") } });
    expect(codesOf(outcome)).toEqual(["shard-forged"]);
    expect(readRefs(repository)).toEqual(new Map(before).set(shard, thief));
  });

  test("moves a shard each time that we come: after eight attempts we say so, and no site was promoted", async () => {
    const fixture = fleetFixture();
    await releaseAndPromote(fixture, { sites: 5 });
    const repository = fixture.place.repository;
    const shard = [...readRefs(repository).keys()].find((name) => name.startsWith("refs/heads/shards/")) as string;
    let steps = 0;
    const clock = {
      ...clockAt(1_900_000_000),
      now: () => {
        nextStep(repository, shard, ++steps);
        return 1_900_000_000_000;
      },
      sleep: () => Promise.resolve(),
    };
    const outcome = await promote({ ...fixture.place, clock, promotion: { sites: "all", again: true, key: key(fixture, "promote") } });
    expect(codesOf(outcome)).toEqual(["remote-busy"]);
    // The lock of the repository asks for the time as well.
    expect(steps).toBeGreaterThanOrEqual(8);
    expect(valueOf(await listSiteHeads(fixture.place)).map(({ seq }) => seq)).toEqual([1, 1, 1, 1, 1]);

    // Another promoter's step, as far as a promotion looks at it: the same heads at another second.
    function nextStep(folder: string, ref: string, step: number): void {
      const read = readShardCommit(gitBytes(folder, ["cat-file", "commit", ref]));
      if ("fault" in read) throw new Error(read.fault);
      const payload = shardCommitPayload({ ...read.value, seconds: 1_800_000_000 + step });
      const commit = signedSiteCommit(payload, signSsh(key(fixture, "promote"), GIT_NAMESPACE, payload));
      git(folder, ["update-ref", ref, git(folder, ["hash-object", "-t", "commit", "-w", "--stdin"], commit).trim()]);
    }
  });

  test("releases while we release: we read anew and come second", async () => {
    const fixture = fleetFixture();
    await releaseAndPromote(fixture, { sites: 5 });
    const input = releaseInput(fixture, { sites: 5, version: "2" }, "2");
    const repository = fixture.place.repository;
    let hasMoved = false;
    const clock = {
      ...clockAt(1_900_000_000),
      now: () => {
        // A release by plain git push: branch and tag appear under our feet.
        if (!hasMoved) pushForeignRelease(repository);
        hasMoved = true;
        return 1_900_000_000_000;
      },
    };
    const result = valueOf(await release({ ...input, clock, promotion: { sites: "all", key: key(fixture, "promote") } }));
    expect(result.release).toBe(3);
    expect(git(repository, ["log", "--format=%s", "fleet"])).toBe("release 3\nrelease 2\nrelease 1\n");

    function pushForeignRelease(folder: string): void {
      const text = git(folder, ["cat-file", "commit", "fleet"]).replaceAll("elease 1", "elease 2").replace("Release: 1", "Release: 2");
      const parent = git(folder, ["rev-parse", "fleet"]).trim();
      const commit = git(folder, ["hash-object", "-t", "commit", "-w", "--stdin"], text.replace("\n", `\nparent ${parent}\n`)).trim();
      git(folder, ["update-ref", "refs/tags/release/2", commit]);
      git(folder, ["update-ref", "refs/heads/fleet", commit]);
    }
  });
});

describe("a remote fleet repository", () => {
  test("is released to, promoted, and gives every clone what a local one gives", async () => {
    const remote = bareRepository();
    const fixture = fleetFixture({ repository: `file://${remote}` });
    const first = await releaseAndPromote(fixture, { sites: 20 });
    expect(first).toMatchObject({ release: 1, promotion: { moved: { length: 20 } } });
    expect(Object.fromEntries(readRefs(remote))).toEqual(Object.fromEntries(readRefs(fixture.place.mirror)));
    git(remote, ["fsck", "--strict", "--no-dangling"]);
    // Another machine, with no mirror yet, goes on.
    const other = { ...fixture, place: { ...fixture.place, mirror: join(scratch(), "other.git") } };
    const second = await releaseAndPromote(other, { sites: 20, version: "2", upTo: 3 }, "2");
    expect(second).toMatchObject({ release: 2, promotion: { moved: { length: 3 }, unchanged: { length: 17 } } });
    expect(valueOf(await listSiteHeads(fixture.place)).filter(({ release: number }) => number === 2)).toHaveLength(3);
  });

  test("that cannot be reached is an error of the world, without the password", async () => {
    const fixture = fleetFixture({ repository: "http://me:hunter2@127.0.0.1:1/fleet.git" });
    const failure = await release(releaseInput(fixture, { sites: 2 })).catch((error: unknown) => error as Error & { next: string });
    expect(failure).toMatchObject({ code: "git-failed" });
    expect(JSON.stringify([(failure as Error).message, (failure as { next: string }).next])).not.toContain("hunter2");
  });
});

async function until(holds: () => boolean): Promise<void> {
  for (let waited = 0; !holds(); waited += 5) {
    if (waited > 20_000) throw new Error("it never came to that");
    await delay(5);
  }
}

/** `git gc` holds git's lock for long on a busy machine: then the run says so, and is repeated as a person would. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if ((error as { code?: string }).code !== "refs-locked" || attempt === 20) throw error;
    }
  }
}
