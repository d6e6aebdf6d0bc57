import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { sampled } from "../tries-all.ts";
import { newFleet } from "./new-fleet.ts";
import { REPOSITORY, run, skerry, skerryJson } from "./run-skerry.ts";

const scratch = mkdtempSync(join(tmpdir(), "skerry-fleet-"));
let fleet: string;

beforeAll(async () => {
  fleet = await newFleet(scratch, "Three Shops");
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const git = (...args: string[]) => run("git", args, fleet);
const inRepository = (...args: string[]) => run("git", ["-C", ".skerry/fleet.git", ...args], fleet);

async function commitAll(message: string): Promise<void> {
  await git("add", "--all");
  const { code, stderr } = await git("-c", "user.name=Test", "-c", "user.email=test@fleet.invalid", "commit", "--quiet", "-m", message);
  if (code !== 0) throw new Error(stderr);
}

/** Runs a command with a line of code before all others of the stack. */
async function withFirstLine(line: string, args: readonly string[]) {
  const stack = join(fleet, "stacks/three-shops.ts");
  const sound = readFileSync(stack, "utf8");
  writeFileSync(stack, `${line} ${sound}`);
  const ran = await skerry(args, fleet);
  writeFileSync(stack, sound);
  return ran;
}

// The steps of one fleet's first day, in order: each stands on the one before.
describe("a new fleet", () => {
  test("is a git repository with one commit, named after its folder, and its machine files are ignored", async () => {
    expect((await git("log", "--format=%s")).stdout).toBe("Start a fleet\n");
    expect((await git("status", "--porcelain")).stdout).toBe("");
    expect(readFileSync(join(fleet, "cdk8s.yaml"), "utf8")).toContain("stack: stacks/three-shops.ts");
    expect(JSON.parse(readFileSync(join(fleet, "package.json"), "utf8"))).toMatchObject({
      name: "three-shops",
      dependencies: { skerry: "^0.1.0", zod: "^4.6.7" },
    });
  });

  test("is not written over what is there", async () => {
    const ran = await skerry(["init", fleet], scratch);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain("is not empty");
    expect((await git("status", "--porcelain")).stdout).toBe("");
  });

  test("compiles under its own strict settings", async () => {
    const ran = await run(
      join(REPOSITORY, "node_modules/.bin/tsc"),
      ["-p", ".", "--customConditions", "skerry-source", "--lib", "es2024,esnext.iterator"],
      fleet,
    );
    expect(ran).toMatchObject({ code: 0, stdout: "" });
  });

  test("passes its own tests with plain node", async () => {
    const ran = await run(process.execPath, ["--conditions=skerry-source", "--import", "skerry/imports", "--test"], fleet);
    expect(ran.stdout).toMatch(/pass [1-9]/);
    expect(ran.code).toBe(0);
  });

  test("fails when its code ends the process or never ends, instead of passing for one without problems", async () => {
    const lines = ["process.exit(0);", "process.exit(3);", "await new Promise(() => {});"];
    for (const line of sampled(lines, (_, index) => index !== 1)) {
      const ran = await withFirstLine(line, ["check", "-o", "json"]);
      const [{ code, at }] = JSON.parse(ran.stdout).problems;
      const place = line.startsWith("process") ? [{ file: "stacks/three-shops.ts", line: 1, column: 9 }] : [];
      expect([line, ran.code, code, at]).toEqual([line, 1, "stack-failed", place]);
    }
  });

  test("is blamed for what it throws where nothing awaits it, with its own line, and skerry is not", async () => {
    const at = [{ file: "stacks/three-shops.ts", line: 1 }];
    const lines: readonly [line: string, message: string, at: readonly object[]][] = [
      ['setTimeout(() => { throw new Error("too late"); }, 0); await new Promise((go) => setTimeout(go, 20));', "too late", at],
      ['void (async () => { await null; throw new Error("nobody\\nlooks"); })();', "nobody", at],
      ['void fetch("http://[::1]:1/").then(() => 0); async function ask() { await 1; null.x; } void ask();', "Cannot read", at],
      ['void Promise.reject("a text");', "a text", [{ file: "stacks/three-shops.ts" }]],
      ['queueMicrotask(() => { throw "words"; });', "words", [{ file: "stacks/three-shops.ts" }]],
    ];
    for (const [line, message, place] of sampled(lines, (_, index) => index % 2 === 0)) {
      const ran = await withFirstLine(line, ["keys", "-o", "json"]);
      expect([line, ran.code]).toEqual([line, 1]);
      const problem = { code: "stack-failed", message: expect.stringContaining(`that nothing awaits: ${message}`), at: place };
      expect(JSON.parse(ran.stdout).problems).toMatchObject([problem]);
      expect(ran.stderr).toBe("");
    }
    expect(existsSync(join(fleet, ".skerry"))).toBe(false);
    // What is left running when all is done holds nothing up.
    expect(await withFirstLine("setInterval(() => {}, 1000);", ["check"])).toMatchObject({ code: 0, stderr: "" });
  });

  test("says that a profile cannot be selected by before rendering, and hands no password to a box", async () => {
    expect(await skerry(["sites", "profile=shop"], fleet)).toMatchObject({ code: 2, stdout: "" });
    const ran = await skerry(
      ["agent", "bundle", "oslo", "--repository", "https://me:hunter2@git.example/f", "--to", join(scratch, "x")],
      fleet,
    );
    expect(ran).toMatchObject({ code: 2 });
    expect(ran.stdout + ran.stderr).not.toContain("hunter2");
  });

  test("has no problems, and checking it writes nothing", async () => {
    expect(await skerryJson(["check", "--verify", "all"], fleet)).toEqual({
      fleet: "three-shops",
      sites: 3,
      skippedRows: 0,
      units: 3,
      renders: 4,
      shapes: expect.any(Number),
      problems: [],
    });
    expect(existsSync(join(fleet, ".skerry"))).toBe(false);
  });

  test("tells what a site is, what it gets and where each object and fact comes from", async () => {
    const shown = await skerryJson(["show", "oslo"], fleet);
    expect(shown).toMatchObject({
      profile: "shop",
      units: [{ unit: "namespaces" }, { unit: "network-policies" }, { unit: "shop-window" }],
    });
    expect(shown.files).toContain("manifests/40-apps/shop-window/deployment.apps_shop-window_screens.yaml");
    const { origins } = await skerryJson(["why", "oslo", "Deployment/screens"], fleet);
    expect(origins).toMatchObject([
      { unit: "shop-window", source: { file: "stacks/three-shops.ts" }, builtBy: [{ fact: "nodes.length", value: 2 }] },
    ]);
    const { facts } = await skerryJson(["show", "oslo", "--facts"], fleet);
    expect(facts.find((fact: { name: string }) => fact.name === "timeZone")).toMatchObject({
      value: "Europe/Oslo",
      at: { file: "sites/shops.yaml", line: 6 },
    });
    expect((await skerry(["show", "olso"], fleet)).stderr).toContain('did you mean "oslo"?');
    expect((await skerry(["why", "oslo", "Deployment/screen"], fleet)).stderr).toContain("did you mean Deployment/screens?");
    expect((await skerry(["why", "olso", "x"], fleet)).stderr).toContain('did you mean "oslo"?');
  });

  test("says after faults of the inventory that sites were left out, and nothing of the kind after faults of the code alone", async () => {
    const [shops, app] = ["sites/shops.yaml", "constructs/shop-window.ts"].map((name) => join(fleet, name)) as [string, string];
    const [facts, code] = [readFileSync(shops, "utf8"), readFileSync(app, "utf8")];
    writeFileSync(app, code.replace('"screens"', '"Screens"'));
    const rendered = await skerry(["check"], fleet);
    expect(rendered).toMatchObject({ code: 1, stdout: "" });
    expect(rendered.stderr).not.toContain("more problems may follow");
    writeFileSync(shops, facts.replace("timeZone: Europe/Oslo", "timeZone: Europe/Olso"));
    const ran = await skerry(["check"], fleet);
    expect(ran.stderr).toMatch(/bad-time-zone.*bad-name/s);
    expect(ran.stderr).toMatch(/\nSites with a problem were not rendered: more problems may follow after they are corrected\.\n$/);
    writeFileSync(shops, facts);
    writeFileSync(app, code);
  });

  test("lists its sites by selector, and gives editors a schema", async () => {
    expect((await skerryJson(["sites", "level=no/west"], fleet)).sites.map(({ id }: { id: string }) => id)).toEqual(["bergen"]);
    expect((await skerry(["sites", "level=no/wets"], fleet)).stderr).toContain('did you mean "no/west"?');
    expect((await skerry(["sites", "--tree"], fleet)).stdout).toBe(
      "level      sites\nall        3\n  no       3\n    east   1\n    north  1\n    west   1\n",
    );
    const schema = JSON.parse((await skerry(["sites", "--schema", "site"], fleet)).stdout);
    expect(JSON.stringify(schema.properties.labels)).toContain('"enum":["small","large"]');
  });

  test("renders to the same tree from any folder, time zone and locale, and moves no shared ref", async () => {
    const { tree } = await skerryJson(["synth"], fleet);
    const again = await skerry(["synth", "-o", "json"], join(fleet, "sites"), { TZ: "Pacific/Chatham", LC_ALL: "tr_TR.UTF-8" });
    expect(JSON.parse(again.stdout)).toMatchObject({ ref: "refs/skerry/synth", tree, written: { objects: 0 } });
    expect((await inRepository("for-each-ref", "--format=%(refname) %(objectname)")).stdout).toBe(`refs/skerry/synth ${tree}\n`);
    expect((await inRepository("fsck", "--strict")).code).toBe(0);
  });

  test("says that the tree of a remote fleet lies in the mirror, and keeps it there whatever is fetched later", async () => {
    const remote = join(scratch, "remote.git");
    await run("git", ["init", "--quiet", "--bare", remote], scratch);
    const url = `file://user:hunter2@${remote}`;
    const config = readFileSync(join(fleet, "cdk8s.yaml"), "utf8");
    writeFileSync(join(fleet, "cdk8s.yaml"), config.replace(".skerry/fleet.git", url));
    const made = await skerry(["synth"], fleet);
    expect(made.stdout).toMatch(/refs\/skerry\/synth is [0-9a-f]{40} in \.skerry\/mirror\.git on this machine: /);
    await run("git", ["-C", remote, "update-ref", "refs/heads/other", (await git("rev-parse", "HEAD")).stdout.trim()], scratch);
    expect(await skerryJson(["synth"], fleet)).toMatchObject({ folder: ".skerry/mirror.git", written: { objects: 0 } });
    expect((await run("git", ["-C", ".skerry/mirror.git", "rev-parse", "refs/skerry/synth"], fleet)).code).toBe(0);
    expect((await run("git", ["-C", remote, "for-each-ref"], scratch)).stdout).not.toContain("synth");
    expect(made.stdout + made.stderr).not.toContain("hunter2");
    writeFileSync(join(fleet, "cdk8s.yaml"), config);
    rmSync(join(fleet, ".skerry/mirror.git"), { recursive: true });
  });

  test("told of a file where a folder is meant, or of a folder for a file, says so and what to write", async () => {
    const config = readFileSync(join(fleet, "cdk8s.yaml"), "utf8");
    const told = async (args: readonly string[], from = "", to = ""): Promise<string> => {
      writeFileSync(join(fleet, "cdk8s.yaml"), config.replace(from, to));
      const ran = await skerry(args, fleet);
      return `${ran.code} ${ran.stderr.split("\n")[0]?.replace(fleet, ".")}`;
    };
    const cases: readonly [args: readonly string[], from: string, to: string, said: string][] = [
      [["synth", "--to", "package.json"], "", "", "2 wrong-usage: ./package.json is a file, or lies below one"],
      [["init", "package.json/x"], "", "", "2 wrong-usage: ./package.json/x is a file, or lies below one"],
      ...["package.json/x.git", "package.json"].map((path): [string[], string, string, string] => [
        ["synth"],
        ".skerry/fleet.git",
        path,
        `1 cdk8s.yaml:7:3 bad-repository: the fleet repository "${path}" is a file, or lies below one`,
      ]),
      [["check"], "stacks/three-shops.ts", "stacks", "1 stack-not-found: stacks is a folder"],
      [["release"], ".skerry/keys/release", "stacks", "1 stacks bad-key: the key is a folder"],
    ];
    for (const [args, from, to, said] of sampled(cases, ([, , to]) => to !== "package.json")) expect(await told(args, from, to)).toBe(said);
    writeFileSync(join(fleet, "cdk8s.yaml"), config);
  });

  test("says which facts make a unit render more than once", async () => {
    expect((await skerry(["synth", "--explain"], fleet)).stdout).toContain("nodes.length (2)");
  });

  test("makes keys that only their owner can read, and never makes them twice", async () => {
    const made = await skerryJson(["keys"], fleet);
    for (const { file } of made.keys) expect(statSync(join(fleet, file)).mode & 0o777).toBe(0o600);
    const before = readFileSync(join(fleet, ".skerry/keys/release"));
    const again = await skerry(["keys"], fleet);
    expect(again).toMatchObject({ code: 2, stdout: "" });
    expect(again.stderr).toContain(".skerry/keys/release");
    expect(readFileSync(join(fleet, ".skerry/keys/release"))).toEqual(before);
    const line = await run("ssh-keygen", ["-y", "-f", ".skerry/keys/release"], fleet);
    expect(line.stdout).toBe(readFileSync(join(fleet, ".skerry/keys/release.pub"), "utf8"));
  });

  test("keeps what a stack prints out of what a program reads", async () => {
    const ran = await withFirstLine('console.log("looking at", 3);', ["check", "-o", "json"]);
    expect(JSON.parse(ran.stdout)).toMatchObject({ sites: 3, problems: [] });
    expect(ran.stderr).toBe("looking at 3\n");
  });

  test("refuses to release what is not committed, and then nothing is written", async () => {
    writeFileSync(join(fleet, "notes.txt"), "x");
    const refused = await skerryJson(["release", "--promote", "all"], fleet, 1);
    expect(refused.problems).toMatchObject([{ code: "dirty-source", at: [{ file: "notes.txt" }] }]);
    rmSync(join(fleet, "notes.txt"));
    // Files of each kind that a fleet is made of, changed where git does not look.
    const hidden = ["cdk8s.yaml", "profiles/shop.ts", "sites/shops.yaml"];
    await git("update-index", "--skip-worktree", ...hidden);
    for (const file of hidden) writeFileSync(join(fleet, file), `${readFileSync(join(fleet, file), "utf8")}\n`);
    const stray = await skerryJson(["release", "--promote", "all"], fleet, 1);
    expect(stray.problems).toMatchObject([{ code: "stray-source", at: hidden.map((file) => ({ file })) }]);
    await git("update-index", "--no-skip-worktree", ...hidden);
    await git("checkout", "--quiet", "--", ...hidden);
    expect((await inRepository("for-each-ref", "refs/heads", "refs/tags")).stdout).toBe("");
  });

  test("releases and promotes in one run, and plain git verifies every signature", async () => {
    const made = await skerryJson(["release", "--promote", "all"], fleet);
    expect(made).toMatchObject({ release: 1, sites: { count: 3 }, promotion: { moved: [{ seq: 1 }, { seq: 1 }, { seq: 1 }] } });
    const signers = ["-c", `gpg.ssh.allowedSignersFile=${join(fleet, ".skerry/allowed_signers")}`];
    expect((await inRepository(...signers, "verify-tag", "release/1")).code).toBe(0);
    for (const site of ["bergen", "oslo", "tromso"])
      expect((await inRepository(...signers, "verify-commit", `refs/heads/sites/${site}`)).code).toBe(0);
    expect((await inRepository("fsck", "--strict")).code).toBe(0);
  });

  test("refuses a source that does not continue the released one, unless that is meant", async () => {
    const root = ["-c", "user.name=Test", "-c", "user.email=test@fleet.invalid", "commit-tree", "-m", "another history", "HEAD^{tree}"];
    await git("checkout", "--quiet", (await git(...root)).stdout.trim());
    const refused = await skerryJson(["release", "--dry-run"], fleet, 1);
    expect(refused.problems).toMatchObject([{ code: "other-source" }]);
    expect(await skerryJson(["release", "--dry-run", "--other-source"], fleet)).toMatchObject({ release: 2 });
    await git("checkout", "--quiet", "-");
  });

  test("promotes nothing twice, unless asked to again", async () => {
    expect(await skerryJson(["promote", "--all"], fleet)).toMatchObject({ moved: [], unchanged: ["bergen", "oslo", "tromso"] });
    const one = await skerry(["promote", "--sites", "id=oslo"], fleet);
    expect(one.stdout).toBe("0 sites now hold release/1\n1 site already holds this tree: oslo\n");
    expect(await skerryJson(["promote", "--sites", "size=large", "--again"], fleet)).toMatchObject({ moved: [{ site: "oslo", seq: 2 }] });
  });

  test("goes back to an older release where it is told to, and says what went back", async () => {
    const stack = join(fleet, "stacks/three-shops.ts");
    writeFileSync(stack, readFileSync(stack, "utf8").replace(/sha256:[0-9a-f]{64}/, `sha256:${"0".repeat(64)}`));
    await commitAll("New image");
    expect(await skerryJson(["release", "--promote", "level=no/east"], fleet)).toMatchObject({
      release: 2,
      promotion: { moved: [{ site: "oslo", from: 1 }] },
    });
    const dry = await skerry(["rollback", "--to", "release/1", "--sites", "id=oslo", "--dry-run"], fleet);
    const preview = `1 site changes to release/1:
  site  from       to         seq
  oslo  release/2  release/1  4
All that goes back:
  part of the site tree          change         sites
  manifests/40-apps/shop-window  older content  1
`;
    expect(dry).toEqual({ code: 0, stdout: `Dry run: nothing is written, and no ref moves.\n${preview}`, stderr: "" });
    const foreseen = await skerryJson(["rollback", "--to", "release/1", "--sites", "id=oslo", "--dry-run"], fleet);
    expect(foreseen).toMatchObject({
      dryRun: true,
      release: 1,
      moved: [{ site: "oslo", seq: 4, from: 2, commit: null }],
      movedBack: [{ path: "manifests/40-apps/shop-window", change: "older", sites: 1 }],
    });
    const refs = (await inRepository("for-each-ref")).stdout;
    expect((await skerry(["release", "--promote", "all", "--dry-run"], fleet)).stdout).toContain("2 sites change to release/2:\n");
    expect((await inRepository("for-each-ref")).stdout).toBe(refs);
    const back = await skerry(["rollback", "--to", "release/1", "--sites", "id=oslo"], fleet);
    expect(back.stdout).toBe(
      `${preview}1 site now holds release/1\nNothing keeps the site there: the next promote of a newer release moves the site forward again.\n`,
    );
    expect(await skerryJson(["rollback", "--to", "release/9", "--all", "--dry-run"], fleet, 1)).toMatchObject({
      problems: [{ code: "unknown-release" }],
    });
    expect((await skerry(["rollback", "--to", "9", "--all"], fleet)).code).toBe(1);
  });

  test("provisions a box, whose agent puts the site's tree in place", async () => {
    const box = join(scratch, "box");
    const paths = ["--config-folder", box, "--state", join(box, "state"), "--cache", join(box, "cache"), "--target", join(box, "current")];
    const bundle = await skerryJson(["agent", "bundle", "oslo", "--to", box, ...paths], fleet);
    expect(bundle).toMatchObject({ site: "oslo", seqFloor: 4, release: 1, files: ["agent.json", "trust/1.json", "README.md"] });
    expect(bundle.services).toEqual([{ service: "shop-window/screens:80", units: ["shop-window"], url: null }]);
    expect((await skerry(["agent", "once", "--config", join(box, "agent.json")], scratch)).code).toBe(0);
    const manifest = readFileSync(join(box, "current/manifests/40-apps/shop-window/deployment.apps_shop-window_screens.yaml"), "utf8");
    expect(manifest).toContain("oslo");
    const status = await skerry(["agent", "status", "--config", join(box, "agent.json"), "-o", "json"], scratch);
    expect(JSON.parse(status.stdout)).toMatchObject({ site: "oslo", running: { release: 1, seq: 4 } });
    expect((await skerry(["agent", "bundle", "atlantis"], fleet)).code).toBe(2);
  });

  test("says which probes a box can ask, and takes the addresses of the others", async () => {
    const to = (name: string) => ["--to", join(scratch, name)];
    const open = await skerry(["agent", "bundle", "oslo", ...to("open")], fleet);
    expect(open).toMatchObject({ code: 0, stderr: "" });
    expect(open.stdout).toContain(`Probes of release/1 ask 1 Service:
  service                 address at the box
  shop-window/screens:80  not mapped: nothing will ask whether shop-window is healthy
Map it with --service shop-window/screens:80=<url>, or later with services in agent.json at the box.
`);
    const mapped = ["--target", "k3s", "--service", "shop-window/screens:80=http://127.0.0.1:8080"];
    const ran = await skerry(["agent", "bundle", "oslo", ...to("mapped"), ...mapped], fleet);
    expect(ran.stdout).toContain("shop-window/screens:80  http://127.0.0.1:8080 (as given)\n");
    expect(JSON.parse(readFileSync(join(scratch, "mapped/agent.json"), "utf8"))).toMatchObject({
      services: { "shop-window/screens:80": "http://127.0.0.1:8080" },
      target: { directory: { path: "/var/lib/rancher/k3s/server/manifests", mode: "k3s" } },
    });
    const wrong: readonly [options: readonly string[], words: string][] = [
      [["--service", "shop-window/screen:80=http://127.0.0.1:1"], "did you mean shop-window/screens:80?"],
      [["--service", "screens=http://127.0.0.1:1"], "is not a Service and a URL"],
      [["--service", "shop-window/screens:80=tcp://127.0.0.1:1"], "is not an http or https URL"],
      [["--service", "shop-window/screens:80=http://me:hunter2@127.0.0.1:1"], "holds a user or password"],
      [["--target", "k8s"], "neither plain nor k3s nor an absolute path"],
      [["--target", "/a", "--target-path", "/b"], "both name a path"],
      [["--target-path", "current"], "--target-path current is not an absolute path"],
      [["--poll-seconds", "1"], "write 10 to 86400"],
    ];
    for (const [options, words] of sampled(wrong, (_, index) => index % 3 === 0)) {
      const refused = await skerry(["agent", "bundle", "oslo", ...to("wrong"), ...options], fleet);
      expect([options, refused.code, refused.stdout]).toEqual([options, 2, ""]);
      expect(refused.stderr).toContain(words);
      expect(refused.stderr).not.toContain("hunter2");
    }
    expect(existsSync(join(scratch, "wrong"))).toBe(false);
  });

  test("works inside cdk8s synth, and as plain folders for those who ask", async () => {
    const bin = join(scratch, "bin");
    mkdirSync(bin);
    writeFileSync(join(bin, "npx"), `#!/bin/sh\nshift\nexec "${process.execPath}" "${join(REPOSITORY, "cli/skerry.js")}" "$@"\n`, {
      mode: 0o755,
    });
    const ran = await run(process.execPath, [join(REPOSITORY, "node_modules/cdk8s-cli/bin/cdk8s"), "synth"], fleet, {
      PATH: `${bin}:${process.env["PATH"]}`,
    });
    expect(ran.code).toBe(0);
    expect(readdirSync(join(fleet, "dist"))).toEqual(["bergen", "oslo", "tromso"]);
    const occupied = await skerry(["synth", "--to", "dist"], fleet);
    expect(occupied.stderr).toContain("is not empty");
    expect(await skerryJson(["synth", "--to", join(scratch, "one"), "--sites", "id=oslo"], fleet)).toMatchObject({ written: { sites: 1 } });
  });

  test("with faults in its inventory tells all of them, with lines, and releases nothing", async () => {
    const file = join(fleet, "sites/shops.yaml");
    const sound = readFileSync(file, "utf8");
    writeFileSync(
      file,
      sound
        .replace("timeZone: Europe/Oslo", "timeZone: Europe/Olso")
        .replace("size: large", "siez: large")
        .replace("id: tromso", "id: Tromsø"),
    );
    const ran = await skerry(["release", "--promote", "all"], fleet);
    expect(ran).toMatchObject({ code: 1, stdout: "" });
    for (const place of ["sites/shops.yaml:6:11", "sites/shops.yaml:7:11", "sites/shops.yaml:22:5"]) expect(ran.stderr).toContain(place);
    expect(ran.stderr).not.toMatch(/^\s+at /m);
    writeFileSync(file, sound);
  });

  test("never prints a key, whatever is wrong with it", async () => {
    const file = join(fleet, ".skerry/keys/release");
    const key = readFileSync(file, "utf8");
    writeFileSync(file, key.replace("OPENSSH", "OPENSHS"));
    const ran = await skerry(["release", "-o", "json"], fleet);
    expect(ran.code).toBe(1);
    expect(ran.stdout).toContain("bad-key");
    for (const line of key.split("\n").slice(1, -2)) expect(ran.stdout + ran.stderr).not.toContain(line);
    writeFileSync(file, key);
  });
});

test("more sites than anyone reads as folders are refused with the way out", async () => {
  const ran = await skerry(["synth"], REPOSITORY, { CDK8S_OUTDIR: join(scratch, "airports") });
  expect(ran.code).toBe(2);
  expect(ran.stderr).toContain("9383 sites are more than the limit of 200");
  expect(ran.stderr).toContain("--sites");
  expect(existsSync(join(scratch, "airports"))).toBe(false);
});
