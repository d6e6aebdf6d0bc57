import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { systemDisk } from "../../../core/index.ts";
import { Box } from "../fixtures/box.ts";
import { Forge, siteFiles } from "../fixtures/forge.ts";

/** Other users of the box. Each folder and file that the agent relies on is judged by who could change it. Who is not root cannot play others. */

const STRANGER = 12_345;
const isRoot = process.geteuid?.() === 0;
const asRoot = isRoot ? test : test.skip;

let folder: string;
let forge: Forge;
let box: Box;

beforeEach(() => {
  folder = mkdtempSync("/tmp/skerry-places-");
  forge = new Forge(join(folder, "fleet.git"));
  box = new Box("eddm", forge.folder, forge.trustBytes);
  forge.deliver("eddm", 1, 1, siteFiles("one"));
});

afterEach(() => {
  box.remove();
  rmSync(folder, { recursive: true, force: true });
});

const detailOf = (reason: string): string => box.lines.findLast((line) => line.reason === reason)?.detail ?? "";

describe("T27: who may change a path", () => {
  const fault = (path: string): Promise<string | undefined> => systemDisk.pathFault(join(folder, path));

  test("only root and this user, when each folder on the path is theirs, also when the last component does not exist", async () => {
    mkdirSync(join(folder, "a/b"), { recursive: true });
    expect(await fault("a/b")).toBeUndefined();
    expect(await fault("a/b/c/d")).toBeUndefined();
    // A folder in which everybody may add names is safe on the way, as /tmp is, and not at the end.
    expect(await systemDisk.pathFault("/tmp")).toBe("/tmp can be written by everybody");
  });

  test("everybody, when a folder on the path is world-writable", async () => {
    mkdirSync(join(folder, "open/mine"), { recursive: true });
    chmodSync(join(folder, "open"), 0o777);
    expect(await fault("open/mine")).toBe(`${folder}/open can be written by everybody`);
    chmodSync(join(folder, "open"), 0o1777);
    expect(await fault("open/mine")).toBeUndefined();
  });

  test("a link is followed, and every folder on its path is checked", async () => {
    mkdirSync(join(folder, "open/mine"), { recursive: true });
    chmodSync(join(folder, "open"), 0o777);
    symlinkSync("open/mine", join(folder, "link"));
    symlinkSync("../x/../link", join(folder, "open/back"));
    mkdirSync(join(folder, "x"));
    expect(await fault("link")).toBe(`${folder}/open can be written by everybody`);
    symlinkSync("loop", join(folder, "loop"));
    expect(await fault("loop")).toContain("more than 40 links");
  });

  asRoot("its owner, and a group that this process does not belong to", async () => {
    mkdirSync(join(folder, "theirs/mine"), { recursive: true });
    chownSync(join(folder, "theirs"), STRANGER, 0);
    expect(await fault("theirs/mine")).toBe(`${folder}/theirs belongs to user ${STRANGER}`);
    chownSync(join(folder, "theirs"), 0, STRANGER);
    chmodSync(join(folder, "theirs"), 0o775);
    expect(await fault("theirs/mine")).toBe(`${folder}/theirs can be written by group ${STRANGER}`);
    chownSync(join(folder, "theirs"), 0, 0);
    expect(await fault("theirs/mine")).toBeUndefined();
    symlinkSync("theirs", join(folder, "link"));
    execFileSync("chown", ["-h", String(STRANGER), join(folder, "link")]);
    expect(await fault("link/mine")).toBe(`${folder}/link belongs to user ${STRANGER}`);
  });
});

