import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { WorldError } from "../../core/index.ts";
import { gitText, isRemote, openRepository, redact, type RefUpdate, type Repository, tryAddressFault } from "../../git/index.ts";
import { gitEnvironment } from "../../git/process/environment.ts";
import { runGit } from "../../git/process/runner.ts";
import { ObjectWriter } from "../../git/pack/object-writer.ts";
import { bareRepository, git, removeScratch, scratch } from "./scratch.ts";

afterAll(removeScratch);

describe("the runner", () => {
  test("passes only the needed environment to git", () => {
    const world: Record<string, string> = {
      PATH: "/bin",
      HOME: "/h",
      GIT_DIR: "/evil",
      GIT_INDEX_FILE: "/evil",
      LD_PRELOAD: "/evil",
      SSH_AUTH_SOCK: "/agent",
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "a.b",
      GIT_CONFIG_VALUE_0: "c",
    };
    const port = { env: (name: string) => world[name] };
    expect(gitEnvironment("sealed", port)).toEqual({
      ...{ PATH: "/bin", HOME: "/h", LC_ALL: "C", GIT_TERMINAL_PROMPT: "0", GIT_NO_REPLACE_OBJECTS: "1" },
      ...{ GIT_DEFAULT_HASH: "sha1", GIT_DEFAULT_REF_FORMAT: "files" },
      ...{ GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null", GIT_ATTR_NOSYSTEM: "1" },
    });
    const users = gitEnvironment("users", port);
    expect(users).toMatchObject({ SSH_AUTH_SOCK: "/agent", GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: "a.b", GIT_CONFIG_VALUE_0: "c" });
    expect(Object.keys(users).filter((name) => /evil/.test(users[name] as string))).toEqual([]);
    expect(Object.keys(gitEnvironment("users", { env: (name) => (name === "GIT_CONFIG_COUNT" ? "9999" : undefined) }))).not.toContain(
      "GIT_CONFIG_COUNT",
    );
  });

  test("reports a failure with git's own message, by spawn and by simple-git", async () => {
    const folder = bareRepository();
    for (const run of [gitText, runGit]) {
      const failure = run({ folder, args: ["rev-parse", "--verify", "refs/heads/nothing"] });
      await expect(failure).rejects.toMatchObject({ code: "git-failed", message: "git rev-parse: fatal: Needed a single revision" });
    }
    await expect(runGit({ folder: join(folder, "nowhere"), args: ["version"] })).rejects.toMatchObject({ code: "git-missing" });
    await expect(runGit({ folder, args: ["cat-file", "--batch"], timeoutMs: 10_000, input: "" })).resolves.toBeDefined();
    await expect(runGit({ folder, args: ["-c", "alias.wait=!sleep 20", "wait"], timeoutMs: 50 })).rejects.toThrow("SIGKILL");
    await expect(runGit({ folder, args: ["version"], signal: AbortSignal.abort() })).rejects.toBeInstanceOf(WorldError);
  });

  test("no credential of a URL appears in a message", async () => {
    const failure = runGit({ folder: scratch(), args: ["ls-remote", "http://user:s3cret@127.0.0.1:1/x"] });
    const error = await failure.catch((caught: unknown) => caught as WorldError);
    expect(`${(error as WorldError).message} ${(error as WorldError).next}`).not.toContain("s3cret");
    const cases = {
      "https://token@host/x": "https://***@host/x",
      "https://a:b@c@host/x and http://u:p@h": "https://***@host/x and http://***@h",
      "ssh://git@host/x": "ssh://git@host/x",
      "ssh://git:pw@host:22/x": "ssh://git:***@host:22/x",
      "git@host:x": "git@host:x",
      "Authorization: Basic YWJj": "Authorization: Basic ***",
    };
    for (const [text, expected] of Object.entries(cases)) expect(redact(text)).toBe(expected);
  });

  test("binary goes through unchanged", async () => {
    const folder = bareRepository();
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index & 255));
    const id = (await runGit({ folder, args: ["hash-object", "-w", "--stdin"], input: bytes })).toString().trim();
    expect((await runGit({ folder, args: ["cat-file", "blob", id] })).equals(bytes)).toBe(true);
  });
});

