import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { LogLine } from "../../agent/log-line.ts";
import { startGitServer } from "../../tools/git-server.ts";
import type { Box } from "./box.ts";
import { digestOf, type Forge, siteFiles } from "./forge.ts";
import { Region, SITE } from "./region.ts";

/** The agent as a process of its own, killed, watched by strace, asked by signals. */
const MAIN = new URL("../../agent/main.ts", import.meta.url).pathname;

let region: Region;
/** Started first and looked at last, because the shortest interval between two polls is ten seconds. */
let alone: { readonly box: Box; readonly agent: AgentProcess };
const children = new Set<ChildProcess>();

beforeAll(async () => {
  region = await Region.open();
  const { box } = world("alone");
  box.configure({ pollSeconds: 10 });
  alone = { box, agent: new AgentProcess(box, "run") };
});

afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  await region.close();
});

function world(name: string): { forge: Forge; box: Box } {
  const { forge, box } = region.world(name);
  forge.deliver(SITE, 1, 1, siteFiles("release-1"));
  return { forge, box };
}

class AgentProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<number | string>;
  output = "";
  errors = "";

  constructor(box: Box, command: "run" | "once" | "status", wrapper: readonly string[] = [], more: readonly string[] = []) {
    const node = [
      process.execPath,
      "--conditions=skerry-source",
      "--disable-warning=ExperimentalWarning",
      MAIN,
      command,
      "--config",
      box.configPath,
      ...more,
    ];
    const [program, ...args] = [...wrapper, ...node] as [string, ...string[]];
    // Types are stripped once for all starts; one thread makes the order of system calls the same in each run.
    const env = {
      ...process.env,
      NODE_COMPILE_CACHE: join(region.root, "compile-cache"),
      UV_THREADPOOL_SIZE: wrapper.length > 0 ? "1" : "4",
    };
    this.child = spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    children.add(this.child);
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => (this.output += text));
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.errors += text));
    this.ended = new Promise((resolve) =>
      this.child.once("close", (code, signal) => {
        children.delete(this.child);
        resolve(code ?? signal ?? "gone");
      }),
    );
  }

  get lines(): (LogLine & { readonly at: string })[] {
    return this.output
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as LogLine & { readonly at: string });
  }
}

async function until(what: string, isTrue: () => boolean): Promise<void> {
  for (let waited = 0; waited < 20_000; waited += 20) {
    if (isTrue()) return;
    await delay(20);
  }
  throw new Error(`waited 20 s for: ${what}`);
}

function targetDigest(box: Box): string | undefined {
  const files = box.target();
  return files === undefined ? undefined : digestOf(new Map(Object.entries(files)));
}

const digestFor = (release: number): string => digestOf(siteFiles(`release-${release}`));

const hasStrace = existsSync("/usr/bin/strace");
const straced = hasStrace ? test : test.skip;

