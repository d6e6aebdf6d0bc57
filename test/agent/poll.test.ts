import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { applyRetrySeconds, pollDelayMs, retryDelayMs } from "../../agent/machine/back-off.ts";
import type { Event } from "../../agent/machine/event.ts";
import { headline } from "../../agent/machine/headline.ts";
import { JOURNAL, machineOf, NOW, orderOf, run, staged, STARTED, TIPS, tree, WALKED } from "./fixtures/machines.ts";

/** What the core makes of news, no news, and bad news. */

describe("a poll", () => {
  test("without changes writes no journal and no report, and reads no object", () => {
    const first = run(machineOf(), [
      STARTED,
      { type: "poll-due" },
      { type: "fetched", tips: { ...TIPS, site: JOURNAL.seen?.commit } },
      WALKED,
    ]);
    expect(first.machine.memory.judged).not.toBeNull();
    const idle = run(first.machine, [{ type: "poll-due" }, { type: "fetched", tips: { ...TIPS, site: JOURNAL.seen?.commit } }]);
    expect(idle.saved).toEqual([]);
    expect(idle.effects).toEqual([]);
  });

  test("A5: a refusal is stored with the trust tip, across a restart, and judged again when either tip changes", () => {
    const refused: Event = { type: "refused", refusal: { refusal: "unknown-key", because: "a stranger" } };
    const first = run(machineOf(), [{ type: "poll-due" }, { type: "fetched", tips: TIPS }, WALKED, refused]);
    expect(first.machine.journal.refused).toEqual({ commit: TIPS.site, trust: TIPS.trust, reason: "unknown-key" });
    expect(first.machine.journal.seen).toEqual(JOURNAL.seen);
    const restarted = run(machineOf(first.machine.journal), [STARTED, { type: "poll-due" }, { type: "fetched", tips: TIPS }, WALKED]);
    expect(restarted.machine.phase).toBe("IDLE");
    expect(headline(restarted.machine, NOW).reason).toBe("unknown-key");
    for (const tips of [
      { ...TIPS, trust: "e".repeat(40) },
      { ...TIPS, site: "9".repeat(40) },
    ]) {
      const moved = run(first.machine, [{ type: "poll-due" }, { type: "fetched", tips }, WALKED]);
      expect(moved.effects[0]?.do).toBe("judge");
    }
  });

  test("a release whose tag has not arrived is never pinned: the same tips are judged again", () => {
    const early: Event = { type: "refused", refusal: { refusal: "release-not-yet-known", because: "no tag" } };
    const first = run(machineOf(), [{ type: "poll-due" }, { type: "fetched", tips: TIPS }, WALKED, early]);
    expect(first.machine.journal.refused).toBeNull();
    expect(run(first.machine, [{ type: "poll-due" }, { type: "fetched", tips: TIPS }, WALKED]).effects[0]?.do).toBe("judge");
  });

  test("A8: a newer agent judges again what an older one could not read", () => {
    const old: Event = { type: "refused", refusal: { refusal: "agent-too-old", because: "needs 9.0.0" } };
    const first = run(machineOf(), [{ type: "poll-due" }, { type: "fetched", tips: TIPS }, WALKED, old]);
    expect(first.machine.journal.refused).toBeNull();
    expect(run(first.machine, [{ type: "poll-due" }, { type: "fetched", tips: TIPS }]).effects).toEqual([]);
    expect(
      run(machineOf(first.machine.journal), [STARTED, { type: "poll-due" }, { type: "fetched", tips: TIPS }, WALKED]).effects[0]?.do,
    ).toBe("judge");
  });

  test("A4: with a broken trust branch no site commit is judged, and versions before the fault are accepted", () => {
    const broken: Event = {
      ...WALKED,
      version: 2,
      sha256: "2".repeat(64),
      broken: { refusal: "trust-broken", because: "version 3" },
    } as Event;
    const { machine, effects } = run(machineOf(), [{ type: "poll-due" }, { type: "fetched", tips: TIPS }, broken]);
    expect(effects.filter((effect) => effect.do === "judge")).toEqual([]);
    expect(machine.journal.trust).toEqual({ version: 2, sha256: "2".repeat(64) });
    expect(headline(machine, NOW).reason).toBe("trust-broken");
  });

  test("A9: a candidate that a new trust version refuses is dropped, and the same commit is judged again", () => {
    const closed = { window: { cron: "0 2 * * *", minutes: 60, timeZone: "UTC" } };
    const verified = orderOf(2, "2");
    const waiting = run(machineOf(), staged(verified, "b", closed)).machine;
    const fallen: Event = { ...WALKED, version: 2, sha256: "2".repeat(64), fallen: { refusal: "revoked-key", because: "lost" } } as Event;
    const { machine, effects } = run(waiting, [
      { type: "poll-due" },
      { type: "fetched", tips: { site: verified.id, trust: "e".repeat(40) } },
      fallen,
    ]);
    expect(machine.journal.candidate).toBeNull();
    expect(effects).toEqual([{ do: "judge", commit: verified.id, trust: "e".repeat(40), seen: machine.journal.seen, runs: tree("1") }]);
  });

  test("T6: seqs above a reset are issued again, so their failure marks are removed", () => {
    const failed = [41, 45].map((seq) => ({ seq, tree: tree("9"), reason: "unhealthy" as const }));
    const { machine } = run(machineOf({ failed, seen: { seq: 50, commit: "1".repeat(40), tree: tree("1") } }), [
      { type: "poll-due" },
      { type: "fetched", tips: TIPS },
      { ...WALKED, version: 2, reset: 43 } as Event,
    ]);
    expect(machine.journal).toMatchObject({ seen: { seq: 43 }, failed: [{ seq: 41 }] });
  });

  test("T6, I3: only a reset by root lowers the accepted seq", () => {
    const reset: Event = { ...WALKED, version: 2, sha256: "2".repeat(64), reset: 10 } as Event;
    const high = machineOf({ seen: { seq: 2 ** 50, commit: "1".repeat(40), tree: tree("1") } });
    expect(run(high, [{ type: "poll-due" }, { type: "fetched", tips: TIPS }, reset]).machine.journal.seen?.seq).toBe(10);
    const again: Event = { ...WALKED, reset: 10 } as Event;
    expect(run(high, [{ type: "poll-due" }, { type: "fetched", tips: TIPS }, again]).machine.journal.seen?.seq).toBe(2 ** 50);
  });

  test("L4: the poll interval grows after each failure, from 30 s to 15 min, and is reset by the first answer", () => {
    const fresh = machineOf();
    let machine = fresh;
    const waits: number[] = [];
    for (let index = 0; index < 8; index++) {
      machine = run(machine, [{ type: "poll-due" }, { type: "poll-failed", reason: "offline", detail: "no route" }], {
        ...NOW,
        fraction: 0.999_999,
      }).machine;
      waits.push(Math.round((machine.memory.pollAtMs - NOW.monotonicMs) / 1000));
    }
    expect(waits).toEqual([30, 60, 120, 240, 480, 900, 900, 900]);
    expect(machine.journal.seen).toBe(fresh.journal.seen);
    machine = run(machine, [{ type: "poll-due" }, { type: "fetched", tips: { ...TIPS, site: JOURNAL.seen?.commit } }, WALKED]).machine;
    expect(machine.memory.failures).toBe(0);
    expect(machine.memory.pollAtMs - NOW.monotonicMs).toBe(300_000);
  });

  test("that is requested during another one follows at once, and only once", () => {
    const ended = run(machineOf(), [{ type: "poll-due" }, { type: "poll-asked" }, { type: "poll-failed", reason: "offline", detail: "" }]);
    expect(ended.machine.memory.pollAtMs).toBe(NOW.monotonicMs);
    const again = run(ended.machine, [{ type: "poll-due" }, { type: "poll-failed", reason: "offline", detail: "" }]);
    expect(again.machine.memory.pollAtMs).toBeGreaterThan(NOW.monotonicMs);
    const applying = run({ ...machineOf({ retryAt: 9e9 }), phase: "APPLY" }, [{ type: "poll-asked" }]);
    expect(applying.machine.memory.pollAtMs).toBe(NOW.monotonicMs);
  });

  test("jitter stays within its bounds for every random value", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 0.999_999, noNaN: true }),
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 10, max: 86_400 }),
        (fraction, failures, seconds) => {
          const moment = { ...NOW, fraction };
          expect(Math.abs(pollDelayMs(seconds, moment) - seconds * 1000)).toBeLessThanOrEqual(seconds * 100 + 1);
          const retry = retryDelayMs(failures, seconds, moment);
          expect(retry).toBeGreaterThanOrEqual(Math.min(30_000, seconds * 1000) / 2);
          expect(retry).toBeLessThanOrEqual(900_000);
        },
      ),
    );
    expect([1, 2, 3, 9].map((count) => applyRetrySeconds(count, null, NOW))).toEqual([900, 3_600, 21_600, 21_600]);
    // NOW is a Thursday at 08:53 UTC: after three tries the window of the next night is waited for, not the open one.
    const window = { cron: "0 2 * * *", minutes: 1_000, timeZone: "UTC" };
    const seconds = applyRetrySeconds(4, window, NOW);
    expect(new Date(NOW.wallMs + seconds * 1000).toISOString().slice(11, 16)).toBe("02:00");
  });
});
