import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
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
import { Socket } from "node:net";
import { join } from "node:path";
import { type Clock, type Disk, systemClock, systemDisk } from "../../../core/index.ts";
import { k3sDirectory } from "../../../agent/targets/k3s-directory.ts";
import { plainDirectory } from "../../../agent/targets/plain-directory.ts";
import type { RetainedObjects, Target } from "../../../agent/targets/target.ts";
import { smallTree, type SmallTree } from "../fixtures/small-trees.ts";
import { ToldDisk } from "../fixtures/told-disk.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(existsSync("/dev/shm") ? "/dev/shm/skerry-targets-" : "/tmp/skerry-targets-");
  mkdirSync(join(folder, "state"));
  mkdirSync(join(folder, "site"));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Nobody waits in a test: a sleep is a jump of this clock. */
class JumpingClock implements Clock {
  offsetMs = 0;

  now(): number {
    return systemClock.now() + this.offsetMs;
  }

  monotonic(): number {
    return systemClock.monotonic() + this.offsetMs;
  }

  async sleep(ms: number): Promise<void> {
    this.offsetMs += ms;
  }
}

const NOTHING: RetainedObjects = { keep: [], other: null };

/** A target and how to look at it from outside. */
interface Mode {
  readonly name: string;
  readonly path: () => string;
  readonly target: (disk: Disk, clock: Clock) => Target;
  /** Text of every object that whoever reads the target sees. */
  readonly seen: () => readonly string[];
  /** Ways to bend what lies there, each undone by `heal`. */
  readonly bend: Readonly<Record<string, () => void>>;
  /** Puts something of somebody else's where the agent would write. */
  readonly occupy: () => string;
}

