import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startGitServer } from "../../tools/git-server.ts";
import { type AgentProcess, AgentStarter, until } from "./fixtures/agent-process.ts";
import type { Box } from "./fixtures/box.ts";
import { digestOf, type Forge, siteFiles } from "./fixtures/forge.ts";
import { Region, SITE } from "./fixtures/region.ts";

/** The agent as a process of its own, watched by strace, asked by signals. Power cuts and failing disks: test/faults. */

const agents = new AgentStarter();
let region: Region;
/** Started first and looked at last, because the shortest interval between two polls is ten seconds. */
let alone: { readonly box: Box; readonly agent: AgentProcess };

beforeAll(async () => {
  region = await Region.open();
  const { box } = world("alone");
  box.configure({ pollSeconds: 10 });
  alone = { box, agent: agents.start(box, "run") };
});

afterAll(async () => {
  agents.close();
  await region.close();
});

function world(name: string): { forge: Forge; box: Box } {
  const { forge, box } = region.world(name);
  forge.deliver(SITE, 1, 1, siteFiles("release-1"));
  return { forge, box };
}

function targetDigest(box: Box): string | undefined {
  const files = box.target();
  return files === undefined ? undefined : digestOf(new Map(Object.entries(files)));
}

const digestFor = (release: number): string => digestOf(siteFiles(`release-${release}`));

const hasStrace = existsSync("/usr/bin/strace");
const straced = hasStrace ? test : test.skip;

describe("agent run", () => {
  test("follows releases on a poll request, repairs drift, reports its state, and stops cleanly on SIGTERM", async () => {
    const { forge, box } = world("follow");
    const agent = agents.start(box, "run");
    await until("the first release", () => targetDigest(box) === digestFor(1));
    forge.deliver(SITE, 2, 2, siteFiles("release-2"));
    agent.child.kill("SIGHUP");
    await until("the second release", () => targetDigest(box) === digestFor(2));

    const second = agents.start(box, "once");
    expect(await second.ended).toBe(3);
    expect(second.errors).toContain("another agent runs with the state folder");

    await until("rest", () => agent.lines.at(-1)?.state === "IDLE");
    const status = agents.start(box, "status");
    expect(await status.ended).toBe(0);
    const told = Object.fromEntries(
      status.output
        .trim()
        .split("\n")
        .map((line) => [line.slice(0, 13).trim(), line.slice(13)]),
    );
    expect(told).toMatchObject({
      "site:": "eddm of fleet airports",
      "agent:": "runs, state IDLE",
      "waits:": "nothing",
      "fallback:": "possible, to release 1 (`skerry agent fallback`)",
      "wrong:": "nothing",
    });
    expect(told["runs:"]).toMatch(/^release 2 \(seq 2, slot b\) since 20\d\d-/);
    expect(told["next:"]).toMatch(/^polls the repository 20\d\d-.*in \d min\)$/);

    agent.child.kill("SIGTERM");
    expect(await agent.ended).toBe(0);
    expect(agent.errors).toBe("");
    for (const line of agent.lines)
      expect(line).toMatchObject({ at: expect.stringMatching(/^20\d\d-.*Z$/), level: "info", event: expect.any(String) });
    const stopped = JSON.parse(await outputOf(agents.start(box, "status", [], ["-o", "json"]))) as {
      isWorking: boolean;
      running: { seq: number };
    };
    expect(stopped).toMatchObject({ isWorking: false, running: { seq: 2 } });
  }, 60_000);

  test("stops during a fetch without leaving partial files", async () => {
    const { box } = world("stopped");
    const slow = await startGitServer(region.root, () => true);
    box.configure({ repository: slow.url("stopped.git") });
    const agent = agents.start(box, "run");
    await until("a status", () => existsSync(join(box.config.state, "control")));
    await delay(200);
    agent.child.kill("SIGTERM");
    expect(await agent.ended).toBe(0);
    await slow.close();
    box.configure({});
    expect(await agents.start(box, "once").ended).toBe(0);
  }, 60_000);

  test("wrong usage, an address with a space and a missing agent.json exit with 2 and a message, without a stack", async () => {
    const { box } = world("usage");
    const wrong = agents.start(box, "once", [], ["--nonsense"]);
    expect([await wrong.ended, wrong.errors]).toEqual([
      2,
      expect.stringMatching(/^skerry agent: Unknown option '--nonsense'\nusage: skerry-agent run/),
    ]);
    box.configure({ repository: `${box.config.repository} ` });
    const spaced = agents.start(box, "once");
    expect([await spaced.ended, spaced.errors]).toEqual([
      2,
      expect.stringMatching(
        /^skerry agent: bad-address: the repository's address "http.*\.git " ends with a space\. Correct `repository` in agent\.json\.\n$/,
      ),
    ]);
    rmSync(box.configPath);
    const missing = agents.start(box, "once");
    expect([await missing.ended, missing.errors]).toEqual([
      2,
      expect.stringMatching(/^skerry agent: .*agent\.json does not exist; give this box's agent.json with --config, .*\n$/),
    ]);
  }, 30_000);
});

async function outputOf(agent: AgentProcess): Promise<string> {
  await agent.ended;
  return agent.output;
}

describe("idle (A28)", () => {
  straced(
    "ten polls without news: no flush, and no write, rename or new name under the state folder (skipped without strace)",
    async () => {
      const { box } = world("idle");
      const trace = join(region.root, "idle.trace");
      const calls =
        "fsync,fdatasync,syncfs,openat,open,creat,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,symlink,symlinkat,link,linkat,ftruncate,truncate,chmod,fchmodat,utimensat";
      const agent = agents.start(box, "run", ["strace", "-f", "--seccomp-bpf", "-y", "-qq", "-o", trace, "-e", `trace=${calls}`]);
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

  test("an agent polls without a request", async () => {
    const { box, agent } = alone;
    await until("a poll of its own", () => region.server.requests.filter((each) => each.path.startsWith("/alone.git/info")).length >= 2);
    expect(targetDigest(box)).toBe(digestFor(1));
    agent.child.kill("SIGTERM");
    expect(await agent.ended).toBe(0);
  }, 60_000);
});

test("a state folder that cannot be written ends with a message and exit code 3, without a stack", async () => {
  const { box } = world("unwritable");
  writeFileSync(join(box.folder, "file"), "");
  box.configure({ state: join(box.folder, "file/state") });
  const agent = agents.start(box, "once");
  expect([await agent.ended, agent.errors]).toEqual([3, expect.stringMatching(/^skerry agent: storage-failed: .*\n$/)]);
}, 20_000);
