import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import type { Outcome } from "../../core/index.ts";
import { readRefs } from "../../git/index.ts";
import { promote, type PromotionResult, release, type ReleaseResult, rollback, type RollbackResult } from "../../publish/index.ts";
import { siteRef } from "../../releases/index.ts";
import { bareRepository, git, removeScratch } from "../git/scratch.ts";
import { codesOf, type FleetFixture, fleetFixture, key, releaseAndPromote, releaseInput, valueOf } from "./fleet-fixture.ts";
import { siteIdOf } from "./synthetic-fleet.ts";

afterAll(removeScratch);

const [a, b, c] = [0, 1, 2].map(siteIdOf) as [string, string, string];

function order(fixture: FleetFixture, sites: "all" | readonly string[], more = {}) {
  return { ...fixture.place, promotion: { sites, key: key(fixture, "promote"), ...more } };
}

/** Every file below a folder, with its size and the moments of its last changes: what a dry run must leave as it is. */
function filesOf(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names.toSorted().map((name) => {
    const { size, mtimeMs, ctimeMs } = statSync(join(folder, name));
    return `${name} ${size} ${mtimeMs} ${ctimeMs}`;
  });
}

/** Runs the same order dry and in earnest, and compares: the dry run says what the other does, and leaves every file as it is. */
async function both<T>(fixture: FleetFixture, run: (dryRun: boolean) => Promise<Outcome<T>>): Promise<T> {
  const { repository } = fixture.place;
  const before = existsSync(repository) ? filesOf(repository) : undefined;
  const dry = await run(true);
  expect(existsSync(repository) ? filesOf(repository) : undefined).toEqual(before);
  const real = await run(false);
  expect(dry.problems ?? []).toEqual(real.problems ?? []);
  expect(comparable(valueOf(dry))).toEqual({ ...comparable(valueOf(real)), dryRun: true });
  return valueOf(real);
}

/** Without what cannot be known before the objects are made: ids of site commits hold the moment, and packs their own compression. */
function comparable(value: unknown): Record<string, unknown> {
  const text = JSON.stringify(value, (name, inner) => (["commit", "packs", "packBytes"].includes(name) ? undefined : inner));
  return JSON.parse(text);
}

