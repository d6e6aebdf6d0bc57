import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { execFileSync, spawnSync } from "node:child_process";
import { type AddressInfo, createServer } from "node:net";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type AgentProcess, AgentStarter, until } from "./fixtures/agent-process.ts";
import { Box } from "./fixtures/box.ts";
import { Forge, siteFiles } from "./fixtures/forge.ts";

/** The agent as process 1 of a container: a process namespace of its own. Skipped where this user may not make one. */

const CONTAINER = ["unshare", "--fork", "--pid", "--mount-proc", "--kill-child"];
const isAble = spawnSync(CONTAINER[0] as string, [...CONTAINER.slice(1), "true"]).status === 0;
const contained = isAble ? test : test.skip;

let folder: string;
let forge: Forge;
let agents: AgentStarter;
const boxes: Box[] = [];

beforeAll(() => {
  folder = mkdtempSync("/tmp/skerry-process-one-");
  forge = new Forge(join(folder, "fleet.git"));
  forge.deliver("eddm", 1, 1, siteFiles("one"));
  agents = new AgentStarter();
});

afterAll(() => {
  agents.close();
  for (const box of boxes) box.remove();
  rmSync(folder, { recursive: true, force: true });
});

function boxWith(repository: string): Box {
  const box = new Box("eddm", repository, forge.trustBytes);
  boxes.push(box);
  return box;
}

const childrenOf = (pid: number): { pid: number; state: string; name: string }[] => {
  const found = spawnSync("ps", ["-o", "pid=,stat=,comm=", "--ppid", String(pid)], { encoding: "utf8" }).stdout;
  return found
    .split("\n")
    .flatMap((line) => [/^ *([0-9]+) +(\S+) +(.*)$/.exec(line)])
    .flatMap((match) => (match ? [{ pid: Number(match[1]), state: String(match[2]), name: String(match[3]) }] : []));
};

async function first(agent: AgentProcess): Promise<number> {
  await until("process 1", () => childrenOf(agent.child.pid as number).length === 1);
  return (childrenOf(agent.child.pid as number)[0] as { pid: number }).pid;
}

const failures = (agent: AgentProcess): number => agent.lines.filter(({ event }) => event === "poll-failed").length;

contained(
  "waits for processes that lost their parent: none stays as a zombie after polls that failed, and HUP and TERM reach the agent",
  async () => {
    let asked = 0;
    const server = createServer((socket) => void (asked++, socket.destroy()));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const agent = agents.start(boxWith(`http://127.0.0.1:${port}/fleet.git`), "run", CONTAINER);
    const one = await first(agent);
    await until("the first poll", () => failures(agent) === 1);
    expect(readFileSync(`/proc/${one}/comm`, "utf8")).toBe("sh\n");
    const [node] = childrenOf(one);
    for (let poll = 1; poll <= 3; poll++) {
      const before = asked;
      process.kill(one, "SIGHUP");
      await until(`poll ${poll}`, () => asked > before);
      await delay(300);
    }
    server.close();
    // An orphan that nothing of the agent's has to do with.
    execFileSync("nsenter", ["-t", String(one), "-p", "-m", "sh", "-c", "(sleep 0.2 &) ; exit 0"]);
    await delay(600);
    expect(childrenOf(one).filter(({ state }) => state.startsWith("Z"))).toEqual([]);
    expect(childrenOf(one).map(({ pid }) => pid)).toEqual([node?.pid]);
    process.kill(one, "SIGTERM");
    expect(await agent.ended).toBe(0);
  },
  40_000,
);

contained(
  "passes its exit code on, and starts again with the same process numbers after it was killed: the lock is no number",
  async () => {
    const box = boxWith(forge.folder);
    box.configure({ seqFloor: -1 });
    expect(await agents.start(box, "once", CONTAINER).ended).toBe(2);
    box.configure({});
    const killed = agents.start(box, "run", CONTAINER);
    const one = await first(killed);
    await until("the release", () => killed.lines.at(-1)?.state === "IDLE");
    process.kill(one, "SIGKILL");
    await killed.ended;
    const again = agents.start(box, "run", CONTAINER);
    const next = await first(again);
    await delay(1_500);
    process.kill(next, "SIGINT");
    expect([await again.ended, again.errors]).toEqual([0, ""]);
    expect(await agents.start(box, "once", CONTAINER).ended).toBe(0);
  },
  40_000,
);
