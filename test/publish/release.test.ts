import { execFileSync } from "node:child_process";
import { createPublicKey } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import type { SiteTree, TreePart } from "../../core/index.ts";
import { readObjects, readRefs, siteTreeDigest } from "../../git/index.ts";
import { promote, readSource, release } from "../../publish/index.ts";
import { listReleases, readReleasedInventory, shardRef, siteRef } from "../../releases/index.ts";
import { createKeySet, GIT_NAMESPACE, judgeSiteCommit, readSigningKey, type SigningKey, SshSigner } from "../../trust/index.ts";
import { readDigestFile, readSiteCommit, writeTrustDocument } from "../../wire/index.ts";
import { SigningPool } from "../../publish/promote/signing-pool.ts";
import { bareRepository, git, gitBytes, PLAIN, removeScratch, scratch } from "../git/scratch.ts";
import { clockAt, codesOf, fleetFixture, gitCode, key, releaseAndPromote, releaseInput, valueOf } from "./fleet-fixture.ts";
import { siteIdOf, syntheticFleet } from "./synthetic-fleet.ts";

afterAll(removeScratch);

describe("the worked example of the documents", () => {
  test("is reproduced: the same fleet commit, tag, trust branch and site commits, bit by bit", async () => {
    const vectors = readVectors();
    const bundle = join(scratch(), "vectors.git");
    execFileSync("git", ["clone", "--quiet", "--mirror", "test/wire/vectors/fleet.bundle", bundle], { env: PLAIN, stdio: "ignore" });
    const signingKey = keyOf(vectors.privateKey);
    const repository = join(scratch(), "fleet.git");
    const outcome = await release({
      ...{ fleet: "airports", repository, mirror: "unused", clock: clockAt(1_795_000_000) },
      trust: [Buffer.from(vectors.trust.document)],
      source: { commit: "1".repeat(40), seconds: 1_795_000_000 },
      trees: vectors.sites.map((site) => vectorTree(bundle, site.id)).reverse(),
      inventory: vectors.sites.map(({ id }) => ({ id, name: id.toUpperCase(), level: ["x"], labels: {}, profile: "airport" })),
      releaseKey: signingKey,
      promotion: { sites: "all", key: signingKey },
    });
    expect(valueOf(outcome)).toMatchObject({
      release: 1,
      commit: vectors.fleetCommit,
      tag: vectors.tag.id,
      sites: { count: 3, root: vectors.root },
    });
    expect(Object.fromEntries(readRefs(repository))).toEqual({
      "refs/heads/fleet": vectors.fleetCommit,
      "refs/heads/trust": vectors.trust.branch,
      "refs/tags/release/1": vectors.tag.id,
      ...Object.fromEntries(vectors.sites.map((site) => [siteRef(site.id), site.commit])),
      ...Object.fromEntries(vectors.shards.map(({ shard, commit }) => [shardRef(shard), commit])),
    });
    expect(gitBytes(repository, ["cat-file", "commit", siteRef("eddm")]).toString()).toBe(vectors.sites[0]?.raw);
  });
});

