import { describe } from "@jest/globals";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Scene } from "./scene.ts";
import { type Attack, type Attacks, type End, tryAttacks } from "./strike.ts";

/** Other users of the box, who were there before the agent: in its cache, beside its target, in its home folder. */

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

/** A folder that is nobody's business, and what it must still hold afterwards. */
function victim(scene: Scene): string {
  const path = join(scene.root, "victim");
  mkdirSync(join(path, "repository.git"), { recursive: true });
  for (const name of ["precious", "repository.git/precious"]) writeFileSync(join(path, name), "precious\n");
  return path;
}

function lost(scene: Scene): string[] {
  const path = join(scene.root, "victim");
  const missing = ["precious", "repository.git/precious"].filter((name) => !existsSync(join(path, name)));
  const added = readdirSync(path).filter((name) => !["precious", "repository.git"].includes(name));
  return [...missing.map((name) => `another user's ${name} is gone`), ...added.map((name) => `${name} in another user's folder`)];
}

function home(scene: Scene): string {
  return join(scene.box.cache, `airports.${scene.box.config.site}`);
}

/** A safe agent throws away what it finds, or says a word and touches nothing. */
const SAFE: readonly End[] = ["taken", "some-word", "config-refused"];

function cache(spoil: (folder: string, scene: Scene) => void | (() => void), more: Partial<Attack> = {}): Attack {
  return { ends: SAFE, prepare: (scene) => spoil(scene.box.repositoryCache, scene), ...more };
}

/** A whole repository beside the cache, with a configuration that runs a command, and the cache's word that it lies there. */
function elsewhereConfigured(folder: string, scene: Scene): void {
  const other = join(scene.root, "common.git");
  cpSync(folder, other, { recursive: true });
  const program = scene.program("configured");
  for (const key of ["core.alternateRefsCommand", "core.fsmonitor", "core.sshCommand", "remote.origin.uploadpack", "credential.helper"])
    execFileSync("git", ["config", "--file", join(other, "config"), key, program]);
  mkdirSync(join(other, "objects/info"), { recursive: true });
  writeFileSync(join(other, "objects/info/alternates"), `${scene.forge.folder}/objects\n`);
  writeFileSync(join(folder, "commondir"), `${other}\n`);
}

function ownedBy(uid: number, path: string): void {
  chownSync(path, uid, uid);
  if (lstatSync(path).isDirectory()) for (const name of readdirSync(path)) ownedBy(uid, join(path, name));
}

/** Whoever may write where git reads may run commands as the agent. */
function stillOpen(scene: Scene): string[] {
  const open = [home(scene), scene.box.repositoryCache].filter((path) => existsSync(path) && (lstatSync(path).mode & 0o022) !== 0);
  return open.map((path) => `others may still write to ${path.slice(scene.box.cache.length)}`);
}

function stillForeign(scene: Scene): string[] {
  const foreign = [home(scene), scene.box.repositoryCache].filter((path) => existsSync(path) && lstatSync(path).uid !== process.getuid?.());
  return foreign.map((path) => `another user still owns ${path.slice(scene.box.cache.length)}`);
}

function pipe(path: string): void {
  rmSync(path, { recursive: true, force: true });
  execFileSync("mkfifo", [path]);
}

