import { describe, expect, test } from "@jest/globals";
import type { HealthWord } from "../../../wire/index.ts";
import { hasVerdict } from "../../../agent/machine/watch.ts";
import { later, look, machineOf, NEXT, NOW, onTrial, orderOf, PROBED, run, staged, times, tree } from "../fixtures/machines.ts";

describe("the watch of units that are not healthy yet (A16)", () => {
  test("a unit that was unhealthy is watched for its quiet time, and once more when it becomes healthy within it, before the release is committed", () => {
    const excused = onTrial(PROBED, { baseline: { "/Service/boards/boards": "unhealthy" } });
    expect(look(excused, ["healthy"]).machine.phase).toBe("TRIAL");
    expect(look(excused, times(5, "healthy")).machine.phase).toBe("TRIAL");
    const cured = look(excused, times(6, "healthy")).machine;
    expect(cured.phase).toBe("COMMIT");
    expect(hasVerdict(cured.memory.watch as NonNullable<typeof cured.memory.watch>)).toBe(true);
    // Healthy after 8 of its 10 s: until 18 s.
    const late = [...times(4, "unhealthy"), ...times(5, "healthy")] as HealthWord[];
    expect(look(excused, late).machine.phase).toBe("TRIAL");
    expect(look(excused, [...late, "healthy"]).machine.phase).toBe("COMMIT");
    // One that comes and goes is no fault of the release, and is not waited for beyond its deadline and quiet time.
    const flaps = Array.from({ length: 60 }, (_, place): HealthWord => (place % 2 === 0 ? "healthy" : "unhealthy"));
    const { machine } = look(excused, flaps);
    expect(machine.phase).toBe("COMMIT");
    // What cannot be asked at all is waited for as long, and no longer.
    expect(look(excused, times(5, "unknown")).machine.phase).toBe("TRIAL");
    expect(look(excused, times(8, "unknown")).machine.phase).toBe("COMMIT");
  });

  test("progressing beyond the deadline is unhealthy when the release is the cause; when the box is, the release is postponed", () => {
    const failed = look(onTrial(), times(40, "progressing")).machine;
    expect(failed.phase).toBe("FALLBACK");
    expect(failed.journal.failed).toEqual([{ seq: 2, tree: tree("2"), reason: "unhealthy" }]);
    expect(failed.memory.rolloutTrouble?.detail).toContain("not healthy within 60 s: seen");
    // Ready in time.
    expect(look(onTrial(), [...times(29, "progressing"), ...times(6, "healthy")] as HealthWord[]).machine.phase).toBe("COMMIT");
    // Restarted again and again, and in the end healthy for a moment.
    const restarts = Array.from({ length: 60 }, (_, place): HealthWord => (place % 4 === 3 ? "progressing" : "healthy"));
    expect(look(onTrial(), restarts).machine.journal.failed[0]?.reason).toBe("unhealthy");

    const held = look(onTrial(), times(400, "progressing"), 0, "box").machine;
    expect(held.phase).toBe("FALLBACK");
    expect(held.journal).toMatchObject({ failed: [], candidate: NEXT, interruptions: 1 });
    expect(held.memory.rolloutTrouble).toMatchObject({ reason: "interrupted", detail: expect.stringContaining("seen") });
    const waited = look(onTrial(), times(20, "progressing"), 0, "box").machine;
    expect(waited.memory.watch?.countedMs).toBe(0);
    expect(look(waited, times(7, "healthy"), 40_000).machine.phase).toBe("COMMIT");
  });

  test("a unit that was progressing before the release has its own time first, and then cannot fail the release", () => {
    const excused = onTrial(PROBED, { baseline: { "/Service/boards/boards": "progressing" } });
    const { machine } = look(excused, times(60, "progressing"));
    expect(machine.phase).toBe("COMMIT");
    const running = machineOf({}, { current: PROBED, runsSinceMs: NOW.monotonicMs - 20_000, driftAtMs: Number.MAX_SAFE_INTEGER });
    const ready = run(running, staged(orderOf(2, "2"), "b", PROBED)).machine;
    const asking = run(ready, [{ type: "apply-due" }, { type: "candidate-stands" }, { type: "dry-run-passed" }]);
    const { round } = asking.effects[0] as Extract<(typeof asking.effects)[number], { do: "check-health" }>;
    const answers = [{ health: "progressing", detail: "1 of 2 pods", cause: "release" }] as const;
    expect(run(asking.machine, [{ type: "health-checked", round, answers }]).machine.phase).toBe("IDLE");
    expect(run(asking.machine, [{ type: "health-checked", round, answers }], later(60_000)).machine).toMatchObject({
      phase: "APPLY",
      journal: { baseline: { "/Service/boards/boards": "progressing" } },
    });
  });
});
