import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemDisk } from "../../../core/index.ts";
import type { AgentConfig } from "../../../wire/index.ts";
import { ConfigRefused, readConfig } from "../../../agent/read-config.ts";
import { Box } from "../fixtures/box.ts";
import { Forge, siteFiles } from "../fixtures/forge.ts";

let folder: string;
let forge: Forge;
let box: Box;

beforeEach(() => {
  folder = mkdtempSync("/tmp/skerry-paths-");
  forge = new Forge(join(folder, "fleet.git"));
  box = new Box("eddm", forge.folder, forge.trustBytes);
});

afterEach(() => {
  box.remove();
  rmSync(folder, { recursive: true, force: true });
});

const plain = (path: string): Partial<AgentConfig> => ({ target: { directory: { path, mode: "plain" } } });
const k3s = (path: string): Partial<AgentConfig> => ({ target: { directory: { path, mode: "k3s" } } });

async function refusalOf(change: Partial<AgentConfig>): Promise<string> {
  box.configure(change);
  const error = (await readConfig(systemDisk, box.configPath).catch((thrown: unknown) => thrown)) as Error;
  expect(error).toBeInstanceOf(ConfigRefused);
  return error.message;
}

test("a slash at the end, `//` and `/./` are ignored: the release is applied at the same path", async () => {
  forge.deliver("eddm", 1, 1, siteFiles("one"));
  const { state, cache, trust, report } = box.config as Required<AgentConfig>;
  const odd = (path: string): string => `${path.replace("/tmp/", "//tmp/./")}/`;
  box.configure({ ...plain(`${box.targetPath}/`), state: odd(state), cache: `${cache}//`, trust: trust.replace("/tmp", "/./tmp"), report });
  expect(await box.once()).toBe(0);
  expect(box.target()).toEqual(Object.fromEntries(siteFiles("one")));
  expect((await readConfig(systemDisk, box.configPath)).state).toBe(state);
});

describe("an error of agent.json names its field", () => {
  test.each<[string, Partial<AgentConfig>]>([
    ["state", { state: "/var/lib/../skerry" }],
    ["cache", { cache: "/run/skerry/.." }],
    ["trust", { trust: "/etc/skerry/../trust.json" }],
    ["report", { report: "/../report.json" }],
    ["target.directory.path", plain("/srv/../current")],
    ["images.containerd.socket", { images: { containerd: { socket: "/run/../containerd.sock" } } }],
  ])("`..` in %s", async (field, change) => {
    expect(await refusalOf(change)).toContain(`agent.json: ${field} must be a path without ".."`);
  });

  test.each<[string, string, Partial<AgentConfig>]>([
    ["state", "/proc", { state: "/proc/self/state" }],
    ["trust", "/dev", { trust: "/dev/stdin" }],
    ["report", "/dev", { report: "/dev/null" }],
    ["cache", "/sys", { cache: "/sys" }],
    ["target.directory.path", "/dev", plain("/dev//sda")],
  ])("%s in %s", async (field, kernel, change) => {
    expect(await refusalOf(change)).toContain(`agent.json: ${field} must not be in ${kernel}`);
  });

  test("the root folder", async () => {
    expect(await refusalOf({ state: "//" })).toContain("agent.json: state must not be the root folder");
    expect(await refusalOf(plain("/./"))).toContain("agent.json: target.directory.path must not be the root folder");
  });

  test.each<[string, (at: Box) => Partial<AgentConfig>]>([
    ["state and target.directory.path must not be the same path", ({ config }) => plain(`${config.state}/`)],
    ["trust and report must not be the same path", ({ config }) => ({ report: config.trust })],
    ["report and agent.json itself must not be the same path", ({ configPath }) => ({ report: configPath })],
    ["state and cache must not be the same path", ({ config }) => ({ cache: config.state })],
    ["must not be in cache", ({ cache }) => ({ state: join(cache, "state") })],
    ["must not be in the cache of this site", ({ cache }) => ({ report: join(cache, "airports.eddm/report.json") })],
    ["must not be in state", ({ config }) => ({ cache: join(config.state, "cache") })],
    ["must not be in state", ({ config }) => plain(join(config.state, "current"))],
    ["must not be in state", ({ config }) => ({ report: join(config.state, "slots/a/report.json") })],
    ["must not be in state", ({ config }) => ({ report: join(config.state, "journal.0") })],
    ["must not be in state", ({ config }) => ({ report: join(config.state, "site.key.new") })],
    ["must not be in state", ({ config }) => ({ trust: join(config.state, "trust/2.json") })],
    ["must not be in target.directory.path", ({ targetPath }) => ({ state: join(targetPath, "state") })],
    ["must not be in target.directory.path", ({ folder: at }) => ({ ...k3s(at), state: `${at}-state`, report: `${at}-state/report.json` })],
    ["must not be in the folder of the target's trees", ({ folder: at }) => ({ report: join(at, "site/.current.skerry/report.json") })],
  ])("%s", async (says, change) => {
    expect(await refusalOf(change(box))).toContain(says);
  });

  test("and all of them at once, with the path of the file and the field that an unknown one may mean", async () => {
    const { state: _state, ...rest } = box.config;
    writeFileSync(box.configPath, JSON.stringify({ ...rest, sate: "/x", zzz: 1, seqFloor: -1, report: "report.json" }));
    const error = (await readConfig(systemDisk, box.configPath).catch((thrown: unknown) => thrown)) as Error;
    expect(error).toBeInstanceOf(ConfigRefused);
    expect(error.message.split("\n")).toEqual([
      `${box.configPath} has several problems:`,
      "  state is missing",
      "  seqFloor must be a whole number from 0 to 9007199254740991",
      "  report must be an absolute path",
      '  sate is not a field of this document; did you mean "state"?',
      "  zzz is not a field of this document",
    ]);
    expect(await refusalOf({ state: "/a/../b", report: "/proc/x" })).toMatch(
      / has several problems:\n  state must be .*\n  report must not be in /,
    );
    const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`field${index}`, 1]));
    const told = await refusalOf(many);
    expect(told.length).toBeLessThan(1_500);
    expect(told).toMatch(/ has several problems:\n  field0 is not .*\n  and 9\d\d more problems$/s);
    expect(await refusalOf({ pollSeconds: 1 })).toBe(`${box.configPath}: pollSeconds must be a whole number from 10 to 86400`);
  });

  test("and exits with 2, before anything is created", async () => {
    box.configure(plain("/srv/../current"));
    await expect(box.once()).rejects.toBeInstanceOf(ConfigRefused);
    await expect(systemDisk.inspect(box.config.state)).resolves.toBeUndefined();
  });
});

test("a report and a trust document with other names may be in the state folder, and a cache in /dev/shm", async () => {
  const { state } = box.config;
  box.configure({ report: join(state, "last.json"), trust: join(state, "trust/1.json"), cache: "/dev/shm" });
  expect(await readConfig(systemDisk, box.configPath)).toMatchObject({ cache: "/dev/shm" });
});