describe("T27: the start", () => {
  const refused = async (): Promise<string> => {
    const error = (await box.once().catch((thrown: unknown) => thrown)) as { readonly code: string; readonly message: string };
    expect(error.code).toBe("unsafe-path");
    return error.message;
  };

  test("ends with unsafe-path and the path, when everybody may write agent.json, the trust document or the state folder", async () => {
    for (const [name, path] of [
      ["agent.json", box.configPath],
      ["`trust`", box.config.trust],
      ["`state`", box.config.state],
    ] as const) {
      chmodSync(path, name === "`state`" ? 0o777 : 0o666);
      expect(await refused()).toBe(`${name}, ${path}: ${path} can be written by everybody, and the agent would trust what is there`);
      chmodSync(path, 0o700);
    }
    expect(await box.once()).toBe(0);
  });

  test("goes on with a command of a probe that everybody may write, because an update of the agent must not stop a site", async () => {
    const script = join(box.folder, "check.sh");
    writeFileSync(script, "#!/bin/sh\n");
    chmodSync(script, 0o777);
    box.configure({ probes: { nowhere: [{ exec: { command: ["/bin/sh", script], timeoutSeconds: 5 } }] } });
    expect((await box.status()).reason).toBe("not-started");
    expect(await box.once()).toBe(0);
  });

  asRoot("ends with unsafe-path, where the state folder was prepared by somebody else, and touches nothing in it", async () => {
    mkdirSync(box.config.state);
    chownSync(box.config.state, STRANGER, STRANGER);
    expect(await refused()).toContain(`belongs to user ${STRANGER}`);
    expect(readdirSync(box.config.state)).toEqual([]);
  });

  test("ends with storage-failed and the cause, when the state folder cannot be created", async () => {
    const places = [
      ["file/state", "a path component is not a folder", () => writeFileSync(join(box.folder, "file"), "")],
      ["taken", "a path component is not a folder", () => writeFileSync(join(box.folder, "taken"), "")],
      ["dangling/state", "a path component is not a folder", () => symlinkSync("nowhere", join(box.folder, "dangling"))],
    ] as const;
    for (const [path, why, make] of places) {
      make();
      const state = join(box.folder, path);
      box.configure({ state });
      const error = box.once();
      await expect(error).rejects.toMatchObject({ code: "storage-failed", next: expect.stringContaining("mode 0700") });
      await expect(error).rejects.toThrow(`the state folder ${state} cannot be created or opened: ${why}`);
    }
    // Node's own way up never ends here.
    symlinkSync("/proc", join(box.folder, "kernel"));
    box.configure({ state: join(box.folder, "kernel/nothing/state") });
    await expect(box.once()).rejects.toMatchObject({ code: "storage-failed" });
  });

  test("refuses a lock that is a link, a pipe or a folder, and locks nothing elsewhere", async () => {
    const lock = join(box.config.state, "lock");
    const victim = join(folder, "victim");
    mkdirSync(box.config.state);
    for (const make of [() => symlinkSync(victim, lock), () => execFileSync("mkfifo", [lock]), () => mkdirSync(lock)]) {
      rmSync(lock, { recursive: true, force: true });
      make();
      await expect(box.once()).rejects.toMatchObject({ code: "storage-failed", message: `${lock} is not a regular file` });
    }
    expect(existsSync(victim)).toBe(false);
  });
});

