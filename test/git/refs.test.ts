import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type Clock, systemClock, WorldError } from "../../core/index.ts";
import { moveRefs, readRefs } from "../../git/index.ts";
import { tryReadPackedRefs, writePackedRefs } from "../../git/refs/packed-refs.ts";
import { bareRepository, git, PLAIN, removeScratch } from "./scratch.ts";

afterAll(removeScratch);

/** A repository with a few commits to point at. */
function fixture(): { readonly repository: string; readonly commits: readonly string[]; readonly tag: string } {
  const repository = bareRepository();
  const tree = git(repository, ["mktree"]).trim();
  const commits = ["a", "b", "c", "d"].map((message) => git(repository, ["commit-tree", tree, "-m", message]).trim());
  const body = `object ${commits[0]}\ntype commit\ntag t\ntagger A <a@example> 1 +0000\n\nt\n`;
  return { repository, commits, tag: git(repository, ["mktag"], body).trim() };
}

function listed(repository: string): Record<string, string> {
  const lines = git(repository, ["for-each-ref", "--format=%(refname) %(objectname)"]).trim();
  return Object.fromEntries(lines === "" ? [] : lines.split("\n").map((line) => line.split(" ") as [string, string]));
}

const site = (name: string) => `refs/heads/sites/${name}`;

describe("packed-refs", () => {
  test("git's output is reproduced exactly, with peeled tags and header", () => {
    const { repository, commits, tag } = fixture();
    for (const name of ["refs/heads/b", "refs/heads/a-b", "refs/heads/a/b", "refs/heads/ä"])
      git(repository, ["update-ref", name, commits[1] as string]);
    git(repository, ["update-ref", "refs/tags/t", tag]);
    git(repository, ["update-ref", "refs/odd/tag-outside-tags", tag]);
    git(repository, ["pack-refs", "--all"]);
    const bytes = readFileSync(join(repository, "packed-refs"));
    const file = tryReadPackedRefs(bytes);
    expect(file?.isFullyPeeled).toBe(true);
    expect(file?.refs.get("refs/tags/t")).toEqual({ id: tag, peeled: commits[0] });
    expect(writePackedRefs(file?.refs ?? new Map()).equals(bytes)).toBe(true);
  });

  test("a file in another format is not read as packed-refs", () => {
    const id = "a".repeat(40);
    for (const text of [
      `${id} refs/heads/a`,
      `${id}refs/heads/a\n`,
      `^${id}\n`,
      `${id} refs/heads/a\n^x\n`,
      `${id} \n`,
      "x\n",
      `${id.slice(1)} refs/heads/a\n`,
    ]) {
      expect(tryReadPackedRefs(Buffer.from(text))).toBeUndefined();
    }
    expect(tryReadPackedRefs(Buffer.from(`${id} refs/heads/a\n`))).toMatchObject({ isFullyPeeled: false });
    expect(tryReadPackedRefs(Buffer.alloc(0))?.refs.size).toBe(0);
  });
});