describe("agent run", () => {
  test("follows releases when it is asked, repairs what is bent, tells its state, and ends cleanly on SIGTERM", async () => {
    const { forge, box } = world("follow");
    const agent = new AgentProcess(box, "run");
    await until("the first release", () => targetDigest(box) === digestFor(1));
    forge.deliver(SITE, 2, 2, siteFiles("release-2"));
    agent.child.kill("SIGHUP");
    await until("the second release", () => targetDigest(box) === digestFor(2));

    const second = new AgentProcess(box, "once");
    expect(await second.ended).toBe(3);
    expect(second.errors).toContain("another agent works in");

    await until("rest", () => agent.lines.at(-1)?.state === "IDLE");
    const status = new AgentProcess(box, "status");
    expect(await status.ended).toBe(0);
    const told = Object.fromEntries(
      status.output
        .trim()
        .split("\n")
        .map((line) => [line.slice(0, 13).trim(), line.slice(13)]),
    );
    expect(told).toMatchObject({
      "site:": "eddm of fleet airports",
      "agent:": "works, state IDLE",
      "waits:": "nothing",
      "fallback:": "possible, to release 1 (`skerry agent fallback`)",
      "wrong:": "nothing",
    });
    expect(told["runs:"]).toMatch(/^release 2 \(seq 2, slot b\) since 20\d\d-/);
    expect(told["next:"]).toMatch(/^asks for news 20\d\d-.*in \d min\)$/);

    agent.child.kill("SIGTERM");
    expect(await agent.ended).toBe(0);
    expect(agent.errors).toBe("");
    for (const line of agent.lines)
      expect(line).toMatchObject({ at: expect.stringMatching(/^20\d\d-.*Z$/), level: "info", event: expect.any(String) });
    const stopped = JSON.parse(await outputOf(new AgentProcess(box, "status", [], ["-o", "json"]))) as {
      isWorking: boolean;
      running: { seq: number };
    };
    expect(stopped).toMatchObject({ isWorking: false, running: { seq: 2 } });
  }, 60_000);

  test("is stopped in the middle of a fetch without leaving anything half", async () => {
    const { box } = world("stopped");
    const slow = await startGitServer(region.root, () => true);
    box.configure({ repository: slow.url("stopped.git") });
    const agent = new AgentProcess(box, "run");
    await until("a status", () => existsSync(join(box.config.state, "control")));
    await delay(200);
    agent.child.kill("SIGTERM");
    expect(await agent.ended).toBe(0);
    await slow.close();
    box.configure({});
    expect(await new AgentProcess(box, "once").ended).toBe(0);
  }, 60_000);

  test("wrong usage is 2 with what is wrong and what there is, a missing agent.json too, and nobody sees a stack", async () => {
    const { box } = world("usage");
    const wrong = new AgentProcess(box, "once", [], ["--nonsense"]);
    expect([await wrong.ended, wrong.errors]).toEqual([
      2,
      expect.stringMatching(/^skerry agent: Unknown option '--nonsense'\nusage: skerry-agent run/),
    ]);
    rmSync(box.configPath);
    const missing = new AgentProcess(box, "once");
    expect([await missing.ended, missing.errors]).toEqual([2, expect.stringMatching(/^skerry agent: .*agent\.json is not there.*\n$/)]);
  }, 30_000);
});

async function outputOf(agent: AgentProcess): Promise<string> {
  await agent.ended;
  return agent.output;
}

describe("power cuts", () => {
  test("kill -9 at any moment leaves the old or the new tree, and the next start ends with the new one", async () => {
    const { forge, box } = world("killed");
    expect(await new AgentProcess(box, "once").ended).toBe(0);
    forge.deliver(SITE, 2, 2, siteFiles("release-2"));
    const begun = performance.now();
    expect(await new AgentProcess(box, "once").ended).toBe(0);
    const wholeMs = performance.now() - begun;
    const killed: (number | string)[] = [];
    for (let round = 3; round <= 11; round++) {
      forge.deliver(SITE, round, round, siteFiles(`release-${round}`));
      const agent = new AgentProcess(box, "once");
      // Spread evenly over the later part of a run: the first is Node's own start.
      await delay(wholeMs * (0.3 + (0.6 * (round - 3)) / 8));
      agent.child.kill("SIGKILL");
      killed.push(await agent.ended);
      expect([digestFor(round), digestFor(round - 1)]).toContain(targetDigest(box));
      expect([0, round - 1, round]).toContain((await box.journal()).seen?.seq ?? 0);
      const again = new AgentProcess(box, "once");
      expect({ round, code: await again.ended, errors: again.errors }).toEqual({ round, code: 0, errors: "" });
      expect(targetDigest(box)).toBe(digestFor(round));
      expect(await box.journal()).toMatchObject({ state: "IDLE", current: { seq: round }, candidate: null });
    }
    expect(killed.filter((end) => end === "SIGKILL").length).toBeGreaterThan(3);
  }, 120_000);

  straced(
    "a kill at the n-th rename of a release leaves the old or the new tree, never neither (skipped without strace)",
    async () => {
      const { forge, box } = world("renames");
      expect(await new AgentProcess(box, "once").ended).toBe(0);
      let release = 1;
      // The socket, then two journals around the target's link, and what follows; the second and third would hit git's own renames.
      for (const when of [1, 4, 5, 6, 7, 9]) {
        release++;
        forge.deliver(SITE, release, release, siteFiles(`release-${release}`));
        const cut = new AgentProcess(box, "once", ["strace", "-f", "-o", "/dev/null", "-e", `inject=rename:signal=KILL:when=${when}`]);
        const end = await cut.ended;
        expect([digestFor(release), digestFor(release - 1)]).toContain(targetDigest(box));
        const again = new AgentProcess(box, "once");
        expect({ when, code: await again.ended, errors: again.errors }).toEqual({ when, code: 0, errors: "" });
        expect({ when, digest: targetDigest(box) }).toEqual({ when, digest: digestFor(release) });
        expect(await box.journal()).toMatchObject({ state: "IDLE", current: { seq: release }, candidate: null });
        expect({ when, end }).toEqual({ when, end: expect.stringMatching("SIGKILL") });
      }
    },
    120_000,
  );
});

