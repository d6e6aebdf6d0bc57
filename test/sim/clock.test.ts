import { describe, expect, test } from "@jest/globals";
import { Box, REPORT, STATE } from "./world/box.ts";
import { Chance } from "./schedule/chance.ts";
import { type Check, Watch } from "./checks/watch.ts";
import { Fleet } from "./world/fleet.ts";
import { SimServer } from "./world/repository.ts";
import { CHECKS, passUntil } from "./schedule/schedule.ts";
import { Stage } from "./world/stage.ts";
import { prepare } from "./schedule/start-state.ts";
import { scenario } from "./schedule/scenario.ts";

/** Days and weeks at one site, on a clock that passes as fast as the agent can think. */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

interface Site {
  readonly box: Box;
  readonly watch: Watch;
  readonly stage: Stage;
  /** Log lines so far. */
  lines: number;
  pass(ms: number): Promise<void>;
  until(isOver: () => boolean): Promise<void>;
}

const fleet = new Fleet();

/** A site that runs `promoted` since an hour, at half past nine in the morning. */
async function site(promoted: readonly string[]): Promise<Site> {
  const start = await prepare(fleet, scenario(promoted));
  const here = { lines: 0 };
  const counting: Check = { name: "the log is counted", log: () => void here.lines++ };
  const watch = new Watch(fleet, [...CHECKS, counting]);
  const box = new Box(start.image.settled(), new SimServer(fleet), new Chance(7), watch);
  watch.box = box;
  const stage = new Stage(box, watch, new Chance(8));
  for (const nature of promoted) stage.promote(nature);
  box.start();
  const pass = async (ms: number): Promise<void> => {
    const untilMs = box.time.monotonicMs + ms;
    box.time.at(untilMs, () => undefined);
    await passUntil(watch, () => box.time.monotonicMs >= untilMs);
    expect(watch.violations).toEqual([]);
  };
  const until = async (isOver: () => boolean): Promise<void> => {
    await passUntil(watch, isOver);
    expect(watch.violations).toEqual([]);
  };
  await pass(5 * MINUTE_MS);
  return Object.assign(here, { box, watch, stage, pass, until });
}

const runs = ({ watch }: Site): string | undefined => watch.treeBy(watch.journal?.current?.tree)?.nature.name;

