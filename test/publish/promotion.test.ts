import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { canonicalJson, type TrustDocument } from "../../core/index.ts";
import { readRefs } from "../../git/index.ts";
import { promote, release, rollback } from "../../publish/index.ts";
import { listReleases, listSiteHeads, siteRef } from "../../releases/index.ts";
import { createKeySet, GIT_NAMESPACE, signDocument, type SigningKey, signSsh, TRUST_NAMESPACE } from "../../trust/index.ts";
import { readReleaseTag, readSiteCommit, releaseSignaturePath, writeTrustDocument } from "../../wire/index.ts";
import { git, gitBytes, removeScratch, scratch } from "../git/scratch.ts";
import { clockAt, codesOf, type FleetFixture, fleetFixture, key, releaseAndPromote, releaseInput, valueOf } from "./fleet-fixture.ts";
import { siteIdOf } from "./synthetic-fleet.ts";

afterAll(removeScratch);

const [a, b, c] = [0, 1, 2].map(siteIdOf) as [string, string, string];

function order(fixture: FleetFixture, sites: "all" | readonly string[], more = {}) {
  return { ...fixture.place, promotion: { sites, key: key(fixture, "promote"), ...more } };
}

function head(fixture: FleetFixture, site: string) {
  const read = readSiteCommit(gitBytes(fixture.place.repository, ["cat-file", "commit", siteRef(site)]));
  if ("fault" in read) throw new Error(read.fault);
  return read.value;
}

describe("a promotion", () => {
  test("gives the named sites a signed commit each, and touches no other", async () => {
    const fixture = fleetFixture();
    valueOf(await release(releaseInput(fixture, { sites: 8 })));
    const result = valueOf(await promote(order(fixture, [b, a])));
    expect(result).toMatchObject({
      release: 1,
      moved: [
        { site: a, seq: 1, from: null },
        { site: b, seq: 1, from: null },
      ],
      unchanged: [],
      lost: [],
    });
    expect([...readRefs(fixture.place.repository).keys()].filter((name) => name.includes("sites"))).toEqual([a, b].map(siteRef).sort());
    expect(head(fixture, a)).toMatchObject({ site: a, fleet: "airports", release: 1, seq: 1, parent: null, urgent: false, retired: null });
    const rest = valueOf(await promote(order(fixture, "all")));
    expect(rest).toMatchObject({ moved: { length: 6 }, unchanged: [a, b].sort() });
    expect(valueOf(await listSiteHeads(fixture.place)).map(({ site, seq }) => `${site} ${seq}`)).toHaveLength(8);
  });

  test("never lowers: each selected site stands in exactly one list", async () => {
    const fixture = fleetFixture();
    valueOf(await release(releaseInput(fixture, { sites: 4 }, "1")));
    valueOf(await promote(order(fixture, [siteIdOf(3)])));
    valueOf(await release(releaseInput(fixture, { sites: 3, version: "2", upTo: 2 }, "2")));
    valueOf(await promote(order(fixture, [a])));
    const older = valueOf(await promote({ ...order(fixture, "all"), release: 1 }));
    expect(older.alreadyNewer).toEqual([{ site: a, release: 2 }]);
    expect(older.unchanged).toEqual([siteIdOf(3)]);
    expect(older.moved.map(({ site }) => site)).toEqual([b, c].sort());
    const newer = valueOf(await promote(order(fixture, "all")));
    // The third site's tree is the same in both releases: no commit for it.
    expect(newer).toMatchObject({
      moved: [{ site: b, seq: 2, from: 1 }],
      unchanged: [a, c].sort(),
      notInRelease: [siteIdOf(3)],
      alreadyNewer: [],
      alreadyOlder: [],
    });
    const again = valueOf(await promote({ ...order(fixture, [a, c], { again: true }), release: 1 }));
    expect(again).toMatchObject({ alreadyNewer: [{ site: a, release: 2 }], moved: [{ site: c, seq: 2, from: 1 }] });
  });

  test("raises seq by one, above the floor, on its parent, at a time that never runs backwards", async () => {
    const fixture = fleetFixture();
    valueOf(await release(releaseInput(fixture, { sites: 3 })));
    const later = 1_900_000_000;
    valueOf(await promote({ ...order(fixture, [a], { seqFloor: 41 }), clock: clockAt(later) }));
    const first = head(fixture, a);
    expect([first.seq, first.seconds]).toEqual([42, later]);
    valueOf(await promote({ ...order(fixture, [a, b], { again: true, urgent: true }), clock: clockAt(5) }));
    const second = head(fixture, a);
    expect(second).toMatchObject({ seq: 43, seconds: later, urgent: true, tree: first.tree });
    expect(git(fixture.place.repository, ["rev-parse", `${siteRef(a)}~1`]).trim()).toBe(second.parent);
    expect(head(fixture, b)).toMatchObject({ seq: 1, seconds: 1_795_000_001 });
    expect(codesOf(await promote(order(fixture, [a], { again: true, seqFloor: 43 + 100_000 })))).toEqual(["seq-jump"]);
    expect(valueOf(await promote(order(fixture, [a], { again: true, seqFloor: 42 + 100_000 }))).moved[0]?.seq).toBe(43 + 100_000);
  });

  test("names what is unknown, all at once, and writes nothing", async () => {
    const fixture = fleetFixture();
    valueOf(await release(releaseInput(fixture, { sites: 3 })));
    const before = readRefs(fixture.place.repository);
    const typo = `${a.slice(0, -1)}x`;
    const outcome = await promote(order(fixture, [typo, "nowhere-near", b]));
    expect(codesOf(outcome)).toEqual(["unknown-site", "unknown-site"]);
    expect(outcome.problems?.[0]?.next).toBe(`Did you mean "${a}"?`);
    expect(codesOf(await promote({ ...order(fixture, "all"), release: 9 }))).toEqual(["unknown-release"]);
    expect(codesOf(await promote(order(fixture, "all", { key: key(fixture, "release") })))).toEqual(["key-without-role"]);
    expect(readRefs(fixture.place.repository)).toEqual(before);
  });

  test("does not build on a site ref that holds something else than that site's commit", async () => {
    const fixture = fleetFixture();
    await releaseAndPromote(fixture, { sites: 3 });
    const repository = fixture.place.repository;
    // As a fleet of version 0.1 has it, where the branches of sites say what they were told.
    for (const name of readRefs(repository).keys()) if (name.startsWith("refs/heads/shards/")) git(repository, ["update-ref", "-d", name]);
    git(repository, ["update-ref", siteRef(a), git(repository, ["rev-parse", siteRef(b)]).trim()]);
    git(repository, ["update-ref", siteRef(c), git(repository, ["rev-parse", "fleet"]).trim()]);
    const outcome = await promote(order(fixture, "all", { again: true }));
    expect(codesOf(outcome)).toEqual(["site-ref-damaged"]);
    expect(outcome.problems?.[0]?.message).toContain("2 sites");
    expect(codesOf(await promote(order(fixture, [b], { again: true })))).toEqual([]);
  });
});