describe("moving refs", () => {
  test("creates and moves many at once, and git reads each, peeled", async () => {
    const { repository, commits, tag } = fixture();
    const names = Array.from({ length: 300 }, (_, number) => site(`s${(number * 7919) % 300}`));
    const create = names.map((name) => ({ name, old: null, new: commits[0] as string }));
    expect(await moveRefs(repository, [...create, { name: "refs/tags/t", old: null, new: tag, peeled: commits[0] as string }])).toEqual([]);
    expect(
      await moveRefs(
        repository,
        names.slice(0, 9).map((name) => ({ name, old: commits[0] as string, new: commits[1] as string })),
      ),
    ).toEqual([]);
    const refs = listed(repository);
    expect(names.map((name) => refs[name])).toEqual(names.map((_, index) => commits[index < 9 ? 1 : 0]));
    expect(git(repository, ["show-ref", "--dereference", "refs/tags/t"])).toBe(`${tag} refs/tags/t\n${commits[0]} refs/tags/t^{}\n`);
    expect(Object.fromEntries(readRefs(repository))).toEqual(refs);
    // git finds a single ref by halving the file, so it must be in order.
    expect(
      git(repository, ["rev-parse", ...names])
        .trim()
        .split("\n"),
    ).toEqual(names.map((name) => refs[name]));
    git(repository, ["fsck", "--strict"]);
    expect(existsSync(join(repository, "packed-refs.lock"))).toBe(false);
  });

  test("moves nothing when one ref has another value, and names it with its value", async () => {
    const { repository, commits } = fixture();
    await moveRefs(repository, [{ name: site("a"), old: null, new: commits[0] as string }]);
    git(repository, ["update-ref", site("loose"), commits[2] as string]);
    const updates = ["a", "b", "loose", "none"].map((name) => ({
      name: site(name),
      old: name === "none" ? (commits[3] as string) : null,
      new: commits[1] as string,
    }));
    expect(await moveRefs(repository, updates)).toEqual([
      { name: site("a"), expected: null, found: commits[0] },
      { name: site("loose"), expected: null, found: commits[2] },
      { name: site("none"), expected: commits[3], found: null },
    ]);
    expect(listed(repository)).toEqual({ [site("a")]: commits[0], [site("loose")]: commits[2] });
  });

  test("removes a loose ref with the expected value, so that it cannot hide the new one", async () => {
    const { repository, commits } = fixture();
    await moveRefs(repository, [{ name: site("a"), old: null, new: commits[0] as string }]);
    git(repository, ["update-ref", site("a"), commits[1] as string]);
    expect(await moveRefs(repository, [{ name: site("a"), old: commits[0] as string, new: commits[2] as string }])).toMatchObject([
      { found: commits[1] },
    ]);
    expect(await moveRefs(repository, [{ name: site("a"), old: commits[1] as string, new: commits[2] as string }])).toEqual([]);
    expect(listed(repository)).toEqual({ [site("a")]: commits[2] });
    expect(existsSync(join(repository, site("a")))).toBe(false);
  });

  test("a symbolic or broken ref is lost, and neither followed nor overwritten", async () => {
    const { repository, commits } = fixture();
    git(repository, ["update-ref", "refs/heads/x", commits[0] as string]);
    git(repository, ["symbolic-ref", site("a"), "refs/heads/x"]);
    writeFileSync(join(repository, site("empty")), "");
    const updates = ["a", "empty"].map((name) => ({ name: site(name), old: commits[0] as string, new: commits[1] as string }));
    expect((await moveRefs(repository, updates)).map(({ found }) => found)).toEqual(["symbolic", "broken"]);
    expect(git(repository, ["rev-parse", "refs/heads/x"]).trim()).toBe(commits[0]);
  });

  test("a ref whose name another ref needs as a folder is refused before anything is written", async () => {
    const { repository, commits } = fixture();
    const move = (name: string) => moveRefs(repository, [{ name, old: null, new: commits[0] as string }]);
    await move(site("packed"));
    git(repository, ["update-ref", site("loose"), commits[0] as string]);
    git(repository, ["update-ref", site("loose-folder/x"), commits[0] as string]);
    mkdirSync(join(repository, site("empty-folder/deeper")), { recursive: true });
    for (const name of ["packed/x", "loose/x", "loose-folder"])
      await expect(move(site(name))).rejects.toMatchObject({ code: "ref-name-clash" });
    await expect(move("refs/heads/sites")).rejects.toMatchObject({ code: "ref-name-clash" });
    expect(await move(site("empty-folder"))).toEqual([]);
    expect(Object.keys(listed(repository))).toHaveLength(4);
  });

  test("git first completes a packed-refs file without peeled tags", async () => {
    const { repository, commits, tag } = fixture();
    writeFileSync(join(repository, "packed-refs"), `${tag} refs/tags/t\n`);
    expect(await moveRefs(repository, [{ name: site("a"), old: null, new: commits[0] as string }])).toEqual([]);
    expect(readFileSync(join(repository, "packed-refs"), "utf8")).toContain(`${tag} refs/tags/t\n^${commits[0]}\n`);
  });

  test("a damaged packed-refs file is left as it is", async () => {
    const { repository, commits } = fixture();
    writeFileSync(join(repository, "packed-refs"), "what is this\n");
    await expect(moveRefs(repository, [{ name: site("a"), old: null, new: commits[0] as string }])).rejects.toMatchObject({
      code: "refs-damaged",
    });
    expect(readFileSync(join(repository, "packed-refs"), "utf8")).toBe("what is this\n");
  });

  test("a lock that stays is an error with the next step, and is not removed", async () => {
    const { repository, commits } = fixture();
    writeFileSync(join(repository, "packed-refs.lock"), "");
    const move = moveRefs(repository, [{ name: site("a"), old: null, new: commits[0] as string }], fast);
    await expect(move).rejects.toMatchObject({
      code: "refs-locked",
      next: expect.stringContaining(`remove ${join(repository, "packed-refs.lock")}`),
    });
    expect(existsSync(join(repository, "packed-refs.lock"))).toBe(true);
    rmSync(join(repository, "packed-refs.lock"));
    git(repository, ["update-ref", site("a"), commits[0] as string]);
    writeFileSync(join(repository, `${site("a")}.lock`), "");
    const twin = moveRefs(repository, [{ name: site("a"), old: commits[0] as string, new: commits[1] as string }], fast);
    await expect(twin).rejects.toMatchObject({ code: "refs-locked" });
    expect(existsSync(join(repository, "packed-refs.lock"))).toBe(false);
  });

  test("a git that began before the rename and ends after it wins, and the result says so", async () => {
    const { repository, commits } = fixture();
    await moveRefs(repository, [{ name: site("a"), old: null, new: commits[0] as string }]);
    // git update-ref has taken its lock and compared the old value; it will rename in a moment.
    const lock = join(repository, `${site("a")}.lock`);
    mkdirSync(dirname(lock), { recursive: true });
    writeFileSync(lock, `${commits[2]}\n`);
    const moving = moveRefs(repository, [{ name: site("a"), old: commits[0] as string, new: commits[1] as string }]);
    await delay(100);
    writeFileSync(join(repository, site("a")), `${commits[2]}\n`);
    rmSync(lock);
    expect(await moving).toEqual([{ name: site("a"), expected: commits[0], found: commits[2] }]);
    expect(listed(repository)).toEqual({ [site("a")]: commits[2] });
  });
});