describe("idle (A28)", () => {
  straced(
    "ten polls without news: no flush, and no write, rename or new name under the state folder (skipped without strace)",
    async () => {
      const { box } = world("idle");
      const trace = join(region.root, "idle.trace");
      const calls =
        "fsync,fdatasync,syncfs,openat,open,creat,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,symlink,symlinkat,link,linkat,ftruncate,truncate,chmod,fchmodat,utimensat";
      const agent = new AgentProcess(box, "run", ["strace", "-f", "--seccomp-bpf", "-y", "-qq", "-o", trace, "-e", `trace=${calls}`]);
      const node = () => Number(execFileSync("pgrep", ["-P", String(agent.child.pid)], { encoding: "utf8" }).trim());
      await until("the first release", () => targetDigest(box) === digestFor(1));
      await until("rest", () => agent.lines.at(-1)?.state === "IDLE");
      await delay(300);
      const begin = statSync(trace).size;
      const asked = (): number => region.server.requests.filter((each) => each.path.startsWith("/idle.git/")).length;
      for (let poll = 1; poll <= 10; poll++) {
        const before = asked();
        process.kill(node(), "SIGHUP");
        await until(`poll ${poll}`, () => asked() >= before + 3);
        await delay(150);
      }
      const said = readFileSync(trace).subarray(begin).toString("utf8").split("\n");
      process.kill(node(), "SIGTERM");
      expect(await agent.ended).toBe(0);
      expect(said.filter((line) => /\b(fsync|fdatasync|syncfs)\(/.test(line))).toEqual([]);
      const under = said.filter((line) => line.includes(box.config.state));
      expect(under.filter((line) => !/\bopen(at)?\(.*O_RDONLY/.test(line) || /O_CREAT|O_TRUNC/.test(line))).toEqual([]);
      // The same look finds the agent's writes where they belong: the trace is not blind.
      expect(said.some((line) => line.includes("shallow"))).toBe(true);
    },
    90_000,
  );

  test("an agent that nobody asks polls by itself", async () => {
    const { box, agent } = alone;
    await until("a poll of its own", () => region.server.requests.filter((each) => each.path.startsWith("/alone.git/info")).length >= 2);
    expect(targetDigest(box)).toBe(digestFor(1));
    agent.child.kill("SIGTERM");
    expect(await agent.ended).toBe(0);
  }, 60_000);
});

test("a state folder that cannot be written ends in a word and exit code 3, not in a stack", async () => {
  const { box } = world("unwritable");
  writeFileSync(join(box.folder, "file"), "");
  box.configure({ state: join(box.folder, "file/state") });
  const agent = new AgentProcess(box, "once");
  expect([await agent.ended, agent.errors]).toEqual([3, expect.stringMatching(/^skerry agent: storage-failed: .*\n$/)]);
}, 20_000);
