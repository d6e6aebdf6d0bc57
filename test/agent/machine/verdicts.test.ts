import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type HealthWord, type Journal, type OwnedObject, readJournal, writeJournal } from "../../../wire/index.ts";
import { nextDue } from "../../../agent/machine/due.ts";
import type { Event } from "../../../agent/machine/event.ts";
import { headline } from "../../../agent/machine/headline.ts";
import type { Machine } from "../../../agent/machine/state.ts";
import type { Moment } from "../../../agent/machine/moment.ts";
import type { SlotFacts, UnitProbe } from "../../../agent/machine/slot-facts.ts";
import { hasVerdict, healthChecked, startWatch, verdictOf } from "../../../agent/machine/watch.ts";
import {
  CURRENT,
  FACTS,
  JOURNAL,
  later,
  look,
  machineOf,
  NEXT,
  NOW,
  onTrial,
  orderOf,
  PROBED,
  run,
  type Run,
  SEEN,
  staged,
  STARTED,
  times,
  tree,
} from "../fixtures/machines.ts";

/** Trial, verdicts and the way back, in the core alone. */

describe("the health of a trial (A16)", () => {
  test("I8: healthy for the whole quiet time commits, and one check less does not", () => {
    // 10 s of quiet time are six looks, two seconds apart.
    expect(look(onTrial(), times(5, "healthy")).machine.phase).toBe("TRIAL");
    const { machine, effects } = look(onTrial(), times(6, "healthy"));
    expect(machine.phase).toBe("COMMIT");
    expect(machine.journal).toMatchObject({ current: NEXT, previous: CURRENT, candidate: null, starts: 0, baseline: {} });
    expect(effects).toEqual([{ do: "finalize", slot: NEXT, previous: CURRENT }]);
  });

  test("never healthy: at the deadline the site goes back, and the release is marked and not applied again (R9)", () => {
    expect(look(onTrial(), times(31, "unhealthy")).machine.phase).toBe("TRIAL");
    const { machine, effects } = look(onTrial(), times(40, "unhealthy"));
    expect(machine.phase).toBe("FALLBACK");
    expect(machine.journal.failed).toEqual([{ seq: 2, tree: tree("2"), reason: "unhealthy" }]);
    expect(effects).toEqual([{ do: "fall-back", slot: CURRENT, keep: [], other: NEXT }]);
    expect(headline(machine, NOW)).toMatchObject({ reason: "fallback", detail: expect.stringContaining("not healthy within 60 s") });
  });

  test("flapping: a break restarts the quiet time, and a unit that never completes it fails after deadline and quiet time", () => {
    const flapping = Array.from({ length: 60 }, (_, place): HealthWord => (place % 4 === 3 ? "unhealthy" : "healthy"));
    const { machine } = look(onTrial(), flapping);
    expect(machine.phase).toBe("FALLBACK");
    expect(machine.journal.failed[0]?.reason).toBe("unhealthy");
    const late = [...times(29, "unhealthy"), ...times(6, "healthy")] as HealthWord[];
    expect(look(onTrial(), late).machine.phase).toBe("COMMIT");
  });

  test("R4, I11: a probe without an answer is never healthy, its time does not count, and without any answer the release is postponed, not failed", () => {
    const gaps = [...times(3, "healthy"), "unknown", ...times(5, "healthy")] as HealthWord[];
    expect(look(onTrial(), gaps).machine.phase).toBe("TRIAL");
    expect(look(onTrial(), [...gaps, "healthy"]).machine.phase).toBe("COMMIT");
    const { machine } = look(onTrial(), times(40, "unknown"));
    expect(machine.phase).toBe("FALLBACK");
    expect(machine.journal).toMatchObject({ failed: [], candidate: NEXT, interruptions: 1, starts: 0 });
    expect(machine.memory.rolloutTrouble?.reason).toBe("interrupted");
  });

  test("R4: a box that was suspended for a night has observed nothing", () => {
    const asleep = look(onTrial(), ["healthy"]).machine;
    const { machine } = look(asleep, ["healthy"], 8 * 3_600_000);
    expect(machine.memory.watch?.countedMs).toBe(30_000);
    expect(look(look(onTrial(), ["unhealthy"]).machine, ["unhealthy"], 8 * 3_600_000).machine.phase).toBe("TRIAL");
  });

  test("already unhealthy: units that were unhealthy before the release, and units without a working probe, neither pass nor fail it", () => {
    const excused = onTrial(PROBED, { baseline: { "/Service/boards/boards": "unhealthy" } });
    expect(look(excused, times(5, "unhealthy")).machine.phase).toBe("TRIAL");
    expect(look(excused, times(6, "unhealthy")).machine.phase).toBe("COMMIT");
    const unprobed = look(onTrial(), ["unprobed"]).machine;
    expect(unprobed.phase).toBe("COMMIT");
    expect(
      headline(
        run(unprobed, [
          { type: "finalized", impaired: null },
          { type: "pruned", gone: [], blocked: [] },
        ]).machine,
        NOW,
      ).reason,
    ).toBe("unproven");
  });

  test("the baseline is checked on the running release before any change, and the result of an older check is ignored", () => {
    const ready = run(machineOf({}, { current: PROBED, isPersonWaiting: true }), staged(orderOf(2, "2"), "b", PROBED)).machine;
    const asking = run(ready, [{ type: "apply-due" }, { type: "candidate-stands" }, { type: "dry-run-passed" }]);
    expect(asking.machine.phase).toBe("DRYRUN");
    const [effect] = asking.effects as [Extract<(typeof asking.effects)[number], { do: "check-health" }>];
    expect(effect).toMatchObject({ do: "check-health", probes: PROBED.probes });
    const answers = [{ health: "unhealthy" as const, detail: "" }];
    const stale = run(asking.machine, [{ type: "health-checked", round: effect.round - 1, answers }]);
    expect(stale.machine.phase).toBe("DRYRUN");
    const { machine } = run(asking.machine, [{ type: "health-checked", round: effect.round, answers }]);
    expect(machine.phase).toBe("APPLY");
    expect(machine.journal).toMatchObject({ starts: 1, baseline: { "/Service/boards/boards": "unhealthy" } });
  });

  test("A16: the first release after a boot waits until the running one had its time to become healthy, and one for a DEGRADED site does not", () => {
    const ask = (machine: Machine, moment: Moment): Run =>
      run(machine, [{ type: "apply-due" }, { type: "candidate-stands" }, { type: "dry-run-passed" }], moment);
    const answer = (machine: Machine, health: HealthWord, moment: Moment): Machine =>
      run(machine, [{ type: "health-checked", round: machine.memory.round, answers: [{ health, detail: "" }] }], moment).machine;
    const ready = (state: "IDLE" | "DEGRADED"): Machine =>
      run(machineOf({ state }, { current: PROBED, runsSinceMs: NOW.monotonicMs, pollAtMs: 9e12 }), staged(orderOf(2, "2"), "b", PROBED))
        .machine;
    const waiting = answer(ask(ready("IDLE"), NOW).machine, "unhealthy", NOW);
    // At rest meanwhile: polls and repairs go on.
    expect(waiting).toMatchObject({ phase: "IDLE", journal: { candidate: { seq: 2 }, starts: 0 } });
    expect(headline(waiting, NOW).reason).toBe("settling");
    const quiet = { ...waiting, memory: { ...waiting.memory, pollAtMs: 9e12, driftAtMs: 9e12 } };
    expect(nextDue(quiet, NOW)).toEqual({ type: "apply-due", atMs: NOW.monotonicMs + 10_000 });
    expect(answer(ask(quiet, later(10_000)).machine, "healthy", later(10_000)).journal.baseline).toEqual({
      "/Service/boards/boards": "healthy",
    });
    expect(answer(ask(quiet, later(60_000)).machine, "unhealthy", later(60_000)).journal.baseline).toEqual({
      "/Service/boards/boards": "unhealthy",
    });
    // What could not be asked is asked again, for as long as it might take to become healthy.
    const blind = ask({ ...quiet, memory: { ...quiet.memory, runsSinceMs: 0 } }, later(30_000)).machine;
    expect(answer(blind, "unknown", later(30_000)).phase).toBe("IDLE");
    expect(answer(blind, "unknown", later(60_000)).journal.baseline).toEqual({ "/Service/boards/boards": "unknown" });
    expect(answer(ask(ready("DEGRADED"), NOW).machine, "unhealthy", NOW).phase).toBe("APPLY");
    // The window shut meanwhile, or the release was tried before: what could not be asked then has its whole time again.
    const next = { ...blind, phase: "IDLE" as const };
    expect(answer(ask(next, later(86_400_000)).machine, "unknown", later(86_400_000)).phase).toBe("IDLE");
  });

  test("R4, L3: a trial whose probes never answer ends as interrupted, and without one unhealthy result never as failed (I11)", () => {
    const restless = Array.from({ length: 200 }, (_, place): HealthWord => (place % 2 === 0 ? "unknown" : "unhealthy"));
    const { machine } = look(onTrial(), restless);
    expect(machine).toMatchObject({ phase: "FALLBACK", journal: { failed: [], interruptions: 1 } });
    const gaps = Array.from({ length: 400 }, (_, place): HealthWord => (place % 4 === 3 ? "unknown" : "healthy"));
    expect(look(onTrial(), gaps).machine).toMatchObject({ phase: "FALLBACK", journal: { failed: [], interruptions: 1 } });
  });

  test("A11, A24: a closing window, a pause and a stop during DRYRUN prevent APPLY", () => {
    const window = { cron: "0 2 * * *", minutes: 60, timeZone: "UTC" };
    const open: Moment = { ...NOW, wallMs: Date.parse("2026-11-21T02:59:50Z") };
    const shut: Moment = { ...open, wallMs: open.wallMs + 20_000, monotonicMs: open.monotonicMs + 20_000 };
    const facts = { ...PROBED, window };
    const asking = run(
      machineOf({ signedTime: 0 }, { current: PROBED }),
      [
        ...staged(orderOf(2, "2", { seconds: 1 }), "b", facts),
        { type: "apply-due" },
        { type: "candidate-stands" },
        { type: "dry-run-passed" },
      ],
      open,
    ).machine;
    const looked: Event = { type: "health-checked", round: asking.memory.round, answers: [{ health: "healthy", detail: "" }] };
    expect(run(asking, [looked], open).machine.phase).toBe("APPLY");
    expect(run(asking, [looked], shut).machine.phase).toBe("IDLE");
    expect(run(asking, [{ type: "pause-asked", seconds: 60, why: "x" }, looked], open).machine.phase).toBe("IDLE");
    expect(run(asking, [{ type: "stop-asked" }, looked], open).machine.phase).toBe("IDLE");
  });

  test("for any sequence of results, the verdict is healthy only after an observed quiet time without a break", () => {
    const word = fc.constantFrom<HealthWord>("healthy", "healthy", "healthy", "unhealthy", "unknown", "unprobed");
    fc.assert(
      fc.property(fc.array(fc.tuple(word, fc.integer({ min: 0, max: 40_000 })), { maxLength: 60 }), (looks) => {
        let watch = startWatch(PROBED, {}, 1, NOW.monotonicMs);
        let at = 0;
        const seen: { health: HealthWord; at: number }[] = [];
        for (const [health, pause] of looks) {
          at += pause;
          seen.push({ health, at });
          watch = healthChecked(watch, PROBED, [{ health, detail: "" }], later(at));
          if (verdictOf(watch, PROBED).is !== "healthy" || !hasVerdict(watch)) continue;
          const run = seen.slice(seen.findLastIndex((one) => one.health !== "healthy") + 1);
          expect(at - (run[0] as { at: number }).at).toBeGreaterThanOrEqual(10_000);
        }
      }),
    );
  });
});