describe("concurrently with real git", () => {
  test("no update is lost while update-ref, pack-refs and gc run at the same time", async () => {
    const { repository, commits } = fixture();
    const [ours, theirs] = [["o0", "o1", "o2"].map(site), ["t0", "t1", "t2"].map(site)];
    const first = commits[0] as string;
    await moveRefs(
      repository,
      [...ours, ...theirs].map((name) => ({ name, old: null, new: first })),
    );
    const noise = [
      loop(repository, "git pack-refs --all --prune"),
      loop(repository, "git gc --quiet"),
      loop(repository, "git for-each-ref >/dev/null"),
    ];
    let value = first;
    try {
      const people = theirs.map((name) => walk(repository, name, commits, 25));
      for (let round = 1; round <= 40; round++) {
        const next = commits[round % commits.length] as string;
        const lost = await patiently(() =>
          moveRefs(
            repository,
            ours.map((name) => ({ name, old: value, new: next })),
          ),
        );
        expect(lost).toEqual([]);
        value = next;
        expect(readRefs(repository).get(ours[1] as string)).toBe(next);
      }
      // Each of their moves compared the value that their move before had left.
      expect(await Promise.all(people)).toEqual(theirs.map(() => 0));
    } finally {
      for (const child of noise) child.kill();
    }
    await Promise.all(noise.map((child) => new Promise((resolve) => child.on("close", resolve))));
    const refs = listed(repository);
    expect(ours.map((name) => refs[name])).toEqual(ours.map(() => value));
    expect(theirs.map((name) => refs[name])).toEqual(theirs.map(() => commits[25 % commits.length]));
    git(repository, ["fsck", "--strict", "--no-dangling"]);
  });

  test("exactly one of two writers of a ref wins each round", async () => {
    const { repository, commits } = fixture();
    const name = site("contested");
    await moveRefs(repository, [{ name, old: null, new: commits[0] as string }]);
    for (let round = 0; round < 15; round++) {
      const old = readRefs(repository).get(name) as string;
      const [mine, other] = commits.filter((commit) => commit !== old) as [string, string];
      const git2 = exitCode(spawn("git", ["update-ref", name, other, old], { cwd: repository, env: PLAIN, stdio: "ignore" }));
      await delay(round % 5);
      const lost = await patiently(() => moveRefs(repository, [{ name, old, new: mine }]));
      const theyWon = (await git2) === 0;
      expect(theyWon).toBe(lost.length > 0);
      expect(readRefs(repository).get(name)).toBe(theyWon ? other : mine);
    }
  });

  test("readers see the old file or the new one, never a partial one", async () => {
    const { repository, commits } = fixture();
    const names = Array.from({ length: 2000 }, (_, number) => site(`s${number}`));
    await moveRefs(
      repository,
      names.map((name) => ({ name, old: null, new: commits[0] as string })),
    );
    let done = false;
    const reader = (async () => {
      const sizes = new Set<number>();
      while (!done) {
        sizes.add(new Set(readRefs(repository).values()).size);
        await delay(0);
      }
      return sizes;
    })();
    for (let round = 0; round < 10; round++) {
      const [old, next] = [commits[round % 2] as string, commits[(round + 1) % 2] as string];
      await moveRefs(
        repository,
        names.map((name) => ({ name, old, new: next })),
      );
    }
    done = true;
    expect([...(await reader)]).toEqual([1]);
  });
});