describe("a release that was tampered with is not promoted:", () => {
  const whole = fleetFixture();
  beforeAll(async () => void valueOf(await release(releaseInput(whole, { sites: 3 }))));

  /** A copy of the one release, to be tampered with. */
  function released(): FleetFixture {
    const repository = join(scratch(), "fleet.git");
    cpSync(whole.place.repository, repository, { recursive: true });
    return { ...whole, place: { ...whole.place, repository } };
  }

  /** Moves tag and branch to a commit and tag made by hand. */
  function forge(fixture: FleetFixture, change: (tag: string) => string): void {
    const repository = fixture.place.repository;
    const bytes = change(git(repository, ["cat-file", "tag", "release/1"]));
    const id = git(repository, ["hash-object", "-t", "tag", "-w", "--stdin"], bytes).trim();
    git(repository, ["update-ref", "refs/tags/release/1", id]);
  }

  test("a tag whose bytes were changed", async () => {
    const fixture = released();
    forge(fixture, (tag) => tag.replace(/Skerry-Sites: 3 sha256:./, "Skerry-Sites: 3 sha256:0"));
    const outcome = await promote(order(fixture, "all"));
    expect(codesOf(outcome)).toEqual(["release-not-signed"]);
    expect(codesOf(await listReleases(fixture.place))).toEqual(["release-not-signed"]);
  });

  test("a tag by a key without the role, or without a signature", async () => {
    const fixture = released();
    forge(fixture, (tag) => tag.slice(0, tag.indexOf("-----BEGIN")));
    expect(codesOf(await promote(order(fixture, "all")))).toEqual(["release-not-signed"]);
    forge(fixture, (tag) => `${tag}one more line\n`);
    expect(codesOf(await promote(order(fixture, "all")))).toEqual(["release-damaged"]);
  });

  test("digests that do not add up to the signed root, even when somebody who may sign made the tag", async () => {
    const fixture = released();
    const repository = fixture.place.repository;
    const path = git(repository, ["ls-tree", "-r", "--name-only", "fleet", "digests/"]).split("\n")[0] as string;
    const lines = git(repository, ["cat-file", "blob", `fleet:${path}`])
      .replace(/sha256:./, "sha256:f")
      .replace(/sha256:f(?=f)/, "sha256:e");
    const blob = git(repository, ["hash-object", "-w", "--stdin"], lines).trim();
    const tree = replaced(repository, git(repository, ["rev-parse", "fleet^{tree}"]).trim(), path, blob);
    const commit = git(
      repository,
      ["hash-object", "-t", "commit", "-w", "--stdin"],
      git(repository, ["cat-file", "commit", "fleet"]).replace(/^tree .*/, `tree ${tree}`),
    ).trim();
    const { payload } = signedTag(fixture, commit);
    git(repository, ["update-ref", "refs/heads/fleet", commit]);
    git(repository, ["update-ref", "refs/tags/release/1", git(repository, ["hash-object", "-t", "tag", "-w", "--stdin"], payload).trim()]);
    const outcome = await promote(order(fixture, "all"));
    expect(codesOf(outcome)).toEqual(["release-damaged"]);
    expect(outcome.problems?.[0]?.because).toContain("Merkle root");
  });

  test("a tag of another release under this one's name", async () => {
    const fixture = released();
    valueOf(await release(releaseInput(fixture, { sites: 3, version: "2" }, "2")));
    git(fixture.place.repository, ["update-ref", "refs/tags/release/2", "refs/tags/release/1"]);
    expect(codesOf(await promote({ ...order(fixture, "all"), release: 2 }))).toEqual(["release-damaged"]);
  });

  test("a ref that names no annotated tag", async () => {
    const fixture = released();
    git(fixture.place.repository, ["update-ref", "refs/tags/release/1", "refs/heads/fleet"]);
    const outcome = await promote(order(fixture, "all"));
    expect(codesOf(outcome)).toEqual(["release-damaged"]);
    expect(codesOf(await listReleases(fixture.place))).toEqual(["release-damaged"]);
  });

  test("a release that one of two needed keys has signed: released, but promoted only with the other signature beside it", async () => {
    const keys = createKeySet("airports", {
      keyRoles: { root: ["root"], release: ["release"], second: ["release"], promote: ["promote", "freshness"] },
      thresholds: { release: 2 },
    });
    const fixture = { ...fleetFixture({ trust: [Buffer.from(writeTrustDocument(keys.trust))] }), keys };
    const input = releaseInput(fixture, { sites: 2 });
    const both = { ...input, promotion: { sites: "all", key: key(fixture, "promote") } } as const;
    expect(codesOf(await release(both))).toEqual(["release-not-signed"]);
    expect(readRefs(fixture.place.repository).size).toBe(0);
    valueOf(await release(input));
    expect(codesOf(await promote(order(fixture, "all")))).toEqual(["release-not-signed"]);
    const repository = fixture.place.repository;
    const tag = readReleaseTag(gitBytes(repository, ["cat-file", "tag", "release/1"]));
    const second = keys.keys.get("second") as SigningKey;
    if ("fault" in tag) throw new Error(tag.fault);
    const signature = signSsh(second, GIT_NAMESPACE, tag.value.payload);
    const path = releaseSignaturePath(1, second.publicKey.fingerprint).split("/")[1] as string;
    const blob = git(repository, ["hash-object", "-w", "--stdin"], signature).trim();
    const releases = git(repository, ["mktree"], `${git(repository, ["ls-tree", "trust:releases"])}100644 blob ${blob}\t${path}\n`).trim();
    const root = git(repository, ["ls-tree", "trust"]).replace(/[0-9a-f]{40}\treleases/, `${releases}\treleases`);
    const tree = git(repository, ["mktree"], root).trim();
    git(repository, ["update-ref", "refs/heads/trust", git(repository, ["commit-tree", tree, "-p", "trust", "-m", "cosign"]).trim()]);
    expect(valueOf(await promote(order(fixture, "all"))).moved).toHaveLength(2);
    valueOf(await release({ ...releaseInput(fixture, { sites: 2, version: "2" }, "2") }));
    expect(git(repository, ["ls-tree", "--name-only", "trust:releases"]).split("\n")).toContain(path);
  });

  function signedTag(fixture: FleetFixture, commit: string): { payload: string } {
    const old = git(fixture.place.repository, ["cat-file", "tag", "release/1"]);
    const unsigned = old.slice(0, old.indexOf("-----BEGIN")).replace(/^object .*/, `object ${commit}`);
    return { payload: `${unsigned}${signSsh(key(fixture, "release"), GIT_NAMESPACE, Buffer.from(unsigned))}\n` };
  }

  function replaced(repository: string, tree: string, path: string, blob: string): string {
    const [name, ...rest] = path.split("/") as [string, ...string[]];
    const lines = git(repository, ["ls-tree", tree])
      .trimEnd()
      .split("\n")
      .map((line) => {
        if (!line.endsWith(`\t${name}`)) return line;
        const id = line.split(/[ \t]/)[2] as string;
        return line.replace(id, rest.length === 0 ? blob : replaced(repository, id, rest.join("/"), blob));
      });
    return git(repository, ["mktree"], `${lines.join("\n")}\n`).trim();
  }
});

