import { describe } from "@jest/globals";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { canonicalDocument, sha256Hex } from "../../core/index.ts";
import type { AgentConfig } from "../../wire/index.ts";
import type { Scene } from "./scene.ts";
import { type Attack, type Attacks, type End, tryAttacks } from "./strike.ts";

/** What the agent reads at its own box: agent.json, the state folder, the clock. */

const NOBODY = 65_534;
/** What is read here lies on the box's own disk. */
const SECONDS = 12;
const isRoot = process.getuid?.() === 0;
/** A person's slip, or a word about the box. */
const TOLD: readonly End[] = ["config-refused", "some-word"];

/** Paths of agent.json that no box has. */
function set(change: (scene: Scene) => Partial<AgentConfig>, more: Partial<Attack> = {}): Attack {
  return { ends: TOLD, changesState: true, seconds: SECONDS, config: change, look: kept, ...more };
}

/** Whatever agent.json says, what the agent was given stays as it was given. */
function kept({ box, forge }: Scene): string[] {
  const path = join(box.folder, "trust.json");
  return existsSync(path) && !readFileSync(path).equals(forge.trustBytes) ? ["the trust document was overwritten"] : [];
}

function directory(path: string): Pick<AgentConfig, "target"> {
  return { target: { directory: { path, mode: "plain" } } };
}

/** A device node of the test's own: an agent that writes there as root replaces it, and must not meet the machine's. */
function device(name: string, minor: number): Attack {
  return set((scene) => ({ report: join(scene.root, name) }), {
    prepare: (scene) => void execFileSync("mknod", [join(scene.root, name), "c", "1", String(minor)]),
    look: (scene) => (lstatSync(join(scene.root, name)).isCharacterDevice() ? [] : ["the device was replaced by a file"]),
  });
}

const DEVICES: Attacks = isRoot
  ? { "a report on a device that forgets": { ...device("null", 3) }, "a report on a device that is full": device("full", 7) }
  : {};

const PATHS: Attacks = {
  "a report in a folder of the kernel": set(() => ({ report: "/proc/self/report.json" })),
  "a report in the place of the journal": set(({ box }) => ({ report: join(box.config.state, "journal.0") })),
  "a report in the place of the lock": set(({ box }) => ({ report: join(box.config.state, "lock") })),
  "a report in the place of the site's key": set(({ box }) => ({ report: join(box.config.state, "site.key") })),
  "a report in the place of the trust document": set(({ box }) => ({ report: join(box.folder, "trust.json") })),
  "a report in the place of agent.json": set(({ box }) => ({ report: box.configPath })),
  "a report within the target": set(({ box }) => ({ report: join(box.targetPath, "plan.json") })),
  "a state folder in a folder of the kernel": set(() => ({ state: "/proc/self/state" })),
  "a state folder below a device": set(() => ({ state: "/dev/null/state" })),
  "a state folder within the target": set(({ box }) => ({ state: join(box.targetPath, "state") })),
  "a state folder in the target's own folder": set(({ box }) => ({ state: join(box.folder, "site/.current.skerry/state") })),
  "a target within the state folder": set(({ box }) => directory(join(box.config.state, "slots/current"))),
  "a target in the place of the state folder": set(({ box }) => directory(box.config.state)),
  "a target in a folder of the kernel": set(() => directory("/proc/self/current")),
  "a cache in the place of the state folder": set(({ box }) => ({ cache: box.config.state })),
  "a cache within the target": set(({ box }) => ({ cache: join(box.targetPath, "cache") })),
  "a cache in a folder of the kernel": set(() => ({ cache: "/proc/self" })),
  "a trust document without end": set(() => ({ trust: "/dev/zero" })),
  "a trust document that is a terminal": set(() => ({ trust: "/dev/stdin" })),
  "a trust document from noise": set(() => ({ trust: "/dev/urandom" })),
  "a path with steps upward": set(({ box }) => ({ report: `${box.config.state}/slots/../journal.1` })),
};

function of(scene: Scene, file: string): string {
  return file === "agent.json"
    ? scene.box.configPath
    : file === "trust.json"
      ? join(scene.box.folder, file)
      : join(scene.box.config.state, file);
}

/** Something else in the place of a file; the attacker's, so the box need not come back by itself. */
function replaced(file: string, ends: readonly End[], make: (path: string, scene: Scene) => void): Attack {
  return {
    ends,
    changesState: true,
    seconds: SECONDS,
    prepare: (scene) => {
      const path = of(scene, file);
      rmSync(path, { recursive: true, force: true });
      make(path, scene);
    },
  };
}

/** agent.json is written after `prepare`, so its place is taken by the command line's. */
const HUGE_BYTES = 1_900_000_000;
const huge = (path: string): void => {
  writeFileSync(path, "{");
  truncateSync(path, HUGE_BYTES);
};
const pipe = (path: string): void => void execFileSync("mkfifo", [path]);
const CONTINUES: readonly End[] = ["taken", "some-word"];

