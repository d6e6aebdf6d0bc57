import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  existsSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { systemDisk } from "../../../core/index.ts";
import { ConfigRefused } from "../../../agent/read-config.ts";
import { Box } from "../fixtures/box.ts";
import { Forge, siteFiles } from "../fixtures/forge.ts";

/** What is read at a box is a regular file of a known most size, and what is written is a new file, whatever somebody put at its name. */

let folder: string;
let forge: Forge;
let box: Box;

beforeEach(async () => {
  folder = mkdtempSync("/tmp/skerry-files-");
  forge = new Forge(join(folder, "fleet.git"));
  box = new Box("eddm", forge.folder, forge.trustBytes);
  forge.deliver("eddm", 1, 1, siteFiles("one"));
});

afterEach(() => {
  box.remove();
  rmSync(folder, { recursive: true, force: true });
});

const PLANTS = {
  "a pipe": (path: string) => void execFileSync("mkfifo", [path]),
  "2 GB of nothing": (path: string) => {
    const file = openSync(path, "w");
    ftruncateSync(file, 2 ** 31);
    closeSync(file);
  },
  "a link to an endless device": (path: string) => symlinkSync("/dev/zero", path),
  "a folder": (path: string) => void execFileSync("mkdir", [path]),
};

function plant(path: string, what: keyof typeof PLANTS): void {
  rmSync(path, { recursive: true, force: true });
  PLANTS[what](path);
}

describe.each(Object.keys(PLANTS) as (keyof typeof PLANTS)[])("%s", (what) => {
  test("as agent.json is a configuration error with its path", async () => {
    plant(box.configPath, what);
    const error = (await box.once().catch((refused: unknown) => refused)) as Error;
    expect(error).toBeInstanceOf(ConfigRefused);
    expect(error.message).toContain(box.configPath);
  });

  test("as the trust document ends the start with a reason and its path", async () => {
    plant(box.config.trust, what);
    // A device that everybody may write is refused before it is opened.
    const code = what === "a link to an endless device" ? "unsafe-path" : "trust-broken";
    await expect(box.once()).rejects.toMatchObject({ code, message: expect.stringContaining(box.config.trust) });
  });

  test("T26: as both journals and the report counts as damage: the state is rebuilt from the slots, and the release continues", async () => {
    expect(await box.once()).toBe(0);
    const { record } = await box.journal();
    plant(join(box.config.state, `journal.${(record + 1) % 2}`), what);
    expect((await box.journal()).record).toBe(record);
    for (const name of ["journal.0", "journal.1", "report.json"]) plant(join(box.config.state, name), what);
    // A folder stays in the way of the rename that replaces a file; everything else is replaced.
    if (what === "a folder") {
      await expect(box.once()).rejects.toMatchObject({ code: "storage-failed" });
      return;
    }
    expect(await box.once()).toBe(0);
    expect(box.lines.map(({ reason }) => reason)).toContain("state-rebuilt");
    expect(await box.journal()).toMatchObject({ state: "IDLE", current: { seq: 1 }, seen: { seq: 1 } });
    expect(statSync(box.config.report).isFile()).toBe(true);
    expect(box.target()).toEqual(Object.fromEntries(siteFiles("one")));
  });

  test("as the site key is not replaced, and ends the start with its path", async () => {
    expect(await box.once()).toBe(0);
    const key = join(box.config.state, "site.key");
    plant(key, what);
    await expect(box.once()).rejects.toMatchObject({ code: "storage-failed", message: expect.stringContaining(key) });
  });
});

test("a pipe as a file of a slot makes the slot void, and the release is fetched again", async () => {
  expect(await box.once()).toBe(0);
  for (const name of ["commit", "digest", "committed", "files/plan.json"]) {
    plant(join(box.config.state, "slots/a", name), "a pipe");
    await box.once();
    expect(await box.journal()).toMatchObject({ current: { seq: 1 } });
  }
  expect(box.target()).toEqual(Object.fromEntries(siteFiles("one")));
});

test("a file that disappears while its folder is listed is left out, as a lock file of a git that outlived its agent", async () => {
  const [busy, end] = [join(folder, "busy"), join(folder, "end")];
  mkdirSync(busy);
  for (let index = 0; index < 50; index++) writeFileSync(join(busy, `stays-${index}`), "");
  // Bounded by rounds and by its parent, or a test run that is killed would leave it behind for ever.
  const script = `r=0; while [ ! -e ${end} ] && [ $r -lt 20000 ] && kill -0 $PPID; do r=$((r+1)); for n in 1 2 3 4 5 6 7 8; do : > ${busy}/shallow.$n; done; rm ${busy}/shallow.*; done`;
  const other = spawn("sh", ["-c", script], { stdio: "ignore" });
  const gone = once(other, "close");
  try {
    for (let round = 0; round < 500; round++) {
      const names = (await systemDisk.list(busy)).map(({ name }) => name);
      expect(names.filter((name) => name.startsWith("stays-")).length).toBe(50);
    }
  } finally {
    writeFileSync(end, "");
    await gone;
  }
});

describe("T27: a write", () => {
  const theirs = (): string => join(folder, "theirs");
  const path = (): string => join(folder, "mine");

  beforeEach(() => writeFileSync(theirs(), "theirs"));

  test.each([
    ["a link", () => symlinkSync(theirs(), path())],
    ["a second name of another file", () => linkSync(theirs(), path())],
    ["a pipe that nobody reads", () => void execFileSync("mkfifo", [path()])],
  ])("replaces %s, and writes nothing through it", async (_what, make) => {
    make();
    await systemDisk.write(path(), Buffer.from("mine"), 0o600);
    expect(readFileSync(theirs(), "utf8")).toBe("theirs");
    expect(readFileSync(path(), "utf8")).toBe("mine");
    expect(lstatSync(path()).isFile()).toBe(true);
    expect(lstatSync(path()).mode & 0o777).toBe(0o600);
  });

  test("of the report does not follow a link at its temporary name", async () => {
    expect(await box.once()).toBe(0);
    symlinkSync(theirs(), `${box.config.report}.new`);
    rmSync(box.config.report);
    forge.deliver("eddm", 2, 2, siteFiles("two"));
    expect(await box.once()).toBe(0);
    expect(readFileSync(theirs(), "utf8")).toBe("theirs");
    expect(existsSync(box.config.report)).toBe(true);
  });
});