describe("opening a repository", () => {
  const open = (location: string, access: "read" | "write" | "create" = "create") =>
    openRepository({ location, mirror: join(scratch(), "mirror"), access });

  test("creates a bare one with branch fleet, without the user's templates", async () => {
    const folder = join(scratch(), "deep/fleet.git");
    expect(await open(folder, "write")).toEqual({ fault: "does not exist yet" });
    const opened = value(await open(folder));
    expect(existsSync(join(folder, "skerry.lock"))).toBe(true);
    opened.close();
    expect(existsSync(join(folder, "skerry.lock"))).toBe(false);
    expect(readFileSync(join(folder, "HEAD"), "utf8")).toBe("ref: refs/heads/fleet\n");
    expect(existsSync(join(folder, "hooks"))).toBe(false);
    value(await open(folder, "write")).close();
  });

  test("refuses a work tree, a folder with other files, SHA-256, and refs that are not files", async () => {
    const tree = scratch();
    git(tree, ["init", "--quiet"]);
    const full = scratch();
    writeFileSync(join(full, "letter.txt"), "dear");
    const table = bareRepository();
    writeFileSync(join(table, "config"), "[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\trefstorage = reftable\n");
    const notBare = bareRepository();
    git(notBare, ["config", "core.bare", "false"]);
    expect(await open(tree)).toEqual({ fault: expect.stringContaining("is a work tree") });
    expect(await open(full)).toEqual({ fault: expect.stringContaining("not a git repository") });
    expect(await open(bareRepository(["--object-format=sha256"]))).toEqual({ fault: expect.stringContaining("SHA-256") });
    expect(await open(notBare)).toEqual({ fault: "is not a bare repository" });
    expect(await open(table)).toEqual({ fault: expect.stringContaining("reftable") });
  });

  test("removes only the keep file of a killed run", async () => {
    const folder = bareRepository();
    mkdirSync(join(folder, "objects/pack"), { recursive: true });
    const [ours, theirs] = ["a", "b"].map((name) => join(folder, `objects/pack/pack-${name.repeat(40)}.keep`)) as [string, string];
    writeFileSync(ours, "skerry writes refs to this pack\n");
    writeFileSync(theirs, "fetch-pack 17 on host\n");
    value(await open(folder, "read")).close();
    expect(existsSync(ours)).toBe(true);
    value(await open(folder, "write")).close();
    expect([existsSync(ours), existsSync(theirs)]).toEqual([false, true]);
  });

  test("refuses an address that git could not use, with its reason, and takes every folder that an office can name", () => {
    const root = scratch();
    mkdirSync(join(root, "releases.d"));
    const faults = (...addresses: string[]) => addresses.map((address) => tryAddressFault(address, root));
    expect(faults("fleet.git ", "/srv/fleet.git\t", "https://git.example/a b", "git.example/f", "git:///x", "https:///", "a@b:")).toEqual([
      `the repository's address "fleet.git " ends with a space`,
      "the repository's address contains a control character",
      `the repository's address "https://git.example/a b" contains a space`,
      `the repository's address "git.example/f" has no scheme, and there is no folder "git.example"`,
      `the repository's address "git:///x" must begin with https, http, ssh or file`,
      `the repository's address "https:///" must begin with https, http, ssh or file`,
      `the repository's address "***@b:" is neither a URL nor an absolute path nor user@host:path`,
    ]);
    const folders = [".skerry/fleet.git", "./git.example/f", "../f", "my fleets/f.git", "/srv/a b", "releases.d/f.git", "fleet.git"];
    const urls = ["https://me:pw@git.example/f", "ssh://git@h/f", "git@h:f.git", "host:f", "file:///srv/a", "file://me:pw@/srv/a"];
    expect(faults(...folders, ...urls).filter((fault) => fault !== undefined)).toEqual([]);
  });

  test("distinguishes URLs from folders", () => {
    const remote = ["https://host/x.git", "ssh://git@host/x", "git@host:x.git", "host:x", "file:///srv/x.git"];
    const local = ["/srv/x.git", ".skerry/fleet.git", "../x", "x", "c:/x", "a/b:c"];
    expect([...remote, ...local].filter(isRemote)).toEqual(remote);
  });
});

