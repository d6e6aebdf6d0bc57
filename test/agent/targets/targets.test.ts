import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type Clock, type Disk, systemClock, systemDisk } from "../../../core/index.ts";
import { k3sDirectory } from "../../../agent/targets/k3s-directory.ts";
import { plainDirectory } from "../../../agent/targets/plain-directory.ts";
import type { Target } from "../../../agent/targets/target.ts";
import { smallTree } from "../fixtures/small-trees.ts";
import { RecordingDisk } from "../fixtures/recording-disk.ts";
import { describeTarget, JumpingClock, NOTHING, ONE, textsOf, TWO } from "./target-conformance.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(existsSync("/dev/shm") ? "/dev/shm/skerry-targets-" : "/tmp/skerry-targets-");
  mkdirSync(join(folder, "state"));
  mkdirSync(join(folder, "site"));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A directory target, with what the tests of every target and those of directories ask of it. */
interface Mode {
  readonly name: string;
  readonly path: () => string;
  readonly target: (disk: Disk, clock: Clock) => Target;
  readonly drift: Readonly<Record<string, () => void>>;
  readonly occupy: () => string;
}

const plain: Mode = {
  name: "plain",
  path: () => join(folder, "site/current"),
  target: (disk, clock) => plainDirectory(join(folder, "site/current"), disk, clock),
  drift: {
    "an edited file": () => {
      mkdirSync(plainFile("nodes"), { recursive: true });
      writeFileSync(plainFile("nodes/x"), "evil");
    },
    "an edit that keeps the length": () => flip(plainFile("plan.json")),
    "a removed file": () => rmSync(plainFile("plan.json")),
    "a removed folder": () => rmSync(plainFile("manifests"), { recursive: true }),
    "a file too many": () => writeFileSync(plainFile("extra"), "x"),
    "an empty folder too many": () => mkdirSync(plainFile("extra")),
    "a link in a file's place": () => {
      renameSync(plainFile("plan.json"), join(folder, "plan.json"));
      symlinkSync(join(folder, "plan.json"), plainFile("plan.json"));
    },
    "a bent link": () => {
      rmSync(plain.path());
      symlinkSync("/etc", plain.path());
    },
    "a removed link": () => rmSync(plain.path()),
    "no trace left": () => rmSync(join(folder, "site"), { recursive: true }),
  },
  occupy: () => {
    mkdirSync(plain.path());
    writeFileSync(join(plain.path(), "theirs"), "x");
    return join(plain.path(), "theirs");
  },
};

const k3s: Mode = {
  name: "k3s",
  path: () => join(folder, "site/manifests"),
  target: (disk, clock) => k3sDirectory(join(folder, "site/manifests"), join(folder, "state"), disk, clock),
  drift: {
    "an edited file": () => writeFileSync(k3sFile("skerry-40-boards.yaml"), "evil"),
    "an edit that keeps the length": () => flip(k3sFile("skerry-10-boards.yaml")),
    "a cut file": () => writeFileSync(k3sFile("skerry-40-boards.yaml"), readFileSync(k3sFile("skerry-40-boards.yaml")).subarray(0, 200)),
    "a removed file": () => rmSync(k3sFile("skerry-40-boards.yaml")),
    "a link in a file's place": () => {
      renameSync(k3sFile("skerry-40-boards.yaml"), join(folder, "boards.yaml"));
      symlinkSync(join(folder, "boards.yaml"), k3sFile("skerry-40-boards.yaml"));
    },
    "what a crash left of a write": () => writeFileSync(k3sFile(".skerry-40-boards.yaml.new"), "half"),
    "no trace left": () => rmSync(join(folder, "site"), { recursive: true }),
  },
  occupy: () => {
    mkdirSync(k3s.path());
    writeFileSync(k3sFile("skerry-40-boards.yaml"), "theirs");
    return k3sFile("skerry-40-boards.yaml");
  },
};

const plainFile = (name: string): string => join(plain.path(), name);
const k3sFile = (name: string): string => join(k3s.path(), name);
/** Text of every object that whoever reads the target sees. */
const seenAt = ({ path, name }: Mode): string[] => textsIn(filesBelow(name === "plain" ? `${path()}/manifests` : path()));

function flip(path: string): void {
  const bytes = readFileSync(path);
  bytes[bytes.length - 3] = (bytes.at(-3) as number) ^ 1;
  writeFileSync(path, bytes);
}

function filesBelow(path: string): string[] {
  if (!existsSync(path)) return [];
  const entries = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory());
  return entries.map((entry) => join(entry.parentPath, entry.name)).sort();
}