test("refs with any name that git allows survive an update of others", async () => {
  const { repository, commits } = fixture();
  const names = fc.sample(fc.stringMatching(/^[a-zA-Z0-9äß€_-]{1,10}(\/[a-z0-9ü.-]{1,5}x)?$/), 60).map((name) => `refs/heads/f${name}`);
  for (const name of names) {
    try {
      git(repository, ["update-ref", name, commits[1] as string]);
    } catch {
      // A clash with a name before it: git's own refusal is not under test.
    }
  }
  git(repository, ["pack-refs", "--all"]);
  const before = listed(repository);
  await moveRefs(repository, [{ name: site("a"), old: null, new: commits[0] as string }]);
  expect(listed(repository)).toEqual({ ...before, [site("a")]: commits[0] });
});

/** Time runs a thousand times faster, so that waiting for a lock is short. */
const fast: Clock = { ...systemClock, monotonic: () => systemClock.monotonic() * 1000, sleep: () => systemClock.sleep(1) };

function loop(repository: string, command: string): ChildProcess {
  return spawn("sh", ["-c", `while :; do ${command}; done`], { cwd: repository, env: PLAIN, stdio: "ignore" });
}

/** Moves a ref step by step with git itself. Returns how many steps git refused for any reason but a lock. */
async function walk(repository: string, name: string, commits: readonly string[], steps: number): Promise<number> {
  let refusals = 0;
  for (let step = 1; step <= steps; step++) {
    const [old, next] = [commits[(step - 1) % commits.length] as string, commits[step % commits.length] as string];
    for (let attempt = 0; attempt < 50; attempt++) {
      // On a busy machine git's own second of patience with a lock is short.
      const patience = ["-c", "core.filesRefLockTimeout=10000", "-c", "core.packedRefsTimeout=10000"];
      const child = spawn("git", [...patience, "update-ref", name, next, old], {
        cwd: repository,
        env: PLAIN,
        stdio: ["ignore", "ignore", "pipe"],
      });
      let said = "";
      child.stderr?.on("data", (chunk: Buffer) => (said += chunk.toString()));
      const code = await exitCode(child);
      if (code === 0) break;
      if (!/Unable to create|could not lock|cannot lock/.test(said) || /but expected/.test(said)) {
        refusals++;
        break;
      }
    }
  }
  return refusals;
}

/** git gc holds the lock for long on a busy machine; then the run is repeated, as a person would. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof WorldError) || error.code !== "refs-locked" || attempt === 20) throw error;
    }
  }
}

function exitCode(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.on("close", resolve));
}