describe("after a power cut", () => {
  const start = (boot = JOURNAL.boot): Event => ({ ...STARTED, boot, current: PROBED, candidate: PROBED }) as Event;
  const cut = (state: Journal["state"], journal: Partial<Journal> = {}): Machine =>
    machineOf({ state, candidate: NEXT, starts: 1, seen: SEEN, ...journal });

  test("power cut, TRIAL: the tree is applied again and watched for its full time, with one more start", () => {
    const { machine, effects } = run(cut("TRIAL"), [start()]);
    expect(machine).toMatchObject({ phase: "APPLY", journal: { starts: 2 } });
    expect(effects).toMatchObject([{ do: "apply", slot: NEXT }]);
    expect(run(machine, [{ type: "applied" }]).machine.memory.watch).toMatchObject({ countedMs: 0, checkedAtMs: null });
  });

  test("power cut, APPLY: out of memory three times within one boot fails the release; three power cuts only postpone it (A15)", () => {
    for (const state of ["APPLY", "TRIAL"] as const) {
      const crashed = run(cut(state, { starts: 3 }), [start()]).machine;
      expect(crashed.phase).toBe("FALLBACK");
      expect(crashed.journal.failed).toEqual([{ seq: 2, tree: tree("2"), reason: "agent-crash" }]);
      const other = "11111111-0000-4000-8000-000000000000";
      const unlucky = run(cut(state, { starts: 3 }), [start(other)]).machine;
      expect(unlucky.phase).toBe("FALLBACK");
      expect(unlucky.journal).toMatchObject({ failed: [], interruptions: 1, retryAt: NOW.wallMs / 1000 + 900 });
    }
  });

  test("the boot of the first counted start stays in the journal until the count is reset", () => {
    const boots = ["11111111-0000-4000-8000-000000000000", "22222222-0000-4000-8000-000000000000"];
    const first = run(cut("APPLY", { starts: 0, boot: boots[0] as string }), [start(boots[0])]).machine;
    expect(first.journal).toMatchObject({ starts: 1, boot: boots[0] });
    const second = run(machineOf(first.journal), [start(boots[1])]).machine;
    expect(second.journal).toMatchObject({ starts: 2, boot: boots[0] });
  });

  test("power cut, FALLBACK/CHECK: going back is repeated until it is done, and the failed release is not applied again", () => {
    for (const state of ["FALLBACK", "CHECK"] as const) {
      const { machine, effects } = run(cut(state, { starts: 0 }), [start()]);
      expect(machine.phase).toBe("FALLBACK");
      expect(effects).toMatchObject([{ do: "fall-back", slot: CURRENT, other: NEXT }]);
    }
  });

  test("agent upgraded: a journal of an agent without trials is readable, and each of its states continues", () => {
    const older = readJournal(Buffer.from(writeJournal({ ...JOURNAL, owned: [], baseline: {}, candidate: NEXT, starts: 1 })));
    if ("fault" in older) throw new Error(older.fault);
    expect(JSON.stringify(older.value)).not.toContain("interruptions");
    const ends = ["PROVISIONING", "IDLE", "APPLY", "COMMIT", "PRUNE"] as const;
    const went = ends.map((state) => run(machineOf({ ...older.value, state }), [start()]));
    expect(went.map(({ machine }) => machine.phase)).toEqual([...ends]);
    expect(went.map(({ effects }) => effects.find((effect) => effect.do !== "report")?.do)).toEqual([
      undefined,
      undefined,
      "apply",
      "finalize",
      "prune",
    ]);
  });

  test("a requested stop is not a crash", () => {
    const applying = run(cut("APPLY"), [start(), { type: "stop-asked" }, { type: "applied" }]).machine;
    expect(applying).toMatchObject({ phase: "TRIAL", journal: { starts: 1 } });
    const stopped = run(onTrial(), [{ type: "stop-asked" }]).machine;
    expect(stopped).toMatchObject({ phase: "TRIAL", journal: { state: "TRIAL", starts: 0 } });
    expect(run(machineOf(stopped.journal), [start()]).machine.journal.starts).toBe(1);
  });
});