describe("a rollback", () => {
  test("promotes older trees with a higher seq, and says what else moves back", async () => {
    const fixture = fleetFixture();
    await releaseAndPromote(fixture, { sites: 6 }, "1");
    await releaseAndPromote(fixture, { sites: 6, version: "2" }, "2");
    await releaseAndPromote(fixture, { sites: 6, version: "3" }, "3");
    const old = git(fixture.place.repository, ["rev-parse", `${siteRef(a)}~2^{tree}`]);
    const result = valueOf(await rollback({ ...order(fixture, [a, b]), to: 1 }));
    expect(result).toMatchObject({
      release: 1,
      moved: [
        { site: a, seq: 4, from: 3 },
        { site: b, seq: 4, from: 3 },
      ],
    });
    expect(result.movedBack).toEqual([{ path: "manifests/40-apps/boards", change: "older", sites: 2 }]);
    expect(git(fixture.place.repository, ["rev-parse", `${siteRef(a)}^{tree}`])).toBe(old);
    expect(head(fixture, c).release).toBe(3);
    git(fixture.place.repository, ["fsck", "--strict", "--no-dangling"]);
  });

  test("leaves alone what is already there or lower, was never promoted, or is not in that release", async () => {
    const fixture = fleetFixture();
    valueOf(await release(releaseInput(fixture, { sites: 3 }, "1")));
    valueOf(await promote(order(fixture, [a])));
    await releaseAndPromote(fixture, { sites: 5, version: "2", upTo: 2 }, "2").then(async () => undefined);
    valueOf(await release(releaseInput(fixture, { sites: 6, version: "3" }, "3")));
    const toThird = valueOf(await rollback({ ...order(fixture, [a, siteIdOf(5)]), to: 3 }));
    expect(toThird).toMatchObject({ alreadyOlder: [{ site: a, release: 2 }], neverPromoted: [siteIdOf(5)], moved: [], movedBack: [] });
    const toFirst = valueOf(await rollback({ ...order(fixture, [b, c, siteIdOf(4)]), to: 1 }));
    expect(toFirst).toMatchObject({ notInRelease: [siteIdOf(4)], unchanged: [c] });
    expect(toFirst.moved.map(({ site, seq }) => [site, seq])).toEqual([[b, 2]]);
    const up = valueOf(await promote(order(fixture, [b])));
    expect(up.moved).toMatchObject([{ site: b, seq: 3, from: 1 }]);
  });
});

