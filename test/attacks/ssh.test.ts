import { describe } from "@jest/globals";
import { execFileSync } from "node:child_process";
import { appendFileSync, chownSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Reason } from "../../core/index.ts";
import type { Scene } from "./scene.ts";
import { type Attack, type Attacks, type End, SAID, tryAttacks, tryTogether } from "./strike.ts";

/** Repositories over ssh and in folders: programs on the other side of a pipe, and files that somebody else wrote. */

const FORGED: readonly Reason[] = ["trust-missing", "trust-broken", "ref-missing", "bad-name", "disk-full", "too-large", "cache-damaged"];

/** `$FLEET` is the honest repository; `serve` answers as it would. */
function ssh(ends: readonly End[], body: string, more: Partial<Attack> = {}): Attack {
  return {
    ends,
    never: FORGED,
    config: () => ({ repository: "ssh://git@fleet.invalid/fleet.git" }),
    environment: (scene) =>
      scene.ssh(
        `FLEET='${scene.forge.folder}'\nunset GIT_DIR GIT_EXEC_PATH GIT_ALLOW_PROTOCOL\nserve() { GIT_PROTOCOL=version=2 git upload-pack "$FLEET"; }\n${body}`,
      ),
    ...more,
  };
}

function banner(...lines: readonly string[]): string {
  return `cat >&2 <<'END'\n${lines.join("\n")}\nEND`;
}

/** As OpenSSH itself writes it, to the file of `-E`. */
function logged(line: string): string {
  return `while [ "$1" != -E ]; do shift; done; echo '${line}' >> "$2"`;
}

const id = "6".repeat(40);
const GONE = "fatal: couldn't find remote ref refs/heads/trust";

const BANNERS: Attacks = {
  "a banner of ssh that says that branch trust is gone": ssh(["some-word"], `${banner(GONE)}; exit 128`),
  "a banner of ssh that says that the site's ref is gone": ssh(
    ["some-word"],
    `${banner("fatal: couldn't find remote ref refs/heads/sites/eddm")}; exit 128`,
  ),
  "a banner of ssh that says that an object has a bad name": ssh(
    ["some-word"],
    `${banner(`error: object ${id}: hasDotdot: contains '..'`)}; exit 255`,
  ),
  "a banner of ssh that says that the disk is full": ssh(
    ["some-word"],
    `${banner("fatal: write error: No space left on device")}; exit 255`,
  ),
  "a banner of ssh before an honest answer that says that branch trust is gone": ssh(["taken"], `${banner(GONE)}\nserve`),
  "a banner of ssh that steers a terminal and tells what to do": ssh(
    ["some-word"],
    `printf '\\033[2J\\342\\200\\256${SAID}\\342\\200\\250x\\n' >&2; exit 255`,
    {},
  ),
  "a greeting of ssh before git's first line": ssh(["not-git"], `echo '${SAID}'; serve`),
  "an answer of ssh that is none": ssh(["not-git", "offline"], "exit 0"),
  "ssh that asks for a key": ssh(["access-refused"], `${logged("git@fleet.invalid: Permission denied (publickey).")}; exit 255`),
  // What the server writes looks the same on stderr, so it never sends anybody to look at keys.
  "ssh that prints what ssh logs without a key": ssh(
    ["some-word"],
    `${banner("git@fleet.invalid: Permission denied (publickey).")}; exit 255`,
    {
      never: ["access-refused"],
    },
  ),
  "ssh that leaves a process behind which holds its pipes": ssh(["slow-retrieval"], "setsid sleep 600 & exit 255", {
    seconds: 100,
    leavesProcess: true,
  }),
  "lines of ssh without end": ssh(["too-large", "slow-retrieval"], `while :; do echo ${SAID}; done >&2`, { seconds: 120, never: [] }),
};

const CRAWLING: Attacks = {
  "ssh that says nothing": ssh(["slow-retrieval"], "exec sleep 600", { seconds: 100 }),
  "ssh that says a byte a second": ssh(["slow-retrieval"], "printf '000eversion 2\\n'; while :; do printf 1; sleep 1; done", {
    seconds: 100,
  }),
  "ssh whose pack comes a byte a second": ssh(
    ["slow-retrieval"],
    `serve | { dd bs=1 count=900 2>/dev/null; while byte=$(dd bs=1 count=1 2>/dev/null | od -An -to1 | tr -d ' '); do printf "\\\\$byte"; sleep 1; done; }`,
    { seconds: 100 },
  ),
  "ssh that says a line on its other stream each second": ssh(["slow-retrieval"], "while :; do echo counting >&2; sleep 1; done", {
    seconds: 100,
  }),
};