describe("a remote repository", () => {
  test("is mirrored, written with leases, and the mirror follows the accepted refs", async () => {
    const { url, mirror, commits } = await remoteFixture();
    const opened = value(await openRepository({ location: url, mirror, access: "write" }));
    const update = { name: "refs/heads/sites/a", old: null, new: commits[0] as string };
    expect(await opened.moveRefs([update])).toEqual([]);
    expect(opened.refs().get(update.name)).toBe(commits[0]);
    expect(git(url.slice(7), ["rev-parse", update.name]).trim()).toBe(commits[0]);
    opened.close();
    expect(readFileSync(join(mirror, "config"), "utf8")).not.toContain("url");
  });

  test("a failed lease loses the whole batch and names the refs with their values", async () => {
    const { url, mirror, commits } = await remoteFixture();
    const opened = value(await openRepository({ location: url, mirror, access: "write" }));
    git(url.slice(7), ["update-ref", "refs/heads/sites/b", commits[1] as string]);
    const updates = ["a", "b"].map((name) => ({ name: `refs/heads/sites/${name}`, old: null, new: commits[0] as string }));
    expect(await opened.moveRefs(updates)).toEqual([{ name: "refs/heads/sites/b", expected: null, found: commits[1] }]);
    expect([...opened.refs().keys()].filter((name) => name.includes("sites"))).toEqual(["refs/heads/sites/b"]);
    opened.close();
  });

  test("more refs than a batch holds are pushed batch by batch, and a later run continues after a lost one", async () => {
    const { url, mirror, commits } = await remoteFixture();
    const opened = value(await openRepository({ location: url, mirror, access: "write" }));
    const updates: RefUpdate[] = Array.from({ length: 1003 }, (_, number) => ({
      name: `refs/heads/sites/s${1000 + number}`,
      old: null,
      new: commits[0] as string,
    }));
    git(url.slice(7), ["update-ref", "refs/heads/sites/s2001", commits[1] as string]);
    const lost = await opened.moveRefs(updates);
    expect(lost.map(({ name }) => name)).toEqual(["refs/heads/sites/s2001"]);
    const refs = opened.refs();
    const left = updates.filter(({ name }) => !refs.has(name));
    expect(left).toHaveLength(1003 - 1000 - 1);
    expect(await opened.moveRefs(left)).toEqual([]);
    expect(git(url.slice(7), ["for-each-ref", "refs/heads/sites"]).trim().split("\n")).toHaveLength(1003);
    opened.close();
  });

  test("the next fetch removes what an interrupted run left in the mirror", async () => {
    const { url, mirror, commits } = await remoteFixture();
    value(await openRepository({ location: url, mirror, access: "write" })).close();
    git(mirror, ["update-ref", "refs/heads/sites/ghost", commits[0] as string]);
    const opened = value(await openRepository({ location: url, mirror, access: "write" }));
    expect(opened.refs().has("refs/heads/sites/ghost")).toBe(false);
    opened.close();
  });

  test("a server's refusal is reported with its message and is not mistaken for a lost race", async () => {
    const { url, mirror, commits } = await remoteFixture();
    git(url.slice(7), ["config", "receive.denyDeletes", "true"]);
    mkdirSync(join(url.slice(7), "hooks"), { recursive: true });
    writeFileSync(join(url.slice(7), "hooks/pre-receive"), "#!/bin/sh\necho not today >&2\nexit 1\n", { mode: 0o755 });
    const opened = value(await openRepository({ location: url, mirror, access: "write" }));
    const push = opened.moveRefs([{ name: "refs/heads/sites/a", old: null, new: commits[0] as string }]);
    await expect(push).rejects.toMatchObject({ code: "push-refused", message: expect.stringContaining("pre-receive hook declined") });
    opened.close();
    const gone = openRepository({ location: "file:///nowhere/at/all", mirror: join(scratch(), "m"), access: "write" });
    await expect(gone).rejects.toMatchObject({ code: "git-failed" });
  });

  test("a host without atomic pushes has its own code, and none of its refs moves", async () => {
    const { url, mirror, commits } = await remoteFixture();
    const folder = url.slice(7);
    git(folder, ["config", "receive.advertiseAtomic", "false"]);
    const before = git(folder, ["for-each-ref"]);
    const opened = value(await openRepository({ location: url, mirror, access: "write" }));
    const error = await failureOf(opened.moveRefs([{ name: "refs/heads/sites/a", old: null, new: commits[0] as string }]));
    opened.close();
    expect(error).toMatchObject({ code: "no-atomic-push", message: expect.stringContaining("does not support atomic pushes") });
    for (const words of ["GitHub", "GitLab", "Azure DevOps", "Running this again does not help"]) expect(error.next).toContain(words);
    expect(git(folder, ["for-each-ref"])).toBe(before);
  });

  const hook = (script: string) => (folder: string) => {
    mkdirSync(join(folder, "hooks"), { recursive: true });
    writeFileSync(join(folder, "hooks/pre-receive"), `#!/bin/sh\n${script}\nexit 1\n`, { mode: 0o755 });
  };
  const rules: readonly [sentence: string, prepare: (folder: string) => void, words: readonly string[], next: string][] = [
    [
      "a hook",
      hook("echo 'RULE-42: only CI may make tags' >&2"),
      ["pre-receive hook declined", "RULE-42: only CI may make tags"],
      "push rule or the hook",
    ],
    [
      "a protected branch",
      hook("echo 'GH006: Protected branch update failed' >&2"),
      ["GH006: Protected branch"],
      "branch or tag protection",
    ],
    ["a quota", hook("echo 'repository quota of 1 GB is used up' >&2"), ["quota of 1 GB"], "free space there"],
    [
      "a limit of size",
      (folder) => git(folder, ["config", "receive.maxInputSize", "10"]),
      ["unpacker error", "maximum allowed size"],
      "Raise the host's limit",
    ],
    [
      "no way back",
      (folder) => git(folder, ["config", "receive.denyNonFastForwards", "true"]),
      ["non-fast-forward"],
      "has other commits than this run expects",
    ],
  ];
  test.each(rules)(
    "a push that %s refuses quotes the host, says what helps, and does not ask for a second try",
    async (...[, prepare, words, next]) => {
      const { url, mirror, commits } = await remoteFixture();
      prepare(url.slice(7));
      const opened = value(await openRepository({ location: url, mirror, access: "write" }));
      const writer = new ObjectWriter(mirror);
      const fresh = writer.add("commit", Buffer.from(git(mirror, ["cat-file", "commit", "fleet"]).replace("\na\n", "\nfresh\n")));
      await writer.finish();
      writer.close();
      const error = await failureOf(opened.moveRefs([{ name: "refs/heads/fleet", old: commits[0] as string, new: fresh }]));
      opened.close();
      expect(error.code).toBe("push-refused");
      for (const word of words) expect(error.message).toContain(word);
      expect(error.next).toContain(next);
      expect(error.next).not.toMatch(/to see whether it lasts/);
    },
  );

  test("a host's message is limited in length, without secrets and control characters", async () => {
    const { url, mirror, commits } = await remoteFixture();
    const line = "printf 'see https://me:hunter2@host/rule \\033[2J %0500d\\n' 7 >&2";
    hook(`for i in 1 2 3 4 5 6 7 8 9; do ${line}; done`)(url.slice(7));
    const opened = value(await openRepository({ location: url, mirror, access: "write" }));
    const { message } = await failureOf(opened.moveRefs([{ name: "refs/heads/sites/a", old: null, new: commits[0] as string }]));
    opened.close();
    expect(message).toContain("https://***@host/rule \\u{1b}[2J 000");
    expect(message).toMatch(/and [0-9]+ more lines/);
    expect(message.length).toBeLessThan(2_000);
    expect(message).not.toMatch(/hunter2|[^\P{C}]/u);
  });

  const answers: readonly [status: number, code: string, next: string][] = [
    [401, "access-refused", "read and write the repository"],
    [403, "access-refused", "read and write the repository"],
    [404, "git-failed", "Correct fleet.repository"],
    [407, "access-refused", "proxy"],
    [503, "git-failed", "run the same command again"],
  ];
  test.each(answers)(
    "a host that answers %i to the first question ends as %s, with the next step that helps",
    async (status, code, next) => {
      const server = createServer((_, response) => response.writeHead(status, { "content-type": "text/plain" }).end());
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      try {
        const { port } = server.address() as AddressInfo;
        const error = await failureOf(
          openRepository({ location: `http://127.0.0.1:${port}/f.git`, mirror: join(scratch(), "m"), access: "read" }),
        );
        expect(error.code).toBe(code);
        expect(error.next).toContain(next);
      } finally {
        server.close();
      }
    },
  );

  async function failureOf(work: Promise<unknown>): Promise<WorldError> {
    const error = await work.then(
      () => undefined,
      (caught: unknown) => caught,
    );
    if (!(error instanceof WorldError)) throw new Error(`not a WorldError: ${String(error)}`);
    return error;
  }

  async function remoteFixture(): Promise<{ url: string; mirror: string; commits: string[] }> {
    const remote = bareRepository();
    const writer = new ObjectWriter(remote);
    const tree = writer.add("tree", Buffer.alloc(0));
    const commits = ["a", "b"].map((message) =>
      writer.add("commit", Buffer.from(`tree ${tree}\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\n${message}\n`)),
    );
    await writer.finish();
    writer.close();
    git(remote, ["update-ref", "refs/heads/fleet", commits[0] as string]);
    git(remote, ["update-ref", "refs/heads/other", commits[1] as string]);
    return { url: `file://${remote}`, mirror: join(scratch(), "mirror.git"), commits };
  }
});

function value(opened: Awaited<ReturnType<typeof openRepository>>): Repository {
  if ("fault" in opened) throw new Error(opened.fault);
  return opened.value;
}