describe("branch trust", () => {
  test("keeps the last 50 releases and every one that a site is at", async () => {
    const fixture = fleetFixture();
    await releaseAndPromote(fixture, { sites: 2, version: "first" }, "1");
    valueOf(await promote(order(fixture, [a])));
    for (const number of [2, 3, 51, 52, 53, 54]) {
      if (number === 51) plantReleases(fixture, 3, 50);
      const input = releaseInput(fixture, { sites: 2, version: `v${number}` });
      const source = { commit: number.toString(16).padStart(40, "0"), seconds: 1_795_000_000 + number };
      expect(valueOf(await release({ ...input, source })).release).toBe(number);
      if (number === 3) valueOf(await promote(order(fixture, [b])));
    }
    const kept = git(fixture.place.repository, ["ls-tree", "--name-only", "trust:releases"])
      .trim()
      .split("\n")
      .map((name) => Number.parseInt(name, 10));
    expect(kept.sort((left, right) => left - right)).toEqual([1, 3, ...Array.from({ length: 50 }, (_, index) => index + 5)]);
    // Going back to one whose tag was dropped brings the tag back, before any site is told.
    valueOf(await rollback({ ...order(fixture, [b]), to: 2 }));
    const back = git(fixture.place.repository, ["cat-file", "blob", "trust:releases/2.tag"]);
    expect(back).toBe(git(fixture.place.repository, ["cat-file", "tag", "release/2"]));
  }, 60_000);

  /** Signs the releases after `last` up to `until` with the same trees, in a handful of git's processes instead of hundreds. */
  function plantReleases(fixture: FleetFixture, last: number, until: number): void {
    const repository = fixture.place.repository;
    const numbered = (text: string, number: number) =>
      text.replaceAll(new RegExp(`(elease[ /]|Release: )${last}\\n`, "g"), `$1${number}\n`);
    const parent = git(repository, ["rev-parse", "fleet"]).trim();
    const fleet = numbered(git(repository, ["cat-file", "commit", "fleet"]), until).replace(/^parent .*/m, `parent ${parent}`);
    const commit = git(repository, ["hash-object", "-t", "commit", "-w", "--stdin"], fleet).trim();
    const old = git(repository, ["cat-file", "tag", `release/${last}`]);
    const unsigned = old.slice(0, old.indexOf("-----BEGIN")).replace(/^object .*/, `object ${commit}`);
    const numbers = Array.from({ length: until - last }, (_, index) => last + 1 + index);
    const folder = scratch();
    const files = numbers.map((number) => {
      const payload = numbered(unsigned, number);
      writeFileSync(join(folder, `${number}`), `${payload}${signSsh(key(fixture, "release"), GIT_NAMESPACE, Buffer.from(payload))}\n`);
      return join(folder, `${number}`);
    });
    const written = (kind: string) =>
      git(repository, ["hash-object", "-t", kind, "-w", "--", ...files])
        .trim()
        .split("\n");
    const blobs = written("blob").map((id, index) => `100644 blob ${id}\t${numbers[index]}.tag\n`);
    const releases = git(repository, ["mktree"], `${git(repository, ["ls-tree", "trust:releases"])}${blobs.join("")}`).trim();
    const root = git(repository, ["ls-tree", "trust"]).replace(/[0-9a-f]{40}\treleases/, `${releases}\treleases`);
    const tree = git(repository, ["mktree"], root).trim();
    const trust = git(repository, ["commit-tree", tree, "-p", "trust", "-m", "more"]).trim();
    const tags = written("tag").map((id, index) => `create refs/tags/release/${numbers[index]} ${id}\n`);
    git(repository, ["update-ref", "--stdin"], `${tags.join("")}update refs/heads/fleet ${commit}\nupdate refs/heads/trust ${trust}\n`);
  }

  test("gets new trust versions with the next release, and its own are walked one by one", async () => {
    const fixture = fleetFixture();
    await releaseAndPromote(fixture, { sites: 2 }, "1");
    const next = nextTrust(fixture, { minRelease: 2 });
    const place = { ...fixture.place, trust: [...fixture.place.trust, next] };
    const second = { ...fixture, place };
    await releaseAndPromote(second, { sites: 2, version: "2" }, "2");
    expect(git(place.repository, ["ls-tree", "-r", "--name-only", "trust"]).trim().split("\n")).toEqual([
      "releases/1.tag",
      "releases/2.tag",
      "trust/1.json",
      "trust/2.json",
    ]);
    expect(git(place.repository, ["log", "-1", "--format=%s", "trust"])).toBe("trust 2, releases to 2\n");
    // An office that knows version 1 alone follows the repository.
    expect(codesOf(await rollback({ ...order(fixture, [a]), to: 1 }))).toEqual(["release-too-old"]);
  });

  test("with anything strange on it stops everything", async () => {
    const fixture = fleetFixture();
    await releaseAndPromote(fixture, { sites: 2 });
    const repository = fixture.place.repository;
    const blob = git(repository, ["hash-object", "-w", "--stdin"], "x").trim();
    const tree = git(repository, ["mktree"], `${git(repository, ["ls-tree", "trust"])}100644 blob ${blob}\tREADME\n`).trim();
    const trust = git(repository, ["rev-parse", "trust"]).trim();
    git(repository, ["update-ref", "refs/heads/trust", git(repository, ["commit-tree", tree, "-p", trust, "-m", "hi"]).trim()]);
    expect(codesOf(await promote(order(fixture, "all", { again: true })))).toEqual(["trust-broken"]);
    git(repository, ["update-ref", "refs/heads/trust", trust]);
    expect(codesOf(await promote(order(fixture, "all", { again: true })))).toEqual([]);
    writeFileSync(join(repository, "unrelated"), "");
  });

  function nextTrust(fixture: FleetFixture, change: Partial<TrustDocument["signed"]>): Buffer {
    const signed = { ...fixture.keys.trust.signed, version: 2, ...change };
    const root = fixture.keys.keys.get("root");
    if (!root) throw new Error("no root key");
    expect(canonicalJson(signed)).toContain('"version":2');
    return Buffer.from(writeTrustDocument(signDocument(signed, TRUST_NAMESPACE, [root])));
  }
});