function textsIn(paths: readonly string[]): string[] {
  const texts = paths.filter((path) => path.endsWith(".yaml")).flatMap((path) => readFileSync(path, "utf8").match(/text: "[^"]*"/g) ?? []);
  return texts.map((text) => text.slice(7, -1)).sort();
}

/** Both folders that a directory target writes to, empty. */
function emptyFolders(): void {
  for (const part of ["site", "state"]) {
    rmSync(join(folder, part), { recursive: true, force: true });
    mkdirSync(join(folder, part));
  }
}

for (const mode of [plain, k3s]) {
  describeTarget(`a directory target, mode ${mode.name}`, () => ({
    ...mode,
    open: (clock) => {
      const log = new RecordingDisk(folder);
      return { target: mode.target(log.disk, clock), log };
    },
    seen: () => seenAt(mode),
    remains: () => filesBelow(folder),
    replaces: (call) => call.startsWith("rename "),
    shows: (call) => call.startsWith("rename site/"),
    needsRoom: (call) => /^(write|makeFolder) /.test(call),
    empty: emptyFolders,
    remove: emptyFolders,
  }));
}

test.each([plain, k3s])(
  "A28: a drift check of a directory, mode $name, without differences reads no content once its timestamps are old enough, writes nothing, and reads everything again after a day",
  async (mode) => {
    const recording = new RecordingDisk(folder);
    const clock = new JumpingClock();
    const target = mode.target(recording.disk, clock);
    const tree = smallTree({ "40-apps/boards /ConfigMap/boards/settings": "one" });
    await target.apply(tree, NOTHING, true);
    await target.prune(tree, NOTHING, []);
    const look = async (afterMs: number): Promise<number> => {
      clock.offsetMs += afterMs;
      recording.calls.length = 0;
      const before = tree.loads();
      expect(await target.reconcile(tree, NOTHING)).toEqual({ done: true, repaired: 0 });
      expect(recording.writes).toEqual([]);
      return tree.loads() - before + recording.calls.filter((call) => call.startsWith("read ")).length;
    };
    expect(await look(0)).toBeGreaterThan(0);
    expect(await look(60_000)).toBeGreaterThan(0);
    expect(await look(60_000)).toBe(0);
    expect(await look(60_000)).toBe(0);
    expect(await look(86_400_000)).toBeGreaterThan(0);
    for (const path of filesBelow(`${mode.path()}/`).filter((each) => each.includes("boards"))) chmodSync(path, 0o640);
    expect(await look(60_000)).toBeGreaterThan(0);
  },
);

describe("the directory target, mode plain (A21)", () => {
  const home = (): string => join(folder, "site/.current.skerry");

  test("R1: a folder that a killed process wrote completely but did not flush is flushed before the switch", async () => {
    const first = new RecordingDisk(folder);
    first.fails = (call) => call.startsWith("link ") || call.startsWith("rename ");
    expect(await plainDirectory(plain.path(), first.disk, systemClock).apply(ONE, NOTHING, true)).toMatchObject({ done: false });
    const recording = new RecordingDisk(folder);
    expect(await plainDirectory(plain.path(), recording.disk, systemClock).apply(ONE, NOTHING, true)).toEqual({ done: true });
    expect(recording.calls.filter((call) => call.startsWith("write "))).toEqual([]);
    const beforeSwitch = recording.calls.slice(
      0,
      recording.calls.findIndex((call) => call.startsWith("link ")),
    );
    const files = (await ONE.load()).length;
    expect(beforeSwitch.filter((call) => call.startsWith("syncFile "))).toHaveLength(files);
  });

  test("a tree becomes visible completely, and the next one replaces it by one rename", async () => {
    const recording = new RecordingDisk(folder);
    const target = plainDirectory(plain.path(), recording.disk, systemClock);
    expect(await target.apply(ONE, NOTHING, true)).toEqual({ done: true });
    expect(readlinkSync(plain.path())).toMatch(/^\.current\.skerry\/[0-9a-f]{12}\.1$/);
    expect(seenAt(plain)).toEqual(textsOf(ONE));
    recording.calls.length = 0;
    await target.apply(TWO, NOTHING, false);
    expect(seenAt(plain)).toEqual(textsOf(TWO));
    const rename = recording.calls.indexOf("rename site/.current.skerry/next site/current");
    expect(rename).toBeGreaterThan(0);
    // Everything below the new folder was flushed before the switch, and the switch itself after it.
    expect(recording.calls.slice(rename)).toEqual(["rename site/.current.skerry/next site/current", "syncFolder site"]);
    expect(readdirSync(home())).toHaveLength(2);
    expect(await target.prune(TWO, NOTHING, [])).toEqual({ done: true, blocked: [] });
    expect(readdirSync(home())).toHaveLength(1);
  });

  test("at each point of a switch the old or the new tree is visible", async () => {
    for (let cut = 0, ended = false; !ended; cut++) {
      rmSync(join(folder, "site"), { recursive: true, force: true });
      await plainDirectory(plain.path(), systemDisk, systemClock).apply(ONE, NOTHING, true);
      const recording = new RecordingDisk(folder);
      let calls = 0;
      recording.fails = () => calls++ === cut;
      const answer = await plainDirectory(plain.path(), recording.disk, systemClock).apply(TWO, NOTHING, false);
      ended = answer.done;
      if (!answer.done) expect(answer.reason).toBe("storage-failed");
      expect([textsOf(ONE), textsOf(TWO)]).toContainEqual(seenAt(plain));
      // and healing leads to either, whichever the journal holds
      for (const tree of [ONE, TWO]) {
        expect(await plainDirectory(plain.path(), systemDisk, systemClock).reconcile(tree, NOTHING)).toMatchObject({ done: true });
        expect(seenAt(plain)).toEqual(textsOf(tree));
      }
    }
  });

  test("a foreign link is not replaced by the first tree", async () => {
    symlinkSync("/etc", plain.path());
    const target = plainDirectory(plain.path(), systemDisk, systemClock);
    expect(await target.apply(ONE, NOTHING, true)).toMatchObject({ done: false, reason: "target-occupied" });
    expect(readlinkSync(plain.path())).toBe("/etc");
    expect(await target.apply(ONE, NOTHING, false)).toEqual({ done: true });
    expect(lstatSync(plain.path()).isSymbolicLink()).toBe(true);
    expect(readdirSync(home())).toHaveLength(1);
  });
});