/** The repository is a folder of the box, and somebody changes it before the poll. */
function folder(ends: readonly End[], spoil: (folder: string, scene: Scene) => void, more: Partial<Attack> = {}): Attack {
  return {
    ends,
    config: (scene) => ({ repository: join(scene.root, "copy.git") }),
    prepare: (scene) => {
      const copy = join(scene.root, "copy.git");
      execFileSync("cp", ["-r", scene.forge.folder, copy]);
      spoil(copy, scene);
      return () => rmSync(copy, { recursive: true, force: true });
    },
    ...more,
  };
}

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

/** As git walks it, a missing object is fetched from wherever the configuration says. */
function promisor(copy: string, scene: Scene): void {
  const program = scene.program("upload-pack");
  appendFileSync(
    join(copy, "config"),
    `[extensions]\n\tpartialClone = origin\n[remote "origin"]\n\tpromisor = true\n\turl = ${copy}\n\tuploadpack = ${program}\n\tvcs = ext\n[core]\n\trepositoryFormatVersion = 1\n`,
  );
  for (const name of readdirSync(join(copy, "objects"))) if (/^[0-3]/.test(name)) rmSync(join(copy, "objects", name), { recursive: true });
}

function commands(copy: string, scene: Scene): void {
  const program = scene.program("configured");
  const keys = [
    "core.fsmonitor",
    "core.sshCommand",
    "core.alternateRefsCommand",
    "uploadpack.packObjectsHook",
    "credential.helper",
    "core.pager",
  ];
  for (const key of keys) execFileSync("git", ["config", "--file", join(copy, "config"), key, program]);
  mkdirSync(join(copy, "hooks"));
  for (const hook of ["reference-transaction", "post-index-change", "pre-auto-gc", "post-update"])
    symlinkSync(program, join(copy, "hooks", hook));
  mkdirSync(join(copy, "objects/info"), { recursive: true });
  writeFileSync(join(copy, "objects/info/alternates"), `${scene.forge.folder}/objects\n`);
}

const FOLDERS: Attacks = {
  "a folder whose configuration and hooks run commands": folder(["taken"], commands),
  "a folder that lacks objects and says who has them": folder(["some-word"], promisor, { never: ["access-refused"] }),
  "a folder with objects in a loop of alternates": folder(["taken"], (copy) => {
    mkdirSync(join(copy, "objects/info"), { recursive: true });
    writeFileSync(join(copy, "objects/info/alternates"), `${copy}/objects\n/proc/self/fd\n/dev/zero\n`);
  }),
  "a folder with a pipe in the place of branch trust": folder(
    ["some-word", "taken"],
    (copy) => {
      rmSync(join(copy, "refs/heads/trust"));
      execFileSync("mkfifo", [join(copy, "refs/heads/trust")]);
    },
    { seconds: 100 },
  ),
  // git lists what it cannot read as an id of zeros, and then refuses to send it.
  "a folder whose branch trust is a link to a file of the box": folder(["trust-missing", "bad-object"], (copy) => {
    rmSync(join(copy, "refs/heads/trust"));
    symlinkSync("/etc/passwd", join(copy, "refs/heads/trust"));
  }),
  "a folder without anything": folder(["repository-missing"], (copy) => {
    for (const name of readdirSync(copy)) rmSync(join(copy, name), { recursive: true });
  }),
  "a folder with a configuration that is none": folder(["some-word"], (copy) => writeFileSync(join(copy, "config"), `[${SAID}\n`), {
    never: ["offline", "cache-damaged", "not-git"],
  }),
  ...(isRoot
    ? {
        // A slip at the box that no later poll cures.
        "a folder that belongs to another user": folder(
          ["some-word", "taken"],
          (copy) => {
            for (const path of ["", ...readdirSync(copy)]) chownSync(join(copy, path), NOBODY, NOBODY);
          },
          { never: ["offline", "not-git", "cache-damaged"] },
        ),
      }
    : {}),
  "a device in the place of the folder": {
    ends: ["repository-missing", "config-refused"],
    config: () => ({ repository: "/dev/zero" }),
  },
  "a folder of the kernel in the place of the folder": {
    ends: ["repository-missing", "config-refused"],
    config: () => ({ repository: "/proc/self" }),
  },
  "the cache itself in the place of the folder": {
    ends: ["repository-missing", "config-refused", "trust-missing", "some-word"],
    config: ({ box }) => ({ repository: box.repositoryCache }),
    look: ({ forge }) => (readFileSync(join(forge.folder, "HEAD"), "utf8").startsWith("ref:") ? [] : ["the repository changed"]),
  },
};

describe("T7, T8: a repository over ssh", () => {
  tryAttacks(BANNERS, ["a banner of ssh that says that an object has a bad name"]);
  tryTogether(CRAWLING);
});

describe("T8: a repository in a folder of the box", () => {
  tryAttacks(FOLDERS);
});