describe("going back", () => {
  const failed = look(onTrial(), times(40, "unhealthy")).machine;
  const back = run(failed, [{ type: "fell-back" }]);

  test("R5: the old tree is watched first; only then are the failed release's objects pruned and its slot given up", () => {
    expect(back.machine.phase).toBe("CHECK");
    expect(back.machine.journal.candidate).toEqual(NEXT);
    const checked = look(back.machine, times(6, "healthy"));
    expect(checked.machine.phase).toBe("PRUNE");
    expect(checked.effects).toMatchObject([{ do: "prune", slot: CURRENT, other: NEXT }]);
    const { machine } = run(checked.machine, [{ type: "pruned", gone: [], blocked: [] }]);
    expect(machine).toMatchObject({ phase: "IDLE", journal: { candidate: null, current: CURRENT, previous: null } });
    expect(nextDue({ ...machine, memory: { ...machine.memory, driftAtMs: 9e12 } }, NOW)?.type).toBe("poll-due");
  });

  test("fallback fails too: DEGRADED keeps the current tree, applies the next release at once, and ends when the tree has been healthy (A18)", () => {
    const ill = look(back.machine, times(40, "unhealthy")).machine;
    expect(ill).toMatchObject({ phase: "DEGRADED", journal: { state: "DEGRADED", current: CURRENT } });
    expect(headline(ill, NOW).reason).toBe("unhealthy");
    const healing = run(ill, [{ type: "drift-due" }, { type: "reconciled", repaired: 0, facts: null }]).machine;
    expect(healing).toMatchObject({ phase: "DEGRADED", memory: { driftTrouble: { reason: "unhealthy" } } });
    const window = { cron: "0 2 * * *", minutes: 1, timeZone: "UTC" };
    const cure = run(healing, staged(orderOf(3, "3"), "b", { window })).machine;
    expect(cure.phase).toBe("DEGRADED");
    expect(nextDue({ ...cure, memory: { ...cure.memory, watch: null } }, NOW)?.type).toBe("apply-due");
    // L4: what flaps costs no write with each look.
    const restless = look(healing, ["healthy", "unhealthy", "healthy", "unhealthy"], 60_000);
    expect(restless.machine.journal.record).toBe(look(healing, ["healthy"], 60_000).machine.journal.record);
    const cannot = run(failed, [{ type: "fall-back-failed", reason: "disk-full", detail: "", slotIsVoid: false }]).machine;
    expect(cannot).toMatchObject({ phase: "DEGRADED", memory: { driftTrouble: { reason: "disk-full" } } });
    // The health of whatever stands there meanwhile proves nothing of the current tree.
    expect(look(cannot, times(20, "healthy")).machine.phase).toBe("DEGRADED");
    const placed = run(cannot, [{ type: "drift-due" }, { type: "reconciled", repaired: 1, facts: null }]).machine;
    expect(placed).toMatchObject({ phase: "DEGRADED", memory: { watch: { countedMs: 0 } } });
    const well = look(placed, times(6, "healthy")).machine;
    expect(well.phase).toBe("PRUNE");
    expect(run(well, [{ type: "pruned", gone: [], blocked: [] }]).machine.phase).toBe("IDLE");
  });

  test("L3: a site whose slot could not be read at the start has no probes in CHECK, so it reads the slot again in DEGRADED", () => {
    const unread = { ...STARTED, current: null, candidate: PROBED } as Event;
    const { machine } = run(machineOf({ state: "FALLBACK", candidate: NEXT, seen: SEEN }), [unread, { type: "fell-back" }]);
    expect(machine).toMatchObject({ phase: "DEGRADED", memory: { driftTrouble: { reason: "storage-failed" } } });
    expect(nextDue(machine, NOW)).toMatchObject({ type: "drift-due", atMs: NOW.monotonicMs });
    const read = run(machine, [{ type: "drift-due" }, { type: "reconciled", repaired: 0, facts: PROBED }]).machine;
    expect(look(read, times(8, "healthy")).machine.phase).toBe("PRUNE");
  });

  test("A18: after a failed attempt to leave DEGRADED the site stays DEGRADED until the unhealthy unit is healthy, also across a restart", () => {
    const [probe] = PROBED.probes;
    const two: SlotFacts = {
      ...PROBED,
      probes: ["x", "y"].map((name) => ({ ...(probe as UnitProbe), object: `/Service/boards/${name}` })),
    };
    const degraded = machineOf({ state: "DEGRADED", candidate: NEXT, seen: SEEN }, { current: two, candidate: two, isInPlace: true });
    const asking = run(degraded, [{ type: "apply-due" }, { type: "candidate-stands" }, { type: "dry-run-passed" }]).machine;
    const answers = [
      { health: "unhealthy", detail: "" },
      { health: "healthy", detail: "" },
    ] as const;
    const tried = run(asking, [{ type: "health-checked", round: asking.memory.round, answers }, { type: "applied" }]).machine;
    expect(tried.journal).toMatchObject({ state: "TRIAL", isCure: true, baseline: { "/Service/boards/x": "unhealthy" } });
    const failed = look(tried, times(40, "unhealthy")).machine;
    for (const back of [failed, run(machineOf(failed.journal), [{ ...STARTED, current: two, candidate: two } as Event]).machine]) {
      const checked = run(back, [{ type: "fell-back" }]).machine;
      const still = look(
        checked,
        Array.from({ length: 60 }, () => ["unhealthy", "healthy"] as const),
      ).machine;
      expect(still).toMatchObject({ phase: "DEGRADED", journal: { state: "DEGRADED", isCure: true } });
      const well = look(
        run(still, [{ type: "drift-due" }, { type: "reconciled", repaired: 0, facts: null }]).machine,
        times(8, "healthy"),
        200_000,
      );
      expect(well.machine.phase).toBe("PRUNE");
      expect(well.machine.journal).not.toHaveProperty("isCure");
    }
  });

  test("interrupted is applied again after 15 min, 1 h, 6 h, then once a window, across restarts, and never pinned (A15)", () => {
    const waits: number[] = [];
    let journal: Journal = { ...JOURNAL, state: "IDLE", candidate: NEXT, seen: SEEN };
    for (let count = 0; count < 4; count++) {
      const waiting = machineOf({ ...journal, state: "APPLY", starts: 1 }, { candidate: FACTS });
      const cut = run(waiting, [{ type: "apply-failed", reason: "disk-full", detail: "" }]).machine;
      const rest = run(cut, [{ type: "fell-back" }, { type: "pruned", gone: [], blocked: [] }]).machine;
      expect(rest).toMatchObject({ phase: "IDLE", journal: { failed: [], candidate: NEXT, starts: 0 } });
      waits.push((rest.journal.retryAt as number) - NOW.wallMs / 1000);
      journal = rest.journal;
    }
    expect(waits).toEqual([900, 3_600, 21_600, 21_600]);
    const restarted = run(machineOf(journal), [{ ...STARTED, candidate: FACTS } as Event]).machine;
    expect(nextDue({ ...restarted, memory: { ...restarted.memory, pollAtMs: 9e12, driftAtMs: 9e12 } }, NOW)).toEqual({
      type: "apply-due",
      atMs: NOW.monotonicMs + 21_600_000,
    });
  });

  test("clock jumps: a back-off or a pause that a wrong wall clock set years ahead ends within a day (T23)", () => {
    const absurd = NOW.wallMs / 1000 + 600_000_000;
    const journal = { candidate: NEXT, seen: SEEN, retryAt: absurd, paused: { until: absurd, why: "a visit" } };
    const { machine } = run(machineOf(journal), [{ ...STARTED, candidate: FACTS } as Event]);
    const quiet = { ...machine, memory: { ...machine.memory, pollAtMs: 9e12, driftAtMs: 9e12 } };
    expect(nextDue(quiet, NOW)).toEqual({ type: "pause-over", atMs: NOW.monotonicMs + 86_400_000 });
    const resumed = run(quiet, [{ type: "pause-over" }], later(86_400_000)).machine;
    expect(nextDue({ ...resumed, memory: { ...resumed.memory, driftAtMs: 9e12 } }, later(86_400_000))?.type).toBe("apply-due");
  });

  test("R8, A19: an irreversible data change keeps the site on the new tree, DEGRADED, for any verdict of the trial", () => {
    const raised = { ...PROBED, units: { boards: { dataVersion: 2, deadlineSeconds: 60, quietSeconds: 10 } } };
    const ill = look(onTrial(raised), times(40, "unhealthy"));
    expect(ill.machine).toMatchObject({ phase: "DEGRADED", journal: { current: NEXT, candidate: null, previous: null } });
    expect(ill.effects.filter((effect) => effect.do === "fall-back")).toEqual([]);
    expect(ill.machine.memory.rolloutTrouble?.reason).toBe("one-way");
    // It needed longer than it said: once it is healthy it has not failed, and the site has not gone back.
    const placed = run(ill.machine, [{ type: "drift-due" }, { type: "reconciled", repaired: 0, facts: null }], later(90_000)).machine;
    const well = run(look(placed, times(6, "healthy"), 90_000).machine, [{ type: "pruned", gone: [], blocked: [] }]).machine;
    expect(well).toMatchObject({ phase: "IDLE", journal: { current: NEXT, failed: [] } });
    expect(headline(well, NOW).reason).toBe("committed");
    // Known to the journal from APPLY on, so that a slot that cannot be read does not take it along.
    const reached = run({ ...machineOf({ candidate: NEXT }, { candidate: raised }), phase: "DRYRUN" }, [
      { type: "dry-run-passed" },
    ]).machine;
    expect(reached.journal.data).toEqual({ boards: 2 });
    const blind = machineOf({ data: { boards: 2 } }, { current: null, currentIsVoid: true });
    const refused = run(blind, staged(orderOf(3, "3"), "b").slice(0, -1)).machine;
    expect(refused).toMatchObject({ phase: "IDLE", memory: { refusal: { reason: "one-way" } } });
    const crashed = run(machineOf({ state: "TRIAL", candidate: NEXT, starts: 3 }), [{ ...STARTED, candidate: raised } as Event]).machine;
    expect(crashed).toMatchObject({ phase: "DEGRADED", journal: { current: NEXT } });
  });
});