const FILES: Attacks = {
  "a journal of 2 GB beside an older one": replaced("journal.0", CONTINUES, huge),
  "a report of 2 GB": replaced("report.json", CONTINUES, huge),
  "a trust document of 2 GB": replaced("trust.json", TOLD, huge),
  "an accepted trust version of 2 GB": replaced("trust/2.json", CONTINUES, huge),
  "a site's key of 2 GB": replaced("site.key", ["some-word"], huge),
  "a slot's digest of 2 GB": replaced("slots/a/digest", CONTINUES, huge),
  "a slot's commit of 2 GB": replaced("slots/a/commit", CONTINUES, huge),
  "a pipe in the place of a journal": replaced("journal.0", CONTINUES, pipe),
  "a pipe in the place of the report": replaced("report.json", CONTINUES, pipe),
  "a pipe in the place of the trust document": replaced("trust.json", TOLD, pipe),
  "a pipe in the place of the site's key": replaced("site.key", ["some-word"], pipe),
  "a pipe in the place of the lock": replaced("lock", CONTINUES, pipe),
  "a pipe in the place of a slot's commit": replaced("slots/a/commit", CONTINUES, pipe),
  "a pipe in the place of the next accepted trust version": replaced("trust/2.json", CONTINUES, pipe),
  "a folder in the place of a journal": replaced("journal.0", CONTINUES, (path) => mkdirSync(path)),
  "a folder in the place of the control socket": replaced("control", CONTINUES, (path) => mkdirSync(path)),
  "a link in the place of the lock": replaced("lock", CONTINUES, (path, scene) => symlinkSync(join(scene.root, "made-by-the-lock"), path)),
  "a device in the place of a journal": replaced("journal.0", CONTINUES, (path) => symlinkSync("/dev/zero", path)),
};

/** agent.json itself: `config` writes it, so it is replaced through a folder that the agent's path leads through. */
function configured(make: (path: string, scene: Scene) => void): Attack {
  return {
    ends: ["config-refused"],
    changesState: true,
    seconds: SECONDS,
    config: (scene) => {
      const { box } = scene;
      box.configure = () => {
        rmSync(box.configPath, { recursive: true, force: true });
        make(box.configPath, scene);
      };
      return {};
    },
    look: () => [],
  };
}

function edited(edit: (text: string) => string): Attack {
  return configured((path, { box }) => writeFileSync(path, edit(JSON.stringify(box.config))));
}

const CONFIGS: Attacks = {
  "agent.json of 2 GB": configured(huge),
  "agent.json as a pipe": configured(pipe),
  "agent.json without end": configured((path) => symlinkSync("/dev/zero", path)),
  "agent.json as a link to itself": configured((path) => symlinkSync(path, path)),
  "agent.json of 400,000 brackets": configured((path) => writeFileSync(path, `{"probes":${"[".repeat(400_000)}`)),
  "agent.json of 400,000 brackets that close": configured((path) =>
    writeFileSync(path, `{"probes":${"[".repeat(400_000)}${"]".repeat(400_000)}}`),
  ),
  "agent.json with a seq of 1e308": edited((text) => text.replace('"seqFloor":1', '"seqFloor":1e308')),
  "agent.json with a seq below zero": edited((text) => text.replace('"seqFloor":1', '"seqFloor":-1')),
  "agent.json with a key that changes prototypes": edited((text) => text.replace('"probes":{}', '"probes":{"__proto__":[]}')),
  "agent.json with a field that steers a terminal": edited((text) => text.replace('"probes":{}', '"probes":{},"\\u001b[2J\\u202e":1')),
  "agent.json in another encoding": configured((path, { box }) => writeFileSync(path, Buffer.from(JSON.stringify(box.config), "utf16le"))),
};

/** A journal with a digest that fits, and what no agent would write in it. */
function forged(edit: (journal: Record<string, unknown>) => Record<string, unknown> | string, ends = CONTINUES): Attack {
  return {
    ends,
    changesState: true,
    seconds: SECONDS,
    prepare: ({ box }) => {
      const [old = ""] = readFileSync(join(box.config.state, "journal.0"), "utf8").split("\n");
      const made = edit(JSON.parse(old) as Record<string, unknown>);
      const record = typeof made === "string" ? made : canonicalDocument(made as Parameters<typeof canonicalDocument>[0]);
      for (const name of ["journal.0", "journal.1"]) writeFileSync(join(box.config.state, name), `${record}${sha256Hex(record)}\n`);
    },
  };
}

const MOST = Number.MAX_SAFE_INTEGER;
const ANY: readonly End[] = ["taken", "no-news", "some-word"];
const NULLS = { current: null, candidate: null, previous: null };

