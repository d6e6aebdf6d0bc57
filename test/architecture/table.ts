/** The law of the house as data. A room is a folder at the top; the root file `index.ts` is a room of its own, the public face. */
export interface Room {
  readonly about: string;
  /** Rooms whose `index.ts` it may import. */
  readonly rooms: readonly string[];
  /** Packages it may import; `type ` before a name allows `import type` alone. */
  readonly packages: readonly string[];
}

const tree = ["constructs", "cdk8s", "type kubernetes-models"];

export const ROOMS: Readonly<Record<string, Room>> = {
  core: { about: "problems, canonical JSON, digests, names, limits; ports for clock, disk, random, process", rooms: [], packages: [] },
  kube: { about: "what an object means without a cluster: identity, order, field tables", rooms: ["core"], packages: ["yaml"] },
  wire: { about: "documents that cross the network, a strict reader and a writer each", rooms: ["core"], packages: ["zod"] },
  trust: { about: "keys, signatures, Merkle proofs, the trust document", rooms: ["core"], packages: [] },
  git: { about: "objects, packs, refs, fetch, push; the one runner of git", rooms: ["core"], packages: ["simple-git"] },
  sites: {
    about: "inventory, facts, topology; the sample fleet's data",
    rooms: ["core", "kube"],
    packages: ["yaml", "zod", "croner", "kdbush", "geokdbush"],
  },
  constructs: { about: "Fleet, Profile, Layer, App and building blocks over cdk8s", rooms: ["core", "kube", "sites"], packages: tree },
  profiles: { about: "ready-made layers and profiles", rooms: ["core", "kube", "sites", "constructs"], packages: tree },
  stacks: {
    about: "the reference fleet: demo, integration fixture and example in one",
    rooms: ["core", "kube", "sites", "constructs", "profiles", "index"],
    packages: [...tree, "zod"],
  },
  synth: {
    about: "recording view, decision tree, placing, rendering, checks, site trees",
    rooms: ["core", "kube", "wire", "sites", "constructs"],
    packages: tree,
  },
  releases: {
    about: "reading a fleet repository: releases, heads of sites, branch trust, tree changes",
    rooms: ["core", "wire", "trust", "git"],
    packages: [],
  },
  publish: {
    about: "writing it: fleet commit, release tag, site commits, refs",
    rooms: ["core", "wire", "trust", "git", "releases"],
    packages: [],
  },
  agent: {
    about: "what runs at the site: states, journal, slots, targets, reports",
    rooms: ["core", "kube", "wire", "trust", "git"],
    packages: ["croner", "zod"],
  },
  cli: {
    about: "a file a command; the only place where everything meets",
    rooms: ["core", "kube", "wire", "trust", "git", "sites", "constructs", "synth", "releases", "publish", "agent"],
    packages: ["commander", "@commander-js/extra-typings", "yaml", "zod"],
  },
  index: {
    about: 'what `import … from "skerry"` gives',
    rooms: ["core", "kube", "sites", "constructs", "profiles", "synth"],
    packages: [],
  },
};

/**
 * The parts of a room that has folders, from the bottom up: folders and the files beside them. A part may import only itself and those
 * before it, types too, so each can be read without what comes after.
 */
export const PARTS: Readonly<Record<string, readonly string[]>> = {
  sites: [
    ...["fact-path.ts", "freeze.ts", "facts.ts", "input.ts"],
    ...["text/", "values/", "schema/", "merge/", "sources/", "query/", "inventory.ts", "index.ts", "airports.ts"],
  ],
  constructs: [
    ...["late.ts", "caller-place.ts", "free-id.ts", "kind-files.ts", "site.ts", "unit.ts", "profile.ts", "layer.ts", "app.ts", "fleet.ts"],
    ...["blocks/", "index.ts"],
  ],
  stacks: ["airports/", "airports.ts"],
  synth: [
    ...["track/", "late/", "place/", "render/", "tree/", "checks/", "verify/", "synth-detail.ts", "explain/", "synth.ts"],
    ...["testing/", "testing.ts", "index.ts"],
  ],
  wire: [
    ...["grammar/", "agent-words.ts", "manifest-file.ts", "plan/", "tree-path.ts", "shard.ts", "digest-line.ts", "inventory-line.ts"],
    ...["heads.ts", "shard-commit.ts"],
    ...["shard-file.ts", "proof.ts", "site-commit.ts", "release-tag.ts", "fleet-document.ts", "fleet-commit.ts", "signed-document.ts"],
    ...["trust-path.ts", "trust-document.ts", "freshness-note.ts", "report.ts", "journal.ts", "agent-config.ts", "index.ts"],
  ],
  git: ["repository-address.ts", "sync-folder.ts", "process/", "objects/", "pack/", "refs/", "fetch/", "repository/", "index.ts"],
  publish: ["plain-commit.ts", "dry-run.ts", "trust/", "promote/", "release/", "index.ts"],
  agent: [
    ...["version.ts", "utc-text.ts", "window.ts", "verify/", "machine/", "log-line.ts", "store/", "targets/", "probes/", "images/"],
    ...[
      "source/",
      "local/",
      "bounded-clock.ts",
      "context.ts",
      "read-config.ts",
      "effects/",
      "control/",
      "status/",
      "observe/",
      "start.ts",
      "runner.ts",
    ],
    ...["endpoints.ts", "run-agent.ts", "arguments.ts", "process-one.ts", "main.ts", "bundle-services.ts", "bundle.ts", "index.ts"],
  ],
  cli: ["own-package.ts", "output/", "stack/", "sites/", "office/", "init/", "commands/", "main.ts"],
};

