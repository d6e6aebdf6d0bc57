import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { AgentStarter } from "../fixtures/agent-process.ts";
import type { Box } from "../fixtures/box.ts";
import { readExposition } from "../observe/exposition-reader.ts";
import { siteFiles } from "../fixtures/forge.ts";
import { Region, SITE } from "../fixtures/region.ts";

/** The agent as a process, and people and collectors who speak to it, each as another process or over a real port. */

const agents = new AgentStarter();
let region: Region;

beforeAll(async () => {
  region = await Region.open();
});

afterAll(async () => {
  agents.close();
  await region.close();
});

interface Said {
  readonly code: number | string;
  readonly out: string;
  readonly errors: string;
}

async function say(box: Box, command: string, ...words: readonly string[]): Promise<Said> {
  const agent = agents.start(box, command, [], words);
  return { code: await agent.ended, out: agent.output, errors: agent.errors };
}

async function until(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
  for (let waited = 0; waited < 20_000; waited += 100) {
    if (await isTrue()) return;
    await delay(100);
  }
  throw new Error(`waited 20 s for: ${what}`);
}

const targetText = (box: Box): string => JSON.stringify(box.target() ?? {});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test("A24, A28: other processes query, pause, resume, roll back and retry a running agent, and read its port", async () => {
  const { forge, box } = region.world("people");
  const port = await freePort();
  box.configure({ listen: `127.0.0.1:${port}` });
  const alone = await say(box, "pause", "--for", "2h", "--why", "roof");
  expect(alone).toMatchObject({
    code: 3,
    out: "",
    errors: expect.stringMatching(/^skerry agent: no-agent: no agent runs .* nothing was changed\. Start it/),
  });

  forge.deliver(SITE, 1, 1, siteFiles("release-1"));
  const agent = agents.start(box, "run");
  await until("the first release", () => targetText(box).includes("release-1"));
  await until("rest", async () => (await say(box, "status")).out.includes("runs, state IDLE"));
  expect(statSync(join(box.config.state, "control")).mode & 0o777).toBe(0o600);
  expect(await say(box, "fallback")).toMatchObject({ code: 1, out: "", errors: expect.stringMatching(/^skerry agent: no-previous: /) });

  // A pause holds a new release and repairs nothing; the journal holds it over a crash.
  expect(await say(box, "pause", "--for", "2h", "--why", "works on the roof")).toMatchObject({ code: 0, errors: "" });
  expect((await box.journal()).paused).toMatchObject({ why: "works on the roof" });
  forge.deliver(SITE, 2, 2, siteFiles("release-2"));
  expect((await say(box, "poll")).code).toBe(0);
  await until("the candidate", async () => (await box.journal()).candidate?.seq === 2);
  const paused = (await say(box, "status")).out;
  expect(paused).toMatch(/^paused: +until .* \(in (2 h|119 min)\): works on the roof$/m);
  expect(paused).toMatch(/^waits: +release 2 \(seq 2\): A person paused the agent\.$/m);
  expect(paused).toMatch(/^fallback: +not possible, no-previous: the waiting release uses its slot$/m);

  const metrics = await fetch(`http://127.0.0.1:${port}/metrics`);
  expect(metrics.status).toBe(200);
  const read = readExposition(await metrics.text());
  expect(read.get("skerry_agent_paused")?.series.get("")).toBe(1);
  expect(read.get("skerry_agent_seq")?.series.get('{slot="candidate"}')).toBe(2);
  expect(await (await fetch(`http://127.0.0.1:${port}/healthz`)).text()).toBe("ok\n");

  agent.child.kill("SIGKILL");
  await agent.ended;
  expect(existsSync(join(box.config.state, "control"))).toBe(true);
  expect((await say(box, "resume")).code).toBe(3);
  expect((await say(box, "status")).out).toMatch(/^agent: +DOES NOT RUN/m);

  const again = agents.start(box, "run");
  await until("an answer", async () => (await say(box, "resume", "-o", "json")).out === '{"ok":true,"text":"The pause is over."}\n');
  await until("the second release", () => targetText(box).includes("release-2"));
  await until("rest", async () => (await say(box, "status")).out.includes("possible, to release 1"));

  expect((await say(box, "fallback")).code).toBe(0);
  await until("the first release again", () => targetText(box).includes("release-1"));
  await until("rest", async () => (await say(box, "status")).out.includes("runs, state IDLE"));
  expect((await say(box, "status")).out).toMatch(/^failed: +seq 2, operator: /m);
  expect((await say(box, "retry")).code).toBe(0);
  await until("the second release again", () => targetText(box).includes("release-2"));

  again.child.kill("SIGTERM");
  expect([await again.ended, again.errors]).toEqual([0, ""]);
  expect(existsSync(join(box.config.state, "control"))).toBe(false);
}, 120_000);

test("status distinguishes an agent without a socket from no agent, and a lost journal from a new box", async () => {
  const { forge, box } = region.world("gone");
  forge.deliver(SITE, 1, 1, siteFiles("release-1"));
  const agent = agents.start(box, "run");
  await until("rest", async () => (await say(box, "status")).out.includes("runs, state IDLE"));
  rmSync(join(box.config.state, "control"));
  expect((await say(box, "status")).out).toMatch(
    /^agent: +runs, but DOES NOT ANSWER: its socket does not exist; it is starting or stopping; /m,
  );
  agent.child.kill("SIGKILL");
  await agent.ended;
  expect((await say(box, "status")).out).toMatch(
    /^agent: +DOES NOT RUN, stopped in state IDLE; last sign of life [-0-9T:]+Z \([0-9a-z ]+\): start it /m,
  );
  for (const file of ["journal.0", "journal.1"]) writeFileSync(join(box.config.state, file), "torn");
  expect((await say(box, "status")).out).toMatch(/^runs: +not known: the journal cannot be read \(journal\.0 is .*; journal\.1 is .*\); /m);
}, 60_000);

test("a port in use and a socket that cannot be created are warnings, and the site still gets its release", async () => {
  const { forge, box } = region.world("taken");
  forge.deliver(SITE, 1, 1, siteFiles("release-1"));
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
  try {
    box.configure({ listen: `127.0.0.1:${(holder.address() as { port: number }).port}` });
    expect((await say(box, "once")).code).toBe(0);
    // Whatever made a folder there: it is not ours to remove.
    mkdirSync(join(box.config.state, "control"));
    writeFileSync(join(box.config.state, "control/file"), "");
    forge.deliver(SITE, 2, 2, siteFiles("release-2"));
    const said = await say(box, "once");
    expect(said).toMatchObject({ code: 0, errors: "" });
    expect(targetText(box)).toContain("release-2");
    const warnings = said.out.split("\n").filter((line) => line.includes('"warn"'));
    expect(warnings.map((line) => (JSON.parse(line) as { event: string }).event)).toEqual(["control", "listen"]);
  } finally {
    await new Promise((resolve) => holder.close(resolve));
  }
}, 60_000);