describe("a dry run says what the real run then does, and changes no file:", () => {
  test("a release into a repository that is not there yet, which is not made", async () => {
    const fixture = fleetFixture();
    const input = { ...releaseInput(fixture, { sites: 6 }), promotion: { sites: "all", key: key(fixture, "promote") } } as const;
    const made: ReleaseResult = await both(fixture, (dryRun) => release({ ...input, dryRun }));
    expect(made.refs.map(({ name, old }) => [name, old])).toEqual([
      ["refs/heads/fleet", null],
      ["refs/tags/release/1", null],
      ["refs/heads/trust", null],
    ]);
    expect(made.promotion?.moved).toHaveLength(6);
    expect(made.written.objects).toBeGreaterThan(6);
  });

  test("a later release, which changes some sites; and the same source again", async () => {
    const fixture = fleetFixture();
    await releaseAndPromote(fixture, { sites: 9 });
    const next = releaseInput(fixture, { sites: 9, version: "2", upTo: 4 }, "2");
    const input = { ...next, promotion: { sites: [a, b], key: key(fixture, "promote") } };
    const made: ReleaseResult = await both(fixture, (dryRun) => release({ ...input, dryRun }));
    expect(made).toMatchObject({ release: 2, outcome: "released", promotion: { moved: { length: 2 } } });
    const repository = fixture.place.repository;
    for (const { name, new: id } of made.refs) expect([name, git(repository, ["rev-parse", name]).trim()]).toEqual([name, id]);
    expect(await both(fixture, (dryRun) => release({ ...input, dryRun }))).toMatchObject({ outcome: "unchanged", written: { objects: 0 } });
  });

  test("a promotion, of a release whose tag is not on branch trust too", async () => {
    const fixture = fleetFixture();
    valueOf(await release(releaseInput(fixture, { sites: 4 })));
    const some: PromotionResult = await both(fixture, (dryRun) => promote({ ...order(fixture, [a]), dryRun }));
    expect(some).toMatchObject({ refs: [], moved: [{ site: a, seq: 1, from: null, commit: expect.any(String) }] });
    git(fixture.place.repository, ["update-ref", "-d", "refs/heads/trust"]);
    const all: PromotionResult = await both(fixture, (dryRun) => promote({ ...order(fixture, "all", { seqFloor: 7 }), dryRun }));
    expect(all).toMatchObject({ refs: [{ name: "refs/heads/trust", old: null }], unchanged: [a] });
    expect(all.moved.map(({ seq }) => seq)).toEqual([8, 8, 8]);
  });

  test("a rollback, with all that goes back", async () => {
    const fixture = fleetFixture();
    await releaseAndPromote(fixture, { sites: 5 }, "1");
    await releaseAndPromote(fixture, { sites: 5, version: "2" }, "2");
    const back: RollbackResult = await both(fixture, (dryRun) => rollback({ ...order(fixture, [a, b]), to: 1, dryRun }));
    expect(back).toMatchObject({ moved: [{ from: 2 }, { from: 2 }], movedBack: [{ change: "older", sites: 2 }] });
  });

  test("what stands against it is told by both, in the same words", async () => {
    const fixture = fleetFixture();
    const missing = await promote({ ...order(fixture, "all"), dryRun: true });
    expect(missing).toEqual(await promote(order(fixture, "all")));
    expect(codesOf(missing)).toEqual(["bad-repository"]);
    const repositoryAt = { file: "cdk8s.yaml", line: 7, column: 3 };
    const nowhere = { ...order(fixture, "all"), repository: "file:///nowhere/fleet.git", repositoryAt };
    for (const dryRun of [true, false])
      expect(await promote({ ...nowhere, dryRun })).toMatchObject({
        problems: [
          {
            code: "bad-repository",
            message: 'the fleet repository "file:///nowhere/fleet.git" does not exist',
            at: [repositoryAt],
            next: expect.stringContaining("git init --bare /nowhere/fleet.git"),
          },
        ],
      });
    await releaseAndPromote(fixture, { sites: 3 });
    for (const dryRun of [true, false]) {
      expect(codesOf(await promote({ ...order(fixture, ["nowhere"]), dryRun }))).toEqual(["unknown-site"]);
      expect(codesOf(await rollback({ ...order(fixture, "all"), to: 9, dryRun }))).toEqual(["unknown-release"]);
      const input = { ...releaseInput(fixture, { sites: 3 }), releaseKey: key(fixture, "promote"), dryRun };
      expect(codesOf(await release(input))).toEqual(["key-without-role"]);
    }
  });

  test("a release into a remote repository, of which only the mirror on this machine is fetched", async () => {
    const remote = bareRepository();
    const fixture = fleetFixture({ repository: `file://${remote}` });
    const input = { ...releaseInput(fixture, { sites: 3 }), promotion: { sites: "all", key: key(fixture, "promote") } } as const;
    const before = filesOf(remote);
    const dry = valueOf(await release({ ...input, dryRun: true }));
    expect(filesOf(remote)).toEqual(before);
    expect(readRefs(fixture.place.mirror).size).toBe(0);
    expect(git(fixture.place.mirror, ["count-objects"])).toBe("0 objects, 0 kilobytes\n");
    expect(existsSync(`${fixture.place.mirror}.lock`)).toBe(false);
    expect(comparable(dry)).toEqual({ ...comparable(valueOf(await release(input))), dryRun: true });
  });
});

describe("a rollback shows what goes back", () => {
  test("before anything is written; and when that ends the run, nothing has moved", async () => {
    const fixture = fleetFixture();
    await releaseAndPromote(fixture, { sites: 5 }, "1");
    await releaseAndPromote(fixture, { sites: 5, version: "2" }, "2");
    const repository = fixture.place.repository;
    const before = readRefs(repository);
    const packs = readdirSync(join(repository, "objects/pack"));
    const seen: RollbackResult[] = [];
    const onPreview = (preview: RollbackResult): void => {
      seen.push(preview);
      expect(readRefs(repository)).toEqual(before);
      expect(readdirSync(join(repository, "objects/pack"))).toEqual(packs);
      if (seen.length === 1) throw new Error("nobody reads this");
    };
    const run = () => rollback({ ...order(fixture, [a, c]), to: 1, onPreview });
    await expect(run()).rejects.toThrow("nobody reads this");
    expect(readRefs(repository)).toEqual(before);
    const done = valueOf(await run());
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[1]?.movedBack).toEqual(done.movedBack);
    expect(seen[1]?.moved.map(({ site, seq, from }) => [site, seq, from])).toEqual([a, c].toSorted().map((site) => [site, 3, 2]));
    expect(readRefs(repository).get(siteRef(a))).not.toBe(before.get(siteRef(a)));
  });
});