const JOURNALS: Attacks = {
  "a journal whose signed time is 285 million years ahead": forged((journal) => ({ ...journal, signedTime: MOST }), ANY),
  "a journal whose pause ends in 285 million years": forged((journal) => ({ ...journal, paused: { until: MOST, why: "holiday" } }), ANY),
  "a journal whose next try is in 285 million years": forged((journal) => ({ ...journal, retryAt: MOST }), ANY),
  "a journal with the last counter of all": forged((journal) => ({ ...journal, counter: MOST }), ANY),
  "a journal with the last record of all": forged((journal) => ({ ...journal, record: MOST }), ANY),
  "a journal with the last seq of all": forged((journal) => ({ ...journal, seen: { ...(journal["seen"] as object), seq: MOST } }), ANY),
  "a journal that was unsure for 285 million years": forged((journal) => ({ ...journal, unsureSeconds: MOST }), ANY),
  "a journal with the last trust version of all": forged(
    (journal) => ({ ...journal, trust: { version: MOST, sha256: "0".repeat(64) } }),
    ANY,
  ),
  "a journal with a counter of 1e308": forged(
    (journal) => canonicalDocument(journal as never).replace(/"counter":\d+/, '"counter":1e308'),
    ANY,
  ),
  "a journal with a seq below zero": forged((journal) => canonicalDocument(journal as never).replace(/"counter":\d+/, '"counter":-1'), ANY),
  "a journal of 400,000 brackets": forged(() => `${"[".repeat(400_000)}${"]".repeat(400_000)}\n`, ANY),
  "a journal of 30 MB without a word": forged(() => `${" ".repeat(30_000_000)}\n`, ANY),
  "a journal in the middle of COMMIT with nothing to commit": forged((journal) => ({ ...journal, state: "COMMIT", ...NULLS }), ANY),
  "a journal in TRIAL with nothing on trial": forged((journal) => ({ ...journal, state: "TRIAL", candidate: null, starts: 1 }), ANY),
  "a journal in FALLBACK with nothing to go back to": forged((journal) => ({ ...journal, state: "FALLBACK", ...NULLS }), ANY),
  "a journal in APPLY with the last start of all": forged(
    (journal) => ({ ...journal, state: "APPLY", candidate: journal["current"], starts: MOST }),
    ANY,
  ),
  "a journal in PRUNE that owns 100,000 objects": forged(
    (journal) => ({
      ...journal,
      state: "PRUNE",
      owned: Array.from({ length: 100_000 }, (_, index) => ({ id: `/ConfigMap/boards/x${index}`, uid: "", unit: "boards", seq: 1 })),
    }),
    ANY,
  ),
  "a journal that runs a slot that is not there": forged(
    (journal) => ({ ...journal, current: { slot: "b", release: 1, seq: 5, tree: `sha256:${"9".repeat(64)}` } }),
    ANY,
  ),
};

const FOLDERS: Attacks = {
  "a state folder of another site": {
    ends: TOLD,
    never: ["ref-missing", "not-promoted-yet"],
    config: () => ({ site: "aaaa" }),
    look: kept,
  },
  "a state folder of another fleet": { ends: TOLD, config: () => ({ fleet: "harbours" }), look: kept },
  "a state folder that is a link to one that anybody may write to": {
    ends: TOLD,
    changesState: true,
    prepare: ({ box, root }) => {
      renameSync(box.config.state, join(root, "open"));
      symlinkSync(join(root, "open"), box.config.state);
      chmodSync(join(root, "open"), 0o777);
    },
  },
  "a state folder that anybody may write to": { ends: TOLD, changesState: true, prepare: ({ box }) => chmodSync(box.config.state, 0o777) },
  ...(isRoot
    ? {
        "a state folder of another user": {
          ends: TOLD,
          changesState: true,
          prepare: ({ box }: Scene) => chownSync(box.config.state, NOBODY, NOBODY),
        } as Attack,
      }
    : {}),
  "a file in the place of the state folder": {
    ends: TOLD,
    changesState: true,
    prepare: ({ box }) => {
      rmSync(box.config.state, { recursive: true });
      writeFileSync(box.config.state, "");
    },
  },
};

/** The agent's own clock, set by whoever sets the box's. */
function clock(ms: number): Attack {
  return {
    ends: ["taken"],
    environment: (scene) => {
      const path = join(scene.root, "clock.mjs");
      writeFileSync(path, `const begun = performance.now();\nDate.now = () => ${ms} + Math.floor(performance.now() - begun);\n`);
      return { NODE_OPTIONS: `--import=${path}` };
    },
  };
}

const CLOCKS: Attacks = {
  "a clock at 1970": clock(0),
  "a clock before 1970": clock(-86_400_000_000),
  "a clock at 2200": clock(7_258_118_400_000),
  "a clock at the last moment of the kernel": clock(9_223_372_036_000),
  "a clock beyond what JavaScript calls a date": { ...clock(9e15), ends: ["taken", "some-word"], changesState: true },
};

describe("T26: paths in agent.json that no box has", () => {
  tryAttacks({ ...DEVICES, ...PATHS, ...CONFIGS });
});

describe("T26: files of the state folder that are something else", () => {
  tryAttacks({ ...FILES, ...JOURNALS, ...FOLDERS }, ["a journal with the last counter of all"]);
});

describe("T23: a clock that somebody set", () => {
  tryAttacks(CLOCKS);
});