function file(path: string, text: string): string {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const FILES: Attacks = {
  "a cache that names another folder for its configuration": cache(elsewhereConfigured),
  "a cache that names another folder whose configuration says what to run in the server's place": {
    ...cache((folder, scene) => {
      const text = readFileSync(join(folder, "config"), "utf8");
      const local = text.replace(/url = .*/, `url = "${scene.forge.folder}"`).replace(/\textraHeader = .*\n/, "");
      writeFileSync(join(folder, "config"), local);
      elsewhereConfigured(folder, scene);
    }),
    config: ({ forge }) => ({ repository: forge.folder }),
  },
  "a cache with hooks": cache((folder, scene) => {
    mkdirSync(join(folder, "hooks"), { recursive: true });
    const program = scene.program("hook");
    for (const hook of ["reference-transaction", "post-index-change", "pre-auto-gc"]) symlinkSync(program, join(folder, "hooks", hook));
  }),
  "a cache with objects of somebody else": cache(
    (folder, scene) => void file(join(folder, "objects/info/alternates"), `${scene.forge.folder}/objects\n`),
    {
      look: (scene) => (existsSync(join(scene.box.repositoryCache, "objects/info/alternates")) ? ["the alternates are still there"] : []),
    },
  ),
  "a cache with 20,000 shallow commits": cache((folder) => {
    const ids = Array.from({ length: 20_000 }, (_, index) => (index + 1).toString(16).padStart(40, "0"));
    writeFileSync(join(folder, "shallow"), `${ids.join("\n")}\n`);
  }),
  "a cache with a configuration for worktrees": cache((folder, scene) => {
    writeFileSync(join(folder, "config.worktree"), `[core]\n\tfsmonitor = ${scene.program("worktree")}\n`);
  }),
  "a cache whose branch trust is a link to a file of the box": cache((folder) => {
    rmSync(join(folder, "refs/heads/trust"), { force: true });
    symlinkSync("/etc/passwd", join(folder, "refs/heads/trust"));
  }),
  "a cache with a pipe in the place of its configuration": cache((folder) => pipe(join(folder, "config"))),
  "a cache with a pipe in the place of HEAD": cache((folder) => pipe(join(folder, "HEAD"))),
  "a cache with a pipe in the place of packed-refs": cache((folder) => pipe(join(folder, "packed-refs"))),
  "a cache with a pipe in the place of shallow": cache((folder) => pipe(join(folder, "shallow"))),
  "a pipe in the place of the cache": cache((folder) => pipe(folder)),
  "a file of 10 GB in the cache's packs": cache((folder) =>
    truncateSync(file(join(folder, "objects/pack/pack-x.pack"), ""), 10_000_000_000),
  ),
};

const FOLDERS: Attacks = {
  "a cache folder that is a link to another folder": cache(
    (_, scene) => {
      rmSync(home(scene), { recursive: true });
      symlinkSync(victim(scene), home(scene));
      return () => rmSync(home(scene), { force: true, recursive: true });
    },
    { look: lost },
  ),
  "a cache that is a link to another folder": cache(
    (folder, scene) => {
      rmSync(folder, { recursive: true });
      symlinkSync(victim(scene), folder);
    },
    { look: lost },
  ),
  // Whoever may write beside the cache puts another one in its place, so a person has to say whose it is.
  "a cache folder that anybody may write to": cache(
    (_, scene) => {
      chmodSync(home(scene), 0o777);
      return () => chmodSync(home(scene), 0o700);
    },
    { ends: ["unsafe-path"] },
  ),
  "a cache that anybody may write to": cache((folder) => chmodSync(folder, 0o777), { look: stillOpen }),
  // Whoever may rename the agent's folder puts one of his own in its place.
  "a parent of the cache folder that anybody may write to": {
    ends: ["some-word", "config-refused"],
    prepare: ({ box }) => {
      chmodSync(box.cache, 0o777);
      return () => chmodSync(box.cache, 0o700);
    },
  },
  ...(isRoot
    ? {
        "a cache that another user made": cache((folder) => ownedBy(NOBODY, folder), { look: stillForeign }),
        "a cache folder that another user made": cache(
          (_, scene) => {
            ownedBy(NOBODY, home(scene));
            return () => ownedBy(process.getuid?.() as number, home(scene));
          },
          { ends: ["unsafe-path"] },
        ),
      }
    : {}),
};

function beside(spoil: (site: string, scene: Scene) => void, look: (scene: Scene) => readonly string[] = () => []): Attack {
  return {
    ends: ["target-occupied"],
    changesState: true,
    prepare: (scene) => spoil(join(scene.box.folder, "site"), scene),
    look,
  };
}

const TARGETS: Attacks = {
  "the target's own folder as a link to another folder": {
    ...beside((site, scene) => {
      rmSync(join(site, ".current.skerry"), { recursive: true });
      symlinkSync(victim(scene), join(site, ".current.skerry"));
    }, lost),
  },
  // A link at the target may be put right like any drift, as long as nothing is written where it leads.
  "the target as a link to another folder": {
    ...beside((site, scene) => {
      rmSync(join(site, "current"));
      symlinkSync(victim(scene), join(site, "current"));
    }, lost),
    ends: ["taken", "target-occupied"],
  },
  "a file in the place of the target's own folder": beside((site) => {
    rmSync(join(site, ".current.skerry"), { recursive: true });
    writeFileSync(join(site, ".current.skerry"), "mine\n");
  }),
  "a folder with files in the place of the target": beside(
    (site) => {
      rmSync(join(site, "current"));
      mkdirSync(join(site, "current"));
      writeFileSync(join(site, "current/mine"), "mine\n");
    },
    ({ box }) => (existsSync(join(box.targetPath, "mine")) ? [] : ["the file at the target is gone"]),
  ),
  "a link in the running tree that leads to another folder": {
    ends: ["taken"],
    prepare: (scene) => {
      rmSync(join(scene.box.targetPath, "nodes"), { recursive: true });
      symlinkSync(victim(scene), join(scene.box.targetPath, "nodes"));
    },
    look: lost,
  },
};

const HOMES: Attacks = {
  "a home folder with git configuration that runs commands and leads elsewhere": {
    ends: ["taken"],
    prepare: (scene) => {
      const program = scene.program("configured");
      const text = `[core]\n\tfsmonitor = ${program}\n\talternateRefsCommand = ${program}\n[credential]\n\thelper = !${program}\n[url "http://${scene.elsewhere.host}/"]\n\tinsteadOf = http://127.0.0.1\n[http]\n\tproxy = http://${scene.elsewhere.host}\n`;
      file(join(scene.home, ".gitconfig"), text);
      file(join(scene.home, ".config/git/config"), text);
      file(join(scene.home, ".curlrc"), `proxy = http://${scene.elsewhere.host}\n`);
    },
    environment: (scene) => ({
      XDG_CONFIG_HOME: join(scene.home, ".config"),
      GIT_CONFIG_PARAMETERS: `'http.proxy=http://${scene.elsewhere.host}'`,
    }),
  },
  "an environment of a hook that started the agent": {
    ends: ["taken"],
    environment: (scene) => ({
      GIT_EXEC_PATH: join(scene.root, "nowhere"),
      GIT_OBJECT_DIRECTORY: join(scene.root, "nowhere"),
      GIT_INDEX_FILE: "/dev/null",
      GIT_PROXY_COMMAND: scene.program("proxy"),
      GIT_EXTERNAL_DIFF: scene.program("diff"),
      GIT_TRACE: join(scene.marks, "trace"),
      GIT_TRACE_CURL: join(scene.marks, "curl"),
      GIT_ALTERNATE_OBJECT_DIRECTORIES: "/proc/self/fd",
    }),
  },
};

describe("T8, T26: another user of the box, in the agent's cache", () => {
  tryAttacks({ ...FILES, ...FOLDERS });
});

describe("T8, T9: another user of the box, beside the target and in the home folder", () => {
  tryAttacks({ ...TARGETS, ...HOMES });
});
