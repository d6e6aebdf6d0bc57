import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { lineageProblems, strayFiles } from "../../publish/index.ts";
import { execFileSync } from "node:child_process";
import { git, PLAIN, removeScratch, scratch } from "../git/scratch.ts";

afterAll(removeScratch);

/** A repository whose one commit has these files. */
function repository(files: Readonly<Record<string, string>>, settings: readonly (readonly [name: string, value: string])[] = []): string {
  const folder = scratch();
  git(folder, ["init", "--quiet"]);
  for (const [name, value] of settings) git(folder, ["config", name, value]);
  for (const [path, text] of Object.entries(files)) write(folder, path, text);
  git(folder, ["add", "--all"]);
  git(folder, ["-c", "user.name=x", "-c", "user.email=x@fleet.invalid", "commit", "--quiet", "-m", "all"]);
  return folder;
}

function write(folder: string, path: string, text: string): string {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
  return join(folder, path);
}

async function messages(folder: string, paths: readonly string[]): Promise<string[]> {
  const problems = await strayFiles(
    folder,
    git(folder, ["rev-parse", "HEAD"]).trim(),
    paths.map((path) => join(folder, path)),
  );
  for (const { code, next } of problems) expect([code, next]).toEqual(["stray-source", expect.stringMatching(/./)]);
  return problems.map(({ message }) => message);
}

const FILES = { ".gitignore": "*.local.yaml\n", "stacks/fleet.ts": "1;\n", "sites/all.yaml": "id: a\n" };

describe("what a release is made of", () => {
  test("and its commit holds with the same content is no problem, from any folder of the repository", async () => {
    const folder = repository(FILES);
    expect(await messages(folder, ["stacks/fleet.ts", "sites/all.yaml"])).toEqual([]);
    expect(await messages(join(folder, "stacks"), ["fleet.ts", "../sites/all.yaml"])).toEqual([]);
    expect(await messages(folder, [])).toEqual([]);
  });

  test("and git ignores is named", async () => {
    const folder = repository(FILES);
    write(folder, "sites/more.local.yaml", "id: b\n");
    expect(await messages(folder, ["sites/all.yaml", "sites/more.local.yaml"])).toEqual([
      'the fleet is made of a file which git ignores: "sites/more.local.yaml"',
    ]);
  });

  test.each(["--skip-worktree", "--assume-unchanged"])(
    "and was changed behind git's back by %s is named, although git status is clean",
    async (flag) => {
      const folder = repository(FILES);
      git(folder, ["update-index", flag, "sites/all.yaml"]);
      expect(await messages(folder, ["sites/all.yaml"])).toEqual([]);
      write(folder, "sites/all.yaml", "id: other\n");
      expect(git(folder, ["status", "--porcelain"])).toBe("");
      expect((await messages(folder, ["sites/all.yaml"]))[0]).toContain("differs from the commit");
    },
  );

  test("and lies outside of the repository, or behind a link that leads there, is named", async () => {
    const folder = repository(FILES);
    const elsewhere = write(scratch(), "shared.yaml", "id: c\n");
    symlinkSync(elsewhere, join(folder, "sites/linked.local.yaml"));
    const [message, ...others] = await messages(folder, ["sites/linked.local.yaml"]);
    expect(others).toEqual([]);
    expect(message).toContain("outside of the fleet's git repository");
  });

  test("and is neither committed nor ignored is named: an exclusion of the user alone, or a sparse checkout's file that was put back", async () => {
    const folder = repository(FILES);
    write(folder, "sites/new.yaml", "id: d\n");
    expect(await messages(folder, ["sites/new.yaml"])).toEqual([
      'the fleet is made of a file which the commit does not have: "sites/new.yaml"',
    ]);
  });

  test("in another form than git stores it, with the line ends of another system, is no problem", async () => {
    const folder = repository({ ...FILES, ".gitattributes": "*.yaml text\n" }, [["core.autocrlf", "true"]]);
    write(folder, "sites/all.yaml", "id: a\r\n");
    expect(await messages(folder, ["sites/all.yaml"])).toEqual([]);
  });

  test("is told by cause, all at once", async () => {
    const folder = repository(FILES);
    write(folder, "sites/a.local.yaml", "id: b\n");
    write(folder, "sites/b.local.yaml", "id: c\n");
    write(folder, "sites/new.yaml", "id: d\n");
    const found = await messages(folder, ["sites/a.local.yaml", "sites/new.yaml", "sites/b.local.yaml"]);
    expect(found).toEqual([
      'the fleet is made of 2 files which git ignores: "sites/a.local.yaml", "sites/b.local.yaml"',
      'the fleet is made of a file which the commit does not have: "sites/new.yaml"',
    ]);
  });
});

describe("the source of a release after another", () => {
  const commit = (folder: string, message: string): string => {
    git(folder, ["-c", "user.name=x", "-c", "user.email=x@fleet.invalid", "commit", "--quiet", "--allow-empty", "-m", message]);
    return git(folder, ["rev-parse", "HEAD"]).trim();
  };
  const judged = async (folder: string, source: string, last: string): Promise<string[]> => {
    const problems = await lineageProblems(folder, source, { fleet: "shops", release: 7, source: last, commit: last, tree: last });
    return problems.map(({ code, message, next }) => `${code}: ${message} -> ${next}`);
  };

  test("may be the same or any descendant, also by a merge", async () => {
    const folder = repository(FILES);
    const first = git(folder, ["rev-parse", "HEAD"]).trim();
    const second = commit(folder, "second");
    git(folder, ["checkout", "--quiet", "-b", "other", first]);
    commit(folder, "aside");
    git(folder, ["-c", "user.name=x", "-c", "user.email=x@fleet.invalid", "merge", "--quiet", "--no-edit", second]);
    const merged = git(folder, ["rev-parse", "HEAD"]).trim();
    for (const [source, last] of [
      [first, first],
      [second, first],
      [merged, second],
      [merged, first],
    ] as const)
      expect(await judged(folder, source, last)).toEqual([]);
  });

  test("is refused when it is older, on another branch, or of another history", async () => {
    const folder = repository(FILES);
    const first = git(folder, ["rev-parse", "HEAD"]).trim();
    const second = commit(folder, "second");
    git(folder, ["checkout", "--quiet", "-b", "other", first]);
    const aside = commit(folder, "aside");
    git(folder, ["checkout", "--quiet", "--orphan", "new"]);
    const orphan = commit(folder, "new");
    expect((await judged(folder, first, second))[0]).toMatch(
      /^other-source: the source commit .* is older than .*, of which release\/7 was made -> .*git pull/,
    );
    expect((await judged(folder, aside, second))[0]).toMatch(/is no descendant of .* -> merge or rebase/);
    expect((await judged(folder, orphan, second))[0]).toMatch(/is no descendant of/);
  });

  test("is refused where the clone lacks the last one, with the way to get it", async () => {
    const folder = repository(FILES);
    const first = git(folder, ["rev-parse", "HEAD"]).trim();
    commit(folder, "second");
    const clone = join(scratch(), "clone");
    execFileSync("git", ["clone", "--quiet", "--depth=1", `file://${folder}`, clone], { env: PLAIN, stdio: "ignore" });
    const head = git(clone, ["rev-parse", "HEAD"]).trim();
    expect((await judged(clone, head, first))[0]).toMatch(
      /this clone is shallow, and lacks commit .* -> get the history: git fetch --unshallow/,
    );
    expect((await judged(folder, first, "f".repeat(40)))[0]).toMatch(/this repository lacks commit ffffffffffff/);
  });
});