describe("a release", () => {
  test("can be cloned, is clean to git, and every commit and tag verifies", async () => {
    const fixture = fleetFixture();
    const result = await releaseAndPromote(fixture, { sites: 40 });
    const repository = fixture.place.repository;
    expect(result).toMatchObject({ release: 1, outcome: "released", sites: { count: 40 }, trust: 1 });
    expect(result.promotion?.moved.map(({ seq }) => seq)).toEqual(Array.from({ length: 40 }, () => 1));
    git(repository, ["fsck", "--strict", "--no-dangling"]);
    const clone = join(scratch(), "clone");
    execFileSync("git", ["clone", "--quiet", repository, clone], { env: PLAIN, stdio: "ignore" });
    expect(readFileSync(join(clone, "fleet.json"), "utf8")).toBe('{"fleet":"airports","format":"skerry.fleet/1","shards":16}\n');
    const verify = ["-c", "gpg.format=ssh", "-c", `gpg.ssh.allowedSignersFile=${fixture.signers}`];
    expect(gitCode(repository, [...verify, "verify-tag", "release/1"])).toBe(0);
    for (const { commit } of result.promotion?.moved.slice(0, 5) ?? [])
      expect(gitCode(repository, [...verify, "verify-commit", String(commit)])).toBe(0);
    const strangers = join(scratch(), "signers");
    writeFileSync(strangers, readFileSync(fleetFixture().signers));
    expect(
      gitCode(repository, ["-c", "gpg.format=ssh", "-c", `gpg.ssh.allowedSignersFile=${strangers}`, "verify-tag", "release/1"]),
    ).not.toBe(0);
  });

  test("a site commit's tree is the site's folder in the fleet commit, and its digest is what a SHA-256 repository computes", async () => {
    const fixture = fleetFixture();
    await releaseAndPromote(fixture, { sites: 12 });
    const repository = fixture.place.repository;
    const sha256 = bareRepository(["--object-format=sha256"]);
    for (const site of [0, 5, 11].map(siteIdOf)) {
      const tree = git(repository, ["rev-parse", `${siteRef(site)}^{tree}`]).trim();
      const shard = git(repository, ["ls-tree", "-r", "-d", "--name-only", "fleet", "sites/"])
        .split("\n")
        .find((path) => path.endsWith(`/${site}`)) as string;
      expect(git(repository, ["rev-parse", `fleet:${shard}`]).trim()).toBe(tree);
      const oracle = importTree(sha256, filesOf(repository, tree));
      const message = git(repository, ["log", "-1", "--format=%B", siteRef(site)]);
      expect(message).toContain(`Skerry-Tree: sha256:${oracle}\n`);
      const lines = readDigestFile(
        gitBytes(repository, ["cat-file", "blob", `fleet:digests/${shard.split("/")[1]}.ndjson`]),
        shard.split("/")[1] as string,
      );
      expect("value" in lines ? lines.value.find(({ id }) => id === site)?.tree : lines.fault).toBe(`sha256:${oracle}`);
    }
  });

  test("made of the same source is the same, whatever the order of sites and the day", async () => {
    const fixture = fleetFixture();
    const ids: string[] = [];
    for (const turn of [false, true]) {
      const input = releaseInput(fixture, { sites: 30 });
      const trees = turn ? input.trees.toReversed() : input.trees;
      const inventory = turn ? input.inventory.toReversed() : input.inventory;
      const made = valueOf(
        await release({ ...input, trees, inventory, repository: join(scratch(), "r.git"), clock: clockAt(turn ? 2e9 : 1e9) }),
      );
      ids.push(`${made.commit} ${made.tag} ${made.sites.root}`);
    }
    expect(ids[0]).toBe(ids[1]);
  });

  test("of many sites is signed on two threads, and every signature fits its commit", async () => {
    const fixture = fleetFixture();
    const result = await releaseAndPromote(fixture, { sites: 1010 });
    const commits = result.promotion?.moved.map(({ commit }) => String(commit)) ?? [];
    expect(commits).toHaveLength(1010);
    const verdicts = new Set<string>();
    await readObjects(fixture.place.repository, commits, (_, object) => {
      const read = readSiteCommit(object?.body ?? Buffer.alloc(0));
      const verdict = "value" in read && judgeSiteCommit(fixture.keys.trust.signed, read.value.payload, read.value.signature);
      verdicts.add(verdict && "fingerprint" in verdict ? verdict.fingerprint : JSON.stringify(verdict));
    });
    expect([...verdicts]).toEqual([key(fixture, "promote").publicKey.fingerprint]);
    git(fixture.place.repository, ["fsck", "--strict", "--no-dangling"]);
  });

  test("after another has that one for its parent, writes only what changed, and moves only the sites that changed", async () => {
    const fixture = fleetFixture();
    const first = await releaseAndPromote(fixture, { sites: 60 }, "1");
    const second = await releaseAndPromote(fixture, { sites: 60, version: "2", upTo: 20 }, "2");
    const repository = fixture.place.repository;
    expect(git(repository, ["rev-list", "--parents", "-1", "fleet"]).trim()).toBe(`${second.commit} ${first.commit}`);
    expect(second.promotion).toMatchObject({ release: 2, moved: { length: 20 }, unchanged: { length: 40 }, lost: [] });
    const changed = git(repository, ["diff", "--name-only", "fleet~1", "fleet", "--", "sites"]).trim().split("\n");
    expect(new Set(changed.map((path) => path.replace(/^sites\/..\/[^/]+\//, "")))).toEqual(
      new Set(["manifests/40-apps/boards/configmap_boards_settings.yaml", "manifests/40-apps/boards/configmap_boards_image.yaml"]),
    );
    expect(second.written.objects).toBeLessThan(first.written.objects / 2);
    expect(git(repository, ["log", "--format=%s", siteRef(siteIdOf(0))])).toBe(`${siteIdOf(0)}: release 2\n${siteIdOf(0)}: release 1\n`);
    git(repository, ["fsck", "--strict", "--no-dangling"]);
    expect(git(repository, ["rev-list", "--objects", "--all", "--quiet"])).toBe("");
  });

  test("of a source that was released already changes nothing, and goes on where a run was cut off", async () => {
    const fixture = fleetFixture();
    const first = valueOf(await release(releaseInput(fixture, { sites: 10 })));
    git(fixture.place.repository, ["update-ref", "-d", "refs/heads/trust"]);
    const again = await releaseAndPromote(fixture, { sites: 10 });
    expect(again).toMatchObject({
      release: 1,
      outcome: "unchanged",
      commit: first.commit,
      tag: first.tag,
      promotion: { moved: { length: 10 } },
    });
    expect(git(fixture.place.repository, ["ls-tree", "-r", "--name-only", "trust"])).toBe("releases/1.tag\ntrust/1.json\n");
    const consents = ["/PersistentVolumeClaim/boards/cache: moved"];
    expect(valueOf(await release({ ...releaseInput(fixture, { sites: 10 }), consents }))).toMatchObject({
      release: 2,
      outcome: "released",
    });
    expect(git(fixture.place.repository, ["cat-file", "tag", "release/2"])).toContain(`\nSkerry-Consent: ${consents[0]}\n`);
    expect(valueOf(await release({ ...releaseInput(fixture, { sites: 10 }), consents }))).toMatchObject({
      release: 2,
      outcome: "unchanged",
    });
  });

  test("of another source is one of its own, even when it changes no tree", async () => {
    const fixture = fleetFixture();
    const first = await releaseAndPromote(fixture, { sites: 3 }, "1");
    const second = await releaseAndPromote(fixture, { sites: 3 }, "2");
    expect(second).toMatchObject({ release: 2, outcome: "released", tree: first.tree, promotion: { moved: [], unchanged: { length: 3 } } });
  });

  test("can be read back: what was released, of what, and with which inventory", async () => {
    const fixture = fleetFixture();
    await releaseAndPromote(fixture, { sites: 10 }, "1");
    await releaseAndPromote(fixture, { sites: 9, version: "2" }, "2");
    const list = valueOf(await listReleases(fixture.place));
    expect(list.releases.map(({ release: number, source, sites }) => [number, source[0], sites])).toEqual([
      [1, "1", 10],
      [2, "2", 9],
    ]);
    const inventory = valueOf(await readReleasedInventory(fixture.place));
    expect(inventory.map(({ id }) => id)).toEqual(
      syntheticFleet({ sites: 9 })
        .inventory.map(({ id }) => id)
        .sort(),
    );
    expect(codesOf(await readReleasedInventory(fixture.place, 7))).toEqual(["unknown-release"]);
    const older = valueOf(await readReleasedInventory(fixture.place, 1));
    expect(older).toHaveLength(10);
  });
});

describe("a release is refused, and nothing is written,", () => {
  test("for an empty fleet", async () => {
    const fixture = fleetFixture();
    expect(codesOf(await release({ ...releaseInput(fixture, { sites: 1 }), trees: [], inventory: [] }))).toEqual(["empty-fleet"]);
    expect(gitCode(fixture.place.repository, ["version"])).not.toBe(0);
  });

  test("for a key that does not hold the role, or no trust at all", async () => {
    const fixture = fleetFixture();
    const input = releaseInput(fixture, { sites: 3 });
    expect(codesOf(await release({ ...input, releaseKey: key(fixture, "promote") }))).toEqual(["key-without-role"]);
    const promotion = { sites: "all", key: key(fixture, "release") } as const;
    expect(codesOf(await release({ ...input, promotion }))).toEqual(["key-without-role"]);
    expect(codesOf(await release({ ...input, trust: [] }))).toEqual(["no-trust"]);
    expect(codesOf(await release({ ...input, trust: [Buffer.from("{}\n")] }))).toEqual(["trust-broken"]);
    expect(gitCode(fixture.place.repository, ["version"])).not.toBe(0);
  });

  test("into the repository of another fleet, or of something else", async () => {
    const fixture = fleetFixture();
    valueOf(await release(releaseInput(fixture, { sites: 3 })));
    const keys = createKeySet("ships");
    const ships = {
      fleet: "ships",
      trust: [Buffer.from(writeTrustDocument(keys.trust))],
      releaseKey: keys.keys.get("release") as SigningKey,
    };
    expect(codesOf(await release({ ...releaseInput(fixture, { sites: 3 }), ...ships }))).toEqual(["wrong-fleet"]);
    const source = scratch();
    git(source, ["init", "--quiet"]);
    expect(codesOf(await release({ ...releaseInput(fixture, { sites: 3 }), repository: source }))).toEqual(["bad-repository"]);
    const foreign = bareRepository();
    const tree = git(foreign, ["mktree"]).trim();
    git(foreign, ["update-ref", "refs/heads/fleet", git(foreign, ["commit-tree", tree, "-m", "hello"]).trim()]);
    expect(codesOf(await release({ ...releaseInput(fixture, { sites: 3 }), repository: foreign }))).toEqual(["bad-repository"]);
  });

  test("under another trust than the one that the repository has", async () => {
    const fixture = fleetFixture();
    valueOf(await release(releaseInput(fixture, { sites: 3 })));
    const other = fleetFixture();
    const input = { ...releaseInput(other, { sites: 3 }), repository: fixture.place.repository };
    expect(codesOf(await release(input))).toEqual(["trust-broken"]);
  });

  test("with trees that agents would refuse: all causes at once, each with its sites", async () => {
    const fixture = fleetFixture();
    const input = releaseInput(fixture, { sites: 6 });
    const file = (name: string, content: string): TreePart => ({ folder: "nodes/0", files: [{ name, content }] });
    const bad: readonly TreePart[][] = [
      [file("a", "x".repeat(1_000_001))],
      [file("evil name", "x")],
      [
        {
          folder: "manifests/40-apps/u",
          files: Array.from({ length: 12_000 }, (_, number) => ({ name: `configmap_u_x${number}.yaml`, content: "" })),
        },
      ],
      [{ folder: "..", files: [{ name: "x", content: "" }] }],
      [
        {
          folder: "nodes/1",
          files: [{ name: { pieces: ["a/", ""], holes: [0] }, content: { pieces: ["é".repeat(499_999), ""], holes: [0] } }],
        },
      ],
    ];
    const trees = input.trees.map((tree, index): SiteTree => {
      const parts = tree.shape.parts.slice(index === 5 ? 1 : 0);
      return { ...tree, shape: { parts: [...parts, ...(bad[index] ?? [])] } };
    });
    const outcome = await release({ ...input, trees });
    const told = (outcome.problems ?? []).map(({ message }) => message).join("\n");
    for (const words of [
      "nodes/0/a is larger than 1000000",
      '"nodes/0/evil name" is not a path',
      "12,",
      '"../x" is not a path',
      '"nodes/1/a/…" is not a path',
      "nodes/1/a/… is larger",
      "plan.json is missing",
    ]) {
      expect(told.replace(/over the limit of 12000/, "12,")).toContain(words);
    }
    expect(codesOf(outcome).every((code) => code === "tree-refused")).toBe(true);
  });

  test("with consents that no tag can hold", async () => {
    const input = releaseInput(fleetFixture(), { sites: 2 });
    expect(codesOf(await release({ ...input, consents: ["größer", "two\nlines", " x", ""] }))).toEqual(
      Array.from({ length: 4 }, () => "bad-consent"),
    );
    expect(codesOf(await release({ ...input, consents: Array.from({ length: 400 }, () => "x".repeat(40)) }))).toEqual(["bad-consent"]);
    expect(codesOf(await release({ ...input, consents: Array.from({ length: 200 }, () => "x".repeat(40)) }))).toEqual([]);
  });

  test("when inventory and trees differ, which is a fault of the program", async () => {
    const input = releaseInput(fleetFixture(), { sites: 3 });
    await expect(release({ ...input, inventory: input.inventory.slice(1) })).rejects.toThrow("differ");
    await expect(release({ ...input, trees: [...input.trees, input.trees[0] as SiteTree] })).rejects.toThrow("twice");
  });
});

describe("the signing pool", () => {
  const payloads = Array.from({ length: 40 }, (_, number) => Buffer.from(`payload ${number} ${"x".repeat(number * 7)}`));

  test("gives each batch its signatures in order, whoever made them", async () => {
    const signingKey = key(fleetFixture(), "promote");
    const signer = new SshSigner(signingKey, GIT_NAMESPACE);
    for (const expected of [1, 5000]) {
      const pool = new SigningPool(signingKey, expected);
      const numbers = payloads.map((payload, index) => pool.add([payload, ...payloads.slice(0, index % 4)]));
      for (const number of [...numbers].sort((a, b) => (a % 7) - (b % 7))) {
        const batch = [payloads[number] as Buffer, ...payloads.slice(0, number % 4)];
        expect(await pool.signatures(number)).toEqual(batch.map((payload) => signer.sign(payload)));
      }
      pool.close();
    }
  });

  test("fails when its second thread cannot sign, instead of waiting for ever", async () => {
    const broken = { ...key(fleetFixture(), "promote"), publicKey: "no key" } as unknown as SigningKey;
    expect(() => new SigningPool(broken, 5000)).toThrow(TypeError);
    const secret = createPublicKey(key(fleetFixture(), "promote").privateKey);
    const pool = new SigningPool({ ...key(fleetFixture(), "promote"), privateKey: secret } as SigningKey, 5000);
    const number = pool.add([payloads[0] as Buffer]);
    await expect(pool.signatures(number)).rejects.toThrow(/key/i);
    pool.close();
  });
});

describe("the source of a release", () => {
  test("is the commit that its folder is at, with its time", async () => {
    const source = sourceFixture();
    const outcome = await readSource(source);
    expect(valueOf(outcome)).toEqual({ commit: git(source, ["rev-parse", "HEAD"]).trim(), seconds: 1_795_000_007 });
    writeFileSync(join(source, "ignored.log"), "noise");
    mkdirSync(join(source, "sub"));
    expect("value" in (await readSource(join(source, "sub")))).toBe(true);
  });

  test("is refused when it is dirty in any way, with the files", async () => {
    for (const [what, make] of Object.entries({
      changed: (source: string) => writeFileSync(join(source, "stack.ts"), "2"),
      untracked: (source: string) => writeFileSync(join(source, "new file.ts"), "2"),
      staged: (source: string) => git(source, ["rm", "--quiet", "stack.ts"]),
    })) {
      const source = sourceFixture();
      git(source, ["config", "status.showUntrackedFiles", "no"]);
      make(source);
      const outcome = await readSource(source);
      expect([what, codesOf(outcome)]).toEqual([what, ["dirty-source"]]);
      expect(outcome.problems?.[0]?.message).toMatch(/stack\.ts|new file\.ts/);
    }
  });

  test("is refused without a commit, and outside of a repository", async () => {
    const source = scratch();
    expect(codesOf(await readSource(source))).toEqual(["no-source-commit"]);
    git(source, ["init", "--quiet"]);
    expect(codesOf(await readSource(source))).toEqual(["no-source-commit"]);
  });

  test("is refused when its date is none that a site takes", async () => {
    const source = sourceFixture();
    const env = { ...PLAIN, GIT_COMMITTER_DATE: "@4102444800 +0000" };
    execFileSync("git", ["commit", "--quiet", "--allow-empty", "-m", "x"], { cwd: source, env });
    expect(codesOf(await readSource(source))).toEqual(["source-date"]);
  });

  function sourceFixture(): string {
    const source = scratch();
    git(source, ["init", "--quiet"]);
    writeFileSync(join(source, ".gitignore"), "*.log\n");
    writeFileSync(join(source, "stack.ts"), "1");
    git(source, ["add", "-A"]);
    execFileSync("git", ["commit", "--quiet", "-m", "x"], { cwd: source, env: { ...PLAIN, GIT_COMMITTER_DATE: "1795000007 +0200" } });
    return source;
  }
});

test("promotes of a repository that does not exist are refused without making it", async () => {
  const fixture = fleetFixture();
  expect(codesOf(await promote({ ...fixture.place, promotion: { sites: "all", key: key(fixture, "promote") } }))).toEqual([
    "bad-repository",
  ]);
});

interface Vectors {
  readonly privateKey: string;
  readonly sites: readonly { readonly id: string; readonly commit: string; readonly raw: string }[];
  readonly root: string;
  readonly tag: { readonly id: string };
  readonly shards: readonly { readonly shard: string; readonly commit: string }[];
  readonly fleetCommit: string;
  readonly trust: { readonly branch: string; readonly document: string };
}

function readVectors(): Vectors {
  return JSON.parse(readFileSync("test/wire/vectors/vectors.json", "utf8")) as Vectors;
}

function keyOf(pem: string): SigningKey {
  const read = readSigningKey(pem);
  if ("fault" in read) throw new Error(read.fault);
  return read.value;
}

/** The vectors' trees, with the site's id in the last file as a late fact. */
function vectorTree(bundle: string, site: string): SiteTree {
  const tree = siteRef(site);
  const files = filesOf(bundle, tree);
  const parts = files.map(([path, bytes]): TreePart => {
    const content = bytes.toString("utf8");
    const [before, after] = content.split(`"${site}"`);
    const name = path.split("/").at(-1) as string;
    const late = after === undefined ? content : { pieces: [`${before}"`, `"${after}`], holes: [0] };
    return { folder: path === name ? "" : dirname(path), files: [{ name, content: late }] };
  });
  expect(siteTreeDigest(files.map(([path, bytes]) => ({ path, bytes })))).toMatch(/^sha256:/);
  return { site, shape: { parts }, values: [site] };
}

/** The id of a tree of these files in a repository of another hash, made by git alone. */
function importTree(repository: string, files: readonly (readonly [string, Buffer])[]): string {
  const folder = scratch();
  const env = { ...PLAIN, GIT_INDEX_FILE: join(folder, "index"), GIT_DIR: repository };
  const numbered = files.map(([, bytes], number) => {
    const copy = join(folder, `${number}`);
    writeFileSync(copy, bytes);
    return copy;
  });
  const run = (args: readonly string[], input = ""): string =>
    execFileSync("git", [...args], { cwd: repository, env, input })
      .toString()
      .trim();
  const ids = run(["hash-object", "-w", "--no-filters", "--", ...numbered]).split("\n");
  run(["update-index", "--add", "--index-info"], files.map(([path], number) => `100644 ${ids[number]}\t${path}\n`).join(""));
  return run(["write-tree"]);
}

/** Path and bytes of all files of a tree, in git's order. */
function filesOf(repository: string, tree: string): (readonly [path: string, bytes: Buffer])[] {
  const folder = scratch();
  execFileSync("sh", ["-c", 'git archive --format=tar "$1" | tar -x -C "$2"', "sh", tree, folder], { cwd: repository, env: PLAIN });
  const paths = git(repository, ["ls-tree", "-r", "--name-only", tree]).trim().split("\n");
  return paths.map((path) => [path, readFileSync(join(folder, path))]);
}