describe("with a simulated clock", () => {
  test("A11: a release waits for its window, a newer one replaces it, and an urgent one does not wait", async () => {
    const here = await site(["good-a"]);
    // 09:35, and the window opened at 09:30 for four minutes.
    here.stage.promote("windowed-bad");
    await here.pass(MINUTE_MS);
    here.box.runner?.pollNow();
    await here.pass(MINUTE_MS);
    expect(here.watch.journal?.candidate?.seq).toBe(2);
    here.stage.promote("windowed");
    here.box.runner?.pollNow();
    await here.pass(2 * MINUTE_MS);
    expect(here.watch.journal).toMatchObject({ candidate: { seq: 3 }, failed: [] });
    expect(runs(here)).toBe("good-a");
    await here.pass(2 * MINUTE_MS);
    expect(runs(here)).toBe("windowed");
    await here.pass(4 * MINUTE_MS);
    // 09:45: shut again.
    here.stage.promote("good-b");
    here.stage.promote("windowed", true);
    here.stage.promote("windowed-bad", true);
    here.box.runner?.pollNow();
    await here.pass(MINUTE_MS);
    expect(here.watch.journal?.failed).toMatchObject([{ seq: 6, reason: "unhealthy" }]);
  });

  test("A10: a fallback during a fetch ends the fetch, and the health of the previous release is checked", async () => {
    const here = await site(["good-a", "good-b"]);
    here.box.server.line = { state: "up", delayMs: 20 * MINUTE_MS };
    here.box.runner?.pollNow();
    await here.pass(MINUTE_MS);
    expect(here.box.machine?.phase).toBe("FETCH");
    here.stage.play({ do: "say", word: "fallback" });
    await here.pass(MINUTE_MS);
    expect(runs(here)).toBe("good-a");
    // Well again, and asking for news once more.
    expect(here.box.machine).toMatchObject({ phase: "FETCH", journal: { state: "IDLE" } });
  });

  test("A15, I11: a journal write that fails in each of three trials postpones a good release and never fails it", async () => {
    const here = await site(["good-a"]);
    here.stage.promote("good-b");
    here.box.runner?.pollNow();
    for (let trial = 1; trial <= 3; trial++) {
      await here.until(() => here.box.machine?.phase === "TRIAL");
      here.box.faults.isFull = true;
      await here.until(() => here.box.machine === undefined);
      here.box.faults.isFull = false;
    }
    await here.pass(3 * MINUTE_MS);
    expect(runs(here)).toBe("good-a");
    expect(here.watch.journal).toMatchObject({ state: "IDLE", candidate: { seq: 2 }, failed: [], interruptions: 1 });
    await here.pass(15 * MINUTE_MS);
    expect(runs(here)).toBe("good-b");
  });

  test("A20, L5: the last report of a retired site is written again after a failed write, although nothing else happens there", async () => {
    const here = await site(["good-a"]);
    here.stage.promote("retired-keep");
    here.box.change((image) => image.makeFolder(`${REPORT}.new`));
    here.box.runner?.pollNow();
    await here.pass(MINUTE_MS);
    expect(here.box.machine?.phase).toBe("RETIRED");
    expect(here.watch.isReportLost).toBe(true);
    here.box.change((image) => image.remove(`${REPORT}.new`));
    await here.pass(2 * MINUTE_MS);
    expect(here.watch.isReportLost).toBe(false);
    expect(here.box.image.tryRead(REPORT)?.toString("latin1")).toContain('"state":"RETIRED"');
    const { changes } = here.box;
    await here.pass(DAY_MS);
    expect(here.box.changes).toBe(changes);
  });

  test("A10, I9: after a fallback request with a damaged slot the box stays on the running release, reports why, and keeps repairing drift", async () => {
    const here = await site(["good-a", "good-b"]);
    const slot = here.watch.journal?.previous?.slot;
    here.box.change((image) => image.remove(`${STATE}/slots/${slot}/files/plan.json`));
    here.stage.play({ do: "say", word: "fallback" });
    await here.pass(MINUTE_MS);
    expect(runs(here)).toBe("good-b");
    expect(here.box.machine).toMatchObject({
      phase: "IDLE",
      journal: { failed: [] },
      memory: { rolloutTrouble: { reason: "storage-failed" } },
    });
    here.stage.play({ do: "drift", kind: "edit" });
    await here.pass(2 * MINUTE_MS);
    expect(here.watch.isBent).toBe(false);
  });

  test("down for weeks: in 21 days without a network, drift is repaired within a minute each day, and the log does not grow", async () => {
    const here = await site(["good-a"]);
    here.box.server.line = { state: "offline", delayMs: 200 };
    await here.pass(DAY_MS);
    const { lines } = here;
    for (let day = 1; day <= 21; day++) {
      here.stage.play({ do: "drift", kind: day % 2 === 0 ? "remove-file" : "edit" });
      await here.pass(61_000);
      expect({ day, repaired: here.box.machine?.memory.driftRepairs }).toEqual({ day, repaired: expect.any(Number) });
      expect(here.box.machine?.memory.driftRepairs).toBeGreaterThanOrEqual(day);
      expect(here.box.workload.nature).toBe("good-a");
      await here.pass(DAY_MS - 61_000);
    }
    // One for each repair, and no more.
    expect(here.lines - lines).toBeLessThanOrEqual(21);
    expect(here.box.machine?.memory.pollTrouble?.reason).toBe("offline");
  }, 120_000);

  test("A28, L4: 24 idle hours cause no disk write, and the agent's memory does not grow", async () => {
    const here = await site(["good-a"]);
    await here.pass(HOUR_MS);
    const { changes } = here.box;
    const remembered = JSON.stringify(here.box.machine).length;
    const fetches = here.box.server.fetches;
    await here.pass(DAY_MS);
    expect(here.box.server.fetches - fetches).toBeGreaterThan(250);
    expect(here.box.changes).toBe(changes);
    expect(Math.abs(JSON.stringify(here.box.machine).length - remembered)).toBeLessThan(100);
  });
});