describe("ownership of objects (A17)", () => {
  const own = (id: string, seq: number): OwnedObject => ({ id, uid: "", unit: "boards", seq });
  const facts = (ids: readonly string[], consents: readonly string[] = []): SlotFacts => ({
    ...FACTS,
    objects: ids.map((id) => ({ id, unit: "boards" })),
    consents,
  });
  const PVC = "/PersistentVolumeClaim/boards/cache";
  const OLD = "apps/Deployment/boards/old";
  const NEW = "apps/Deployment/boards/new";

  test("I5, R2: old and new objects are in the journal before the first new byte is written, and the old ones stay until PRUNE", () => {
    const start = machineOf(
      { candidate: NEXT, owned: [own(OLD, 1), own(PVC, 1)] },
      { candidate: facts([NEW]), current: facts([OLD, PVC]) },
    );
    const { machine, effects, saved } = run({ ...start, phase: "DRYRUN" }, [{ type: "dry-run-passed" }]);
    expect(saved.at(-1)?.owned.map(({ id, seq }) => [id, seq])).toEqual([
      [OLD, 1],
      [PVC, 1],
      [NEW, 2],
    ]);
    expect(effects).toEqual([{ do: "apply", slot: NEXT, keep: [OLD, PVC], other: CURRENT, isFirst: false }]);
    expect(machine.phase).toBe("APPLY");
  });

  test("R7: volume claims, namespaces, definitions and storage classes are kept without a consent, and removed with one", () => {
    const kept = [PVC, "/Namespace//boards", "apiextensions.k8s.io/CustomResourceDefinition//a.b", "storage.k8s.io/StorageClass//fast"];
    const committed = (consents: readonly string[]): Run =>
      run(
        machineOf(
          { state: "COMMIT", current: NEXT, previous: CURRENT, owned: [OLD, ...kept].map((id) => own(id, 1)) },
          { current: facts([], consents) },
        ),
        [{ type: "finalized", impaired: null }],
      );
    expect(committed([]).effects).toEqual([{ do: "prune", slot: NEXT, keep: kept, other: CURRENT, gone: [OLD] }]);
    expect(committed([PVC]).effects).toMatchObject([{ do: "prune", gone: [OLD, PVC] }]);
  });

  test("A20: no start prunes a site that is retired with keep; A18: in DEGRADED only the recovery prunes", () => {
    const owned = [own(OLD, 1)];
    const retired = { ...facts([]), retired: "keep" as const };
    const kept = run(machineOf({ state: "RETIRED", owned }), [{ ...STARTED, current: retired } as Event]).machine;
    expect(nextDue(kept, later(9e9))).toBeUndefined();
    const ill = run(machineOf({ state: "DEGRADED", owned }), [{ ...STARTED, current: facts([]) } as Event]).machine;
    const due = { ...ill, memory: { ...ill.memory, pollAtMs: 9e12, driftAtMs: 9e12, watch: null } };
    expect(nextDue(due, later(9e8))?.type).not.toBe("prune-due");
    expect(nextDue({ ...due, memory: { ...due.memory, isReconciling: true } }, later(9e8))?.type).toBe("poll-due");
    expect(headline(ill, NOW).reason).toBe("degraded");
  });

  test("I6: nothing is pruned while the slot cannot be read", () => {
    const { effects } = run(machineOf({ state: "PRUNE", current: NEXT, owned: [own(OLD, 1)] }), [{ ...STARTED, current: null } as Event]);
    expect(effects).toMatchObject([{ do: "prune", gone: [] }]);
  });

  test("I4: objects that could not be removed stay in the journal and are tried again; removed ones leave it", () => {
    const pruning = machineOf({ state: "PRUNE", current: NEXT, owned: [own(OLD, 1), own(PVC, 1), own(NEW, 2)] }, { current: facts([NEW]) });
    const event: Event = { type: "pruned", gone: [OLD, PVC], blocked: [{ id: PVC, detail: "in use" }] };
    const { machine } = run(pruning, [event]);
    expect(machine.journal.owned).toEqual([own(PVC, 1), own(NEW, 2)]);
    const quiet = { ...machine, memory: { ...machine.memory, driftAtMs: 9e12, pollAtMs: 9e12, isInPlace: true } };
    expect(nextDue(quiet, NOW)).toEqual({ type: "prune-due", atMs: NOW.monotonicMs + 900_000 });
  });
});