const plain: Mode = {
  name: "plain",
  path: () => join(folder, "site/current"),
  target: (disk, clock) => plainDirectory(join(folder, "site/current"), disk, clock),
  seen: () => textsIn(filesBelow(`${plain.path()}/manifests`)),
  bend: {
    "an edited file": () => writeFileSync(plainFile("nodes/x"), "evil"),
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
  seen: () => textsIn(filesBelow(k3s.path())),
  bend: {
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

const textsOf = (tree: SmallTree): string[] => tree.objects.map(({ text }) => text).sort();

const ONE = smallTree({
  "10-base/boards /Namespace//boards": "one namespace",
  "40-apps/boards apps/Deployment/boards/boards": "one deployment",
  "40-apps/boards /ConfigMap/boards/dropped": "one dropped",
});
const TWO = smallTree({
  "10-base/boards /Namespace//boards": "two namespace",
  "40-apps/boards apps/Deployment/boards/boards": "two deployment",
  "40-apps/clock /ConfigMap/boards/clock": "two clock",
});
const DROPPED = ["/ConfigMap/boards/dropped"];
const fromOne: RetainedObjects = { keep: DROPPED, other: ONE };

describe.each([plain, k3s])("a directory target, mode $name, like every target", (mode) => {
  const open = (disk: Disk = systemDisk, clock: Clock = new JumpingClock()): Target => mode.target(disk, clock);
  const release = async (target: Target): Promise<void> => {
    expect(await target.apply(TWO, fromOne, false)).toEqual({ done: true });
    expect(await target.prune(TWO, { keep: [], other: ONE }, DROPPED)).toEqual({ done: true, blocked: [] });
  };

  test("A13: looking whether a tree would be taken writes nothing", async () => {
    const told = new ToldDisk(folder);
    const target = open(told.disk);
    expect(await target.dryRun(ONE)).toEqual({ done: true });
    expect(told.writes).toEqual([]);
  });

  test("A17: a new tree is there whole, and with PRUNE nothing of the old one is left", async () => {
    const target = open();
    expect(await target.apply(ONE, NOTHING, true)).toEqual({ done: true });
    expect(mode.seen()).toEqual(textsOf(ONE));
    await release(target);
    expect(mode.seen()).toEqual(textsOf(TWO));
  });

  test("R2: every call may be made again, and the second time changes no byte", async () => {
    const told = new ToldDisk(folder);
    const target = open(told.disk);
    const twice = async (call: () => Promise<unknown>): Promise<void> => {
      const answer = await call();
      const seen = mode.seen();
      told.calls.length = 0;
      expect(await call()).toEqual(answer);
      expect(mode.seen()).toEqual(seen);
    };
    await twice(() => target.apply(ONE, NOTHING, true));
    await twice(() => target.prune(ONE, NOTHING, []));
    await twice(() => target.apply(TWO, fromOne, false));
    await twice(() => target.prune(TWO, { keep: [], other: ONE }, DROPPED));
    expect(told.writes.filter((call) => call.startsWith("rename "))).toEqual([]);
    await twice(() => target.reconcile(TWO, NOTHING));
    expect(told.writes).toEqual([]);
    await twice(() => target.erase(NOTHING, TWO.ids));
  });

  test("power cut: cut before each disk call of a release, a new agent ends in the new tree, or in the old", async () => {
    for (const back of [false, true]) {
      for (let cut = 0, ended = false; !ended; cut++) {
        for (const part of ["site", "state"]) rmSync(join(folder, part), { recursive: true, force: true });
        mkdirSync(join(folder, "site"));
        mkdirSync(join(folder, "state"));
        await open().apply(ONE, NOTHING, true);
        await open().prune(ONE, NOTHING, []);
        const told = new ToldDisk(folder);
        let calls = 0;
        // What comes after the cut never happens.
        told.fails = () => calls++ >= cut;
        const applied = await open(told.disk).apply(TWO, fromOne, false);
        if (applied.done) ended = (await open(told.disk).prune(TWO, { keep: [], other: ONE }, DROPPED)).done;
        else expect(applied.reason).toBe("storage-failed");
        if (back && !applied.done) {
          expect(await open().apply(ONE, { keep: ["/ConfigMap/boards/clock"], other: TWO }, false)).toEqual({ done: true });
          expect(await open().prune(ONE, { keep: [], other: TWO }, ["/ConfigMap/boards/clock"])).toEqual({ done: true, blocked: [] });
        } else await release(open());
        expect({ cut, seen: mode.seen() }).toEqual({ cut, seen: textsOf(back && !applied.done ? ONE : TWO) });
        expect(await open().reconcile(back && !applied.done ? ONE : TWO, NOTHING)).toEqual({ done: true, repaired: 0 });
      }
    }
  });

  test("disk full: each call that needs room says so, and what was there stays as it was until there is room again", async () => {
    await open().apply(ONE, NOTHING, true);
    await open().prune(ONE, NOTHING, []);
    let isFull = false;
    for (let room = 0; !isFull || room < 1; room++) {
      const told = new ToldDisk(folder);
      told.code = "ENOSPC";
      let writes = 0;
      told.fails = (call) => /^(write|makeFolder) /.test(call) && writes++ >= room;
      const answer = await open(told.disk).apply(TWO, fromOne, false);
      if (answer.done) break;
      expect(answer).toMatchObject({ done: false, reason: "disk-full" });
      isFull = true;
      if (!told.calls.some((call) => call.startsWith("rename site/") || call.startsWith("rename site/manifests")))
        expect(mode.seen()).toEqual(textsOf(ONE));
    }
    expect(isFull).toBe(true);
    await release(open());
    expect(mode.seen()).toEqual(textsOf(TWO));
  });

  test("drift or deletion by hand: every kind of it is found, counted and undone", async () => {
    const target = open();
    await target.apply(ONE, NOTHING, true);
    await target.prune(ONE, NOTHING, []);
    expect(await target.reconcile(ONE, NOTHING)).toEqual({ done: true, repaired: 0 });
    for (const [drift, make] of Object.entries(mode.bend)) {
      if (drift === "an edited file" && mode === plain) mkdirSync(plainFile("nodes"), { recursive: true });
      make();
      const answer = await target.reconcile(ONE, NOTHING);
      expect({ drift, ...answer }).toEqual({ drift, done: true, repaired: expect.any(Number) });
      expect("repaired" in answer && answer.repaired).toBeGreaterThan(0);
      expect({ drift, seen: mode.seen() }).toEqual({ drift, seen: textsOf(ONE) });
      expect(await open().reconcile(ONE, NOTHING)).toEqual({ done: true, repaired: 0 });
    }
  });

  test("A28: a look when nothing differs reads no byte once its stamps are old enough, writes nothing, and reads all again after a day", async () => {
    const told = new ToldDisk(folder);
    const clock = new JumpingClock();
    const target = open(told.disk, clock);
    const tree = smallTree({ "40-apps/boards /ConfigMap/boards/settings": "one" });
    await target.apply(tree, NOTHING, true);
    await target.prune(tree, NOTHING, []);
    const look = async (afterMs: number): Promise<number> => {
      clock.offsetMs += afterMs;
      told.calls.length = 0;
      const before = tree.loads();
      expect(await target.reconcile(tree, NOTHING)).toEqual({ done: true, repaired: 0 });
      expect(told.writes).toEqual([]);
      return tree.loads() - before + told.calls.filter((call) => call.startsWith("read ")).length;
    };
    expect(await look(0)).toBeGreaterThan(0);
    expect(await look(60_000)).toBeGreaterThan(0);
    expect(await look(60_000)).toBe(0);
    expect(await look(60_000)).toBe(0);
    expect(await look(86_400_000)).toBeGreaterThan(0);
    for (const path of filesBelow(`${mode.path()}/`).filter((each) => each.includes("boards"))) chmodSync(path, 0o640);
    expect(await look(60_000)).toBeGreaterThan(0);
  });

  test("target-occupied: what is not ours is neither overwritten by a first tree nor by a repair", async () => {
    const theirs = mode.occupy();
    const before = readFileSync(theirs, "utf8");
    expect(await open().apply(ONE, NOTHING, true)).toMatchObject({ done: false, reason: "target-occupied" });
    expect(mode.seen()).toEqual([]);
    expect(await open().reconcile(ONE, NOTHING)).toMatchObject({ done: false, reason: "target-occupied" });
    expect(readFileSync(theirs, "utf8")).toBe(before);
  });

  test("A20: erased, nothing of ours is left; an erasure that is cut is made again", async () => {
    for (let cut = 0, ended = false; !ended; cut++) {
      await open().apply(ONE, NOTHING, true);
      const told = new ToldDisk(folder);
      let calls = 0;
      told.fails = () => calls++ >= cut;
      ended = (await open(told.disk).erase(NOTHING, ONE.ids)).done;
      expect(await open().erase(NOTHING, ONE.ids)).toEqual({ done: true, blocked: [] });
      expect(mode.seen()).toEqual([]);
      expect(filesBelow(folder)).toEqual([]);
    }
  });

  test("I10, R6: no call opens a connection", async () => {
    const connect = jest.spyOn(Socket.prototype, "connect").mockImplementation(() => {
      throw new Error("the network is not there");
    });
    try {
      const target = open();
      await target.apply(ONE, NOTHING, true);
      await release(target);
      await target.reconcile(TWO, NOTHING);
      await target.erase(NOTHING, TWO.ids);
      expect(connect).not.toHaveBeenCalled();
    } finally {
      connect.mockRestore();
    }
  });
});

describe("the directory target, mode plain (A21)", () => {
  const home = (): string => join(folder, "site/.current.skerry");

  test("R1: a folder that a killed process wrote whole, and did not flush, is flushed before the switch", async () => {
    const first = new ToldDisk(folder);
    first.fails = (call) => call.startsWith("link ") || call.startsWith("rename ");
    expect(await plainDirectory(plain.path(), first.disk, systemClock).apply(ONE, NOTHING, true)).toMatchObject({ done: false });
    const told = new ToldDisk(folder);
    expect(await plainDirectory(plain.path(), told.disk, systemClock).apply(ONE, NOTHING, true)).toEqual({ done: true });
    expect(told.calls.filter((call) => call.startsWith("write "))).toEqual([]);
    const beforeSwitch = told.calls.slice(
      0,
      told.calls.findIndex((call) => call.startsWith("link ")),
    );
    const files = (await ONE.load()).length;
    expect(beforeSwitch.filter((call) => call.startsWith("syncFile "))).toHaveLength(files);
  });

  test("a tree appears at once and whole, and the next one takes its place by one rename", async () => {
    const told = new ToldDisk(folder);
    const target = plainDirectory(plain.path(), told.disk, systemClock);
    expect(await target.apply(ONE, NOTHING, true)).toEqual({ done: true });
    expect(readlinkSync(plain.path())).toMatch(/^\.current\.skerry\/[0-9a-f]{12}\.1$/);
    expect(plain.seen()).toEqual(textsOf(ONE));
    told.calls.length = 0;
    await target.apply(TWO, NOTHING, false);
    expect(plain.seen()).toEqual(textsOf(TWO));
    const rename = told.calls.indexOf("rename site/.current.skerry/next site/current");
    expect(rename).toBeGreaterThan(0);
    // Everything below the new folder was flushed before the switch, and the switch itself after it.
    expect(told.calls.slice(rename)).toEqual(["rename site/.current.skerry/next site/current", "syncFolder site"]);
    expect(readdirSync(home())).toHaveLength(2);
    expect(await target.prune(TWO, NOTHING, [])).toEqual({ done: true, blocked: [] });
    expect(readdirSync(home())).toHaveLength(1);
  });

  test("at no point of a switch is anything but the old or the new tree to be seen", async () => {
    for (let cut = 0, ended = false; !ended; cut++) {
      rmSync(join(folder, "site"), { recursive: true, force: true });
      await plainDirectory(plain.path(), systemDisk, systemClock).apply(ONE, NOTHING, true);
      const told = new ToldDisk(folder);
      let calls = 0;
      told.fails = () => calls++ === cut;
      const answer = await plainDirectory(plain.path(), told.disk, systemClock).apply(TWO, NOTHING, false);
      ended = answer.done;
      if (!answer.done) expect(answer.reason).toBe("storage-failed");
      expect([textsOf(ONE), textsOf(TWO)]).toContainEqual(plain.seen());
      // and healing leads to either, whichever the journal holds
      for (const tree of [ONE, TWO]) {
        expect(await plainDirectory(plain.path(), systemDisk, systemClock).reconcile(tree, NOTHING)).toMatchObject({ done: true });
        expect(plain.seen()).toEqual(textsOf(tree));
      }
    }
  });

  test("a link to somewhere else is not ours either, until the first tree is there", async () => {
    symlinkSync("/etc", plain.path());
    const target = plainDirectory(plain.path(), systemDisk, systemClock);
    expect(await target.apply(ONE, NOTHING, true)).toMatchObject({ done: false, reason: "target-occupied" });
    expect(readlinkSync(plain.path())).toBe("/etc");
    expect(await target.apply(ONE, NOTHING, false)).toEqual({ done: true });
    expect(lstatSync(plain.path()).isSymbolicLink()).toBe(true);
    expect(readdirSync(home())).toHaveLength(1);
  });
});
