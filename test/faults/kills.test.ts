import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { readFileSync, rmSync } from "node:fs";
import { basename } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { CALLS, counting, hasStrace, injecting, placesIn } from "./injection.ts";
import { sampled, triesAll } from "../tries-all.ts";
import { deliver, expectCured, expectWhole, type FaultBox, FaultWorld, gitEnded } from "./fault-world.ts";

/** Real agents on a real disk, ended or refused at one system call after the other while a release goes in. */

let world: FaultWorld;
/** What one whole release asks of the operating system. */
let trace: string;
let traced: string;
/** The one box of all kinds: after each run it is as before. */
let struck: FaultBox;

beforeAll(async () => {
  world = await FaultWorld.open();
  if (!hasStrace) return;
  const box = await world.running("traced");
  struck = box;
  // The first process keeps what it compiled, which takes further renames.
  expect(await world.agents.start(box.box, "once").ended).toBe(0);
  deliver(box);
  trace = world.scratch("trace");
  traced = box.box.folder;
  expect(await world.agents.start(box.box, "once", counting(trace)).ended).toBe(0);
}, 60_000);

afterAll(() => world.close());

/** `points`: how many of all places are tried in a short run, which tries each call and each fault once. */
const ALL_KINDS: readonly (readonly [row: string, calls: keyof typeof CALLS, fault: string, points: number])[] = [
  ["power cut at a rename", "rename", "KILL", 2],
  ["power cut at a flush", "fsync", "KILL", 1],
  ["power cut at a removal", "unlink", "KILL", 1],
  ["power cut at a link", "symlink", "KILL", 1],
  ["power cut at a connection", "connect", "KILL", 1],
  ["rename returns EIO", "rename", "EIO", 1],
  ["fsync returns EIO", "fsync", "EIO", 1],
  ["unlink returns EIO", "unlink", "EIO", 1],
  ["disk full at a rename", "rename", "ENOSPC", 1],
  ["disk full at a flush", "fsync", "ENOSPC", 1],
  ["network cut: no connection", "connect", "ECONNREFUSED", 1],
];
const KINDS = sampled(ALL_KINDS, ([, , fault], index) => fault === "KILL" || index % 2 === 0);

const straced = hasStrace ? describe : describe.skip;

straced("a real process (skipped without strace)", () => {
  let runs = 0;

  test.each(KINDS)(
    "power cut, EIO or disk full: %s: the old or the new tree stands, and the next start ends with the new one",
    async (row, kind, fault, points) => {
      const box = struck;
      const calls = CALLS[kind];
      // What lies on memory only, git's cache and the status, is left to the long run.
      const places = placesIn(trace, calls, triesAll || kind === "connect" ? "" : traced);
      let hits = 0;
      for (const when of chosen(places, points)) {
        deliver(box);
        const agent = world.agents.start(box.box, "once", injecting({ calls, fault, when }));
        const end = await agent.ended;
        const what = { row, when, of: places.length, end };
        await gitEnded(box);
        await expectWhole(what, box, agent);
        if (end !== 0 || agent.output.includes(fault)) hits++;
        // A refusal that the agent noticed is told, and by nobody else's word.
        if (end === 3)
          expect({ ...what, said: agent.output + agent.errors }).toEqual({
            ...what,
            said: expect.stringMatching(/storage-failed|disk-full|offline|cache-damaged|bad-object|not-git|prune-blocked/),
          });
        await expectCured(what, box);
        runs++;
      }
      // A place that the agent never reached proves nothing.
      expect(hits).toBeGreaterThan(0);
    },
    1_800_000,
  );

  test("the number of injected runs is as promised", () => {
    process.stdout.write(`faults: ${runs} runs with an injected fault${triesAll ? "" : " (npm run test:faults tries many more)"}\n`);
    expect(runs).toBeGreaterThanOrEqual(triesAll ? 100 : KINDS.length);
  });
});

/** More places of one kind say nothing new, and cost a second each. */
const LONG_POINTS = 25;

/** `points` of the places, or in a long run as many as there are up to a bound, spread evenly. */
function chosen(places: readonly number[], points: number): readonly number[] {
  const count = Math.min(triesAll ? LONG_POINTS : points, places.length);
  return Array.from({ length: count }, (_, index) => places[Math.floor(((index + 0.5) * places.length) / count)] as number);
}

straced("T8 (skipped without strace)", () => {
  test("a release starts only git's programs, a shell that execs git, and flock, and writes only to the paths in agent.json", async () => {
    const { box } = await world.running("traced-once");
    const file = world.scratch("programs");
    const calls = "execve,open,openat,creat,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,symlink,symlinkat,link,linkat";
    const wrapper = ["strace", "-f", "-y", "--seccomp-bpf", "-qq", "-s", "500", "-o", file, "-e", `trace=${calls}`];
    rmSync(box.config.state, { recursive: true, force: true });
    expect(await world.agents.start(box, "once", wrapper).ended).toBe(0);
    const lines = readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => !/ = -1 |resumed>/.test(line));
    const programs = new Set(lines.flatMap((line) => /execve\("([^"]+)"/.exec(line)?.[1] ?? []).map((path) => basename(path)));
    expect([...programs].filter((name) => !/^(node|sh|git|git-remote-https?|flock)$/.test(name))).toEqual([]);
    expect(programs).toContain("git");
    const writes = lines.filter((line) => !/execve/.test(line) && (!/open/.test(line) || /O_WRONLY|O_RDWR|O_CREAT/.test(line)));
    // Of a symbolic link the name is written, which comes last; its target is only text.
    const paths = writes.flatMap((line) => (/symlink/.test(line) ? /"(\/[^"]*)"[^"]*$/ : /"(\/[^"]*)"/).exec(line)?.[1] ?? []);
    expect(paths.some((path) => path.startsWith(box.config.state))).toBe(true);
    const own = [box.folder, box.cache, world.agents.cache, "/dev/", "/proc/self/"];
    expect(paths.filter((path) => !own.some((folder) => path.startsWith(folder)))).toEqual([]);
  }, 60_000);
});

test("kill -9 at any moment of an update: the old or the new tree is applied, and the next start ends with the new one", async () => {
  const box = await world.running("killed");
  deliver(box);
  const begun = performance.now();
  expect(await world.agents.start(box.box, "once").ended).toBe(0);
  const wholeMs = performance.now() - begun;
  const rounds = triesAll ? 100 : 3;
  let killed = 0;
  for (let round = 0; round < rounds; round++) {
    deliver(box);
    const agent = world.agents.start(box.box, "once");
    // The first part of a run is Node's own start.
    const atMs = wholeMs * (0.3 + 0.7 * Math.random());
    await delay(atMs);
    agent.child.kill("SIGKILL");
    const what = { round, atMs, end: await agent.ended };
    if (what.end === "SIGKILL") killed++;
    await gitEnded(box);
    await expectWhole(what, box, agent);
    await expectCured(what, box);
  }
  expect(killed).toBeGreaterThan(rounds / 4);
}, 1_800_000);