/**
 * Folders that only compute: no package, no port of the system, and of Node and of other folders of their room only types and what is named
 * here. What they decide can be tested, simulated and read without a disk or a network.
 */
export const PURE: Readonly<Record<string, readonly string[]>> = {
  "agent/machine/": ["agent/window.ts", "agent/utc-text.ts", "node:util"],
};

/** Folders that stand outside the product: they may import any room's face and each other but tests, and no room imports them. */
export const OUTSIDE: readonly string[] = ["test", "bench", "tools"];

/** Public files besides each room's `index.ts`: what users' tests import, the agent's own program, and the sample fleet's sites. */
export const FACES: readonly string[] = ["synth/testing.ts", "agent/main.ts", "sites/airports.ts"];

/** What `cdk8s import` writes: no room, since no rule of ours holds in it; and the rooms that may use it. */
export const IMPORTED = { folder: "imports/", rooms: ["stacks"] } as const;

/** A user's fleet, copied as it is by `skerry init`: it follows a user's rules, not ours. */
export const TEMPLATE = "cli/new-fleet/";

/** Node's modules that have a seam too: whose paths may import them. */
export const BUILTIN_SEAMS: Readonly<Record<string, readonly string[]>> = {
  "node:child_process": ["git/", "agent/", "cli/init/npm.ts"],
  "node:os": ["core/"],
  "node:vm": [],
};

/**
 * Names at a room's face that only tests of other rooms take: the other half of a format that the product reads, with which a test plays
 * the one who writes it, the reader that a test checks a result by, and the list that a test compares pages with.
 */
export const FOR_TESTS: Readonly<Record<string, readonly string[]>> = {
  "core/index.ts": ["problemCodes"],
  "git/index.ts": ["readRefs"],
  "releases/index.ts": ["listReleases", "listSiteHeads"],
  "trust/index.ts": ["FRESHNESS_NAMESPACE", "isSignedBy", "parsePublicKey", "TRUST_NAMESPACE", "verifySsh"],
  "wire/index.ts": ["writeFreshnessNote", "writePlan"],
};

/** Files that start a process, are named in package.json or are loaded by path: nothing imports them, and that is right. */
export const ENTRIES: readonly RegExp[] = [
  /^index\.ts$/,
  /^synth\/testing\.ts$/,
  /^agent\/main\.ts$/,
  /^cli\/main\.ts$/,
  /^cli\/stack\/register-imported-sources\.ts$/,
  /^stacks\/[^/]+\.ts$/,
];

/** What cli may import before it knows which command runs: all else comes by `import()`, so that `--help` stays quick. */
export const START = { entry: "cli/main.ts", rooms: ["cli", "core"], packages: ["commander", "@commander-js/extra-typings"] } as const;

/** The one file that reads clock, randomness and environment. */
export const WORLD_FILE = "core/system.ts";

/** Where a person or a supervisor reads what is printed. */
export const SPEAKERS: readonly RegExp[] = [/^cli\//, /^agent\/main\.ts$/];

export const SIZES = { fileLines: 500, medianFileLines: 120, mostFileLines: 400, functionLines: 70, folderFiles: 25 } as const;

export const BANNED_FILE_WORDS: readonly string[] = ["util", "utils", "helper", "helpers", "common", "manager", "misc"];

/** Folders of tests that are no room's own, and the rooms whose files they open. */
export const TEST_FOLDERS: Readonly<Record<string, readonly string[]>> = {
  attacks: ["agent"],
  faults: ["agent"],
  fuzz: ["agent"],
  publish: ["releases"],
  sim: ["agent"],
};