describe("the cache", () => {
  const cacheOf = (): string => join(box.cache, "airports.eddm");
  const hook = "#!/bin/sh\ntouch /tmp/skerry-places-hook\n";

  test("T8: nothing is fetched into a cache whose git configuration others could have written or can write, and the running release stays", async () => {
    expect(await box.once()).toBe(0);
    chmodSync(box.cache, 0o777);
    rmSync(box.targetPath);
    expect(await box.once()).toBe(3);
    expect(detailOf("unsafe-path")).toBe(`${box.cache} can be written by everybody, so nothing is fetched into ${cacheOf()}`);
    // Drift is repaired all the same.
    expect(box.target()).toEqual(Object.fromEntries(siteFiles("one")));
    chmodSync(box.cache, 0o700);
    expect(await box.once()).toBe(0);
  });

  asRoot("T8: a folder that somebody prepared in /dev/shm under this site's name is not entered", async () => {
    chmodSync(box.cache, 0o1777);
    mkdirSync(join(cacheOf(), "repository.git/hooks"), { recursive: true });
    writeFileSync(join(cacheOf(), "repository.git/config"), `[core]\n\tfsmonitor = ${hook}`);
    chownSync(cacheOf(), STRANGER, STRANGER);
    expect(await box.once()).toBe(3);
    expect(detailOf("unsafe-path")).toContain(`${cacheOf()} belongs to user ${STRANGER}`);
    expect(existsSync(join(cacheOf(), "repository.git/objects"))).toBe(false);
  });

  asRoot("T8: files of others in a folder that is the agent's own by now are thrown away with all of the cache", async () => {
    expect(await box.once()).toBe(0);
    const planted = join(cacheOf(), "repository.git/objects/info/alternates");
    writeFileSync(planted, "/somewhere\n");
    chownSync(planted, STRANGER, STRANGER);
    expect(await box.once()).toBe(0);
    expect(detailOf("unsafe-path")).toContain("held files of another user and was emptied");
    expect(existsSync(planted)).toBe(false);
    box.lines = [];
    expect(await box.once()).toBe(0);
    expect(box.lines).toEqual([]);
  });

  test("is created for the agent's user only", async () => {
    rmSync(box.cache, { recursive: true });
    expect(await box.once()).toBe(0);
    expect(lstatSync(cacheOf()).mode & 0o777).toBe(0o700);
  });
});

describe("T27: the target", () => {
  const home = (): string => join(box.folder, "site/.current.skerry");

  test.each([
    ["a link", () => symlinkSync(join(folder, "victim"), home())],
    ["a file", () => writeFileSync(home(), "theirs")],
  ])("with %s at the folder of its trees is target-occupied: nothing is written or removed through it", async (_what, make) => {
    mkdirSync(join(folder, "victim"));
    writeFileSync(join(folder, "victim/theirs"), "theirs");
    make();
    expect(await box.once()).toBe(3);
    expect(detailOf("target-occupied")).toContain(`${home()} is a `);
    expect(readdirSync(join(folder, "victim"))).toEqual(["theirs"]);
    expect(box.target()).toBeUndefined();
  });

  test("whose trees are behind a link that was added later is left alone, also when old folders have to be removed", async () => {
    expect(await box.once()).toBe(0);
    mkdirSync(join(folder, "victim"));
    writeFileSync(join(folder, "victim/theirs"), "theirs");
    rmSync(home(), { recursive: true });
    symlinkSync(join(folder, "victim"), home());
    forge.deliver("eddm", 2, 2, siteFiles("two"));
    expect(await box.once()).toBe(3);
    expect(readdirSync(join(folder, "victim"))).toEqual(["theirs"]);
  });

  test("in a world-writable folder is not written: unsafe-path, and the release is applied again later", async () => {
    chmodSync(join(box.folder, "site"), 0o777);
    expect(await box.once()).toBe(3);
    expect(detailOf("unsafe-path")).toContain(`${join(box.folder, "site")} can be written by everybody`);
    expect(existsSync(home())).toBe(false);
    chmodSync(join(box.folder, "site"), 0o755);
    expect(await box.once()).toBe(0);
    expect(box.target()).toEqual(Object.fromEntries(siteFiles("one")));
  });
});

test("T27: the report is not written to a world-writable folder, and the site keeps running", async () => {
  const open = join(folder, "open");
  mkdirSync(open);
  chmodSync(open, 0o777);
  box.configure({ report: join(open, "report.json") });
  expect(await box.once()).toBe(0);
  expect(detailOf("unsafe-path")).toContain(`${open} can be written by everybody`);
  expect(readdirSync(open)).toEqual([]);
  chmodSync(open, 0o1777);
  expect(await box.once()).toBe(0);
  expect(JSON.parse(readFileSync(join(open, "report.json"), "utf8"))).toMatchObject({ signed: { site: "eddm" } });
});
