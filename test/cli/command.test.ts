import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "@jest/globals";
import { readFleetConfig } from "../../cli/stack/fleet-config.ts";
import { sampled } from "../tries-all.ts";
import { REPOSITORY, run, skerry } from "./run-skerry.ts";

const scratch = mkdtempSync(join(tmpdir(), "skerry-cli-"));
let folder: string;
let count = 0;

beforeEach(() => {
  folder = join(scratch, String(count++));
  mkdirSync(folder);
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe("wrong usage ends with 2 and a plain sentence", () => {
  const cases: readonly [sentence: string, args: readonly string[], words: string][] = [
    ["an unknown command, with the one that was meant", ["chek"], "Did you mean check?"],
    ["an unknown command of the agent", ["agent", "statsu"], "Did you mean status?"],
    ["an unknown command, with where all commands are listed", ["nosuch"], "(run skerry --help for a list of commands)"],
    ["an unknown option, with the help of its command", ["release", "--x"], "(run skerry release --help for its arguments and options)"],
    ["an unknown option below the agent", ["agent", "once", "--x"], "(run skerry agent once --help for its arguments and options)"],
    ["an unknown option, with the one that was meant", ["check", "--outptu", "json"], "Did you mean --output?"],
    ["a missing argument", ["init"], "missing required argument 'folder'"],
    ["one argument too many", ["init", "a", "b"], "too many arguments"],
    ["an unknown format", ["check", "-o", "yaml"], "Allowed choices are text, json"],
    ["a release that is no number", ["rollback", "--to", "release/x", "--all"], "a release must be a whole number"],
    ["a folder without a fleet", ["check"], "there is no cdk8s.yaml here or above"],
    ["a promotion that does not say which sites", ["promote"], "give the sites: either --sites <selector> or --all"],
    ["a promotion that says it twice", ["promote", "--all", "--sites", "size=large"], "give the sites: either --sites <selector> or --all"],
    ["an agent without its file", ["agent", "status", "--config", "nowhere.json"], "nowhere.json does not exist"],
  ];
  const alike = ["an unknown command of the agent", "one argument too many", "a promotion that says it twice"];
  test.each(sampled(cases, ([sentence]) => !alike.includes(sentence)))("%s", async (_sentence, args, words) => {
    const ran = await skerry(args, folder);
    expect(ran.stderr).toContain(words);
    expect(ran.stderr).not.toMatch(/^\s+at /m);
    expect(ran).toMatchObject({ code: 2, stdout: "" });
  });

  test("no command at all, with the list of commands", async () => {
    const ran = await skerry([], folder);
    expect(ran).toMatchObject({ code: 2, stdout: "" });
    expect(ran.stderr).toContain("Usage: skerry");
  });

  test("a Node that is too old, before any newer syntax is met", async () => {
    const pretend = `data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.20.2"}})`;
    const ran = await run(process.execPath, ["--import", pretend, join(REPOSITORY, "cli/skerry.js"), "--version"], folder);
    expect(ran).toMatchObject({ code: 2, stdout: "" });
    expect(ran.stderr).toMatch(/^skerry needs Node 24 or newer, this is .*: install it .*\n$/);
  });
});

describe("cdk8s.yaml", () => {
  test("is found upward, and all its faults are told at once, each at its place", async () => {
    writeFileSync(join(folder, "cdk8s.yaml"), "langauge: typescript\nfleet:\n  stak: 3\n  repository: [1]\n  releaseKey: ''\n");
    mkdirSync(join(folder, "sites/deep"), { recursive: true });
    const ran = await skerry(["check"], join(folder, "sites/deep"));
    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatchInlineSnapshot(`
"cdk8s.yaml:2:1 missing-field: fleet.stack is missing
  2 | fleet:
    | ^
  next: write for example: stack: stacks/my-fleet.ts

cdk8s.yaml:4:3 bad-value: fleet.repository must be text
  4 |   repository: [1]
    |   ^
  next: write for example: repository: .skerry/fleet.git

cdk8s.yaml:5:3 bad-value: fleet.releaseKey must not be empty
  5 |   releaseKey: ''
    |   ^
  next: write for example: releaseKey: .skerry/keys/release

cdk8s.yaml:3:3 unknown-field: "stak" is not known in fleet
  3 |   stak: 3
    |   ^
  next: write "stack"

cdk8s.yaml:1:1 unknown-field: "langauge" is not known
  1 | langauge: typescript
    | ^
  next: write "language"

5 errors
The fleet was not rendered: more problems may follow after this is corrected.
"
`);
  });

  const broken: readonly [sentence: string, text: string, word: string][] = [
    ["no YAML", "fleet: [\n", "cdk8s.yaml:2:1 bad-yaml"],
    ["one key twice", "fleet: { stack: a }\nfleet: { stack: b }\n", "cdk8s.yaml:2:1 bad-yaml"],
    ["nothing", "", "cdk8s.yaml:1:1 missing-field: fleet is missing"],
    ["a list", "- fleet\n", "cdk8s.yaml:1:1 bad-value"],
    ["an alias bomb", `a: &a [${"x,".repeat(20)}]\nb: &b [${"*a,".repeat(20)}]\nc: [${"*b,".repeat(20)}]\n`, "bad-yaml"],
    ["a stack that is not there", "fleet: { stack: stacks/nowhere.ts }\n", "stack-not-found"],
  ];
  test.each(sampled(broken, ([sentence]) => !["one key twice", "a list"].includes(sentence)))(
    "with %s is a problem, not a trace",
    async (_sentence, text, word) => {
      writeFileSync(join(folder, "cdk8s.yaml"), text);
      const ran = await skerry(["check"], folder);
      expect(ran.stderr).toContain(word);
      expect(ran.stderr).not.toMatch(/^\s+at /m);
      expect(ran).toMatchObject({ code: 1, stdout: "" });
    },
  );

  test("with an address that is none quotes it at its line, like the agent, beside all other problems of the file", async () => {
    writeFileSync(join(folder, "cdk8s.yaml"), "fleet:\n  stak: 3\n  repository: ' htp://git.example/f.git'\n");
    const ran = await skerry(["release"], folder);
    expect(ran).toMatchObject({ code: 1, stdout: "" });
    expect(ran.stderr).toContain(`cdk8s.yaml:3:3 bad-address: the repository's address " htp://git.example/f.git" begins with a space
  3 |   repository: ' htp://git.example/f.git'
    |   ^
  next: write an https or ssh address, such as git@git.example:fleets/shops.git, or a folder, such as ./fleet.git
`);
    expect(ran.stderr).toContain("3 errors\n");
  });

  test("with a faulty address shows no password, token or user", async () => {
    for (const address of ["htp://me:hunter2@git.example/f", "https:// me:hunter2@git.example/f", "htp://git.example/f?token=hunter2"]) {
      writeFileSync(join(folder, "cdk8s.yaml"), `fleet: { stack: a.ts, repository: "${address}" }\n`);
      const read = readFleetConfig(folder);
      expect(read).toMatchObject({ problems: [{ code: "bad-address" }] });
      expect(JSON.stringify(read)).not.toContain("hunter2");
    }
  });

  test("never shows the password of a repository", async () => {
    writeFileSync(join(folder, "cdk8s.yaml"), "fleet: { stack: a.ts, repository: https://me:hunter2@git.example/f, typo: 1 }\n");
    const ran = await skerry(["check", "-o", "json"], folder);
    expect(ran.stdout).toContain('\\"typo\\" is not known');
    expect(ran.stdout + ran.stderr).not.toContain("hunter2");
  });
});

describe("a fault of ours", () => {
  const throwing = `const { report } = await import(${JSON.stringify(join(REPOSITORY, "cli/output/command-result.ts"))}); await report({ output: "text" }, () => Promise.reject(new TypeError("x is \\u001b[2J odd")));`;

  test("is one sentence that asks for a report, exit code 3, and no trace", async () => {
    const ran = await run(process.execPath, ["--input-type=module", "--eval", throwing], folder);
    expect(ran).toMatchObject({ code: 3, stdout: "" });
    expect(ran.stderr).toBe(
      "bug: this is a bug in skerry: x is \\u{1b}[2J odd\n  next: run the command again with SKERRY_DEBUG=1 and report what it prints\n",
    );
  });

  test("shows its trace when asked for it", async () => {
    const ran = await run(process.execPath, ["--input-type=module", "--eval", throwing], folder, { SKERRY_DEBUG: "1" });
    expect(ran.stderr).toMatch(/^TypeError: x is \\u\{1b\}\[2J odd\n +at /);
  });
});

test("a reader that leaves early ends the command without a word", async () => {
  const shell = spawn("sh", ["-c", '"$1" "$2" sites | head -n 1; wait', "sh", process.execPath, join(REPOSITORY, "cli/skerry.js")], {
    cwd: REPOSITORY,
  });
  let said = "";
  shell.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
  shell.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  await new Promise((resolve) => shell.on("close", resolve));
  expect(said).toMatch(/^site +name .*\n$/);
});

const CONTAINER = ["-Urpf", "--mount-proc"];
const hasContainers = spawnSync("unshare", [...CONTAINER, "true"]).status === 0;

(hasContainers ? describe : describe.skip)("as process 1 of a container", () => {
  // Leaves two processes without a parent, waits until they have ended, and lists every process with its state; then waits for a signal.
  const stack = `
    import { execFileSync } from "node:child_process"; import { readdirSync, readFileSync } from "node:fs";
    execFileSync("sh", ["-c", "(sleep 0.1 &) ; (sleep 0.1 &)"], { stdio: "ignore" });
    await new Promise((go) => setTimeout(go, 500));
    for (const pid of readdirSync("/proc").filter((name) => /^[0-9]+$/.test(name))) console.log(readFileSync("/proc/" + pid + "/stat", "utf8").split(" ", 3).join(" "));
    const told = new Promise((go) => process.once("SIGHUP", () => go("told")));
    console.log("input " + readFileSync(0, "utf8"));
    const timer = setInterval(() => {}, 1000);
    console.log(await told);
    clearInterval(timer);
    if (readdirSync(".").includes("stay")) await new Promise((go) => setTimeout(go, 20_000));
  `;

  async function runAsFirst(): Promise<{ readonly code: number | null; readonly said: string }> {
    writeFileSync(join(folder, "cdk8s.yaml"), "fleet: { stack: stack.ts }\n");
    writeFileSync(join(folder, "stack.ts"), stack);
    const child = spawn("unshare", [...CONTAINER, process.execPath, join(REPOSITORY, "cli/skerry.js"), "check"], { cwd: folder });
    let said = "";
    const first = (): number => Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8"));
    const answers: readonly [word: string, signal: NodeJS.Signals][] = [
      ["input hello", "SIGHUP"],
      ["told", "SIGTERM"],
    ];
    let answered = 0;
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      const [word, signal] = answers[answered] ?? [];
      if (word === undefined || !said.includes(word)) return;
      answered += 1;
      setTimeout(() => child.exitCode === null && process.kill(first(), signal), 200);
    });
    child.stdin.end("hello");
    const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
    return { code, said };
  }

  test("skerry leaves no dead process behind, reads its input, and gets the signals that are sent to the container", async () => {
    writeFileSync(join(folder, "stay"), "");
    const { code, said } = await runAsFirst();
    expect(said.match(/^[0-9]+ \(.*\) [A-Z]$/gm)?.map((line) => line.replace(/^([0-9]+) .* ([A-Z])$/, "$1 $2"))).toEqual([
      "1 S",
      expect.stringMatching(/^[0-9]+ R$/),
    ]);
    expect(said).toContain("input hello\ntold\n");
    expect(code).toBe(143);
  });
});
