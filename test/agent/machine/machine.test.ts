import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { readFileSync, writeFileSync } from "node:fs";
import { AGENT_STATES, type JournalSlot, readJournal, writeJournal } from "../../../wire/index.ts";
import { logLineOf } from "../../../agent/log-line.ts";
import { nextDue } from "../../../agent/machine/due.ts";
import type { Effect, Event } from "../../../agent/machine/event.ts";
import { headline } from "../../../agent/machine/headline.ts";
import type { Machine } from "../../../agent/machine/state.ts";
import type { Moment } from "../../../agent/machine/moment.ts";
import type { SlotFacts } from "../../../agent/machine/slot-facts.ts";
import { step } from "../../../agent/machine/step.ts";
import { DURABLE, TABLE } from "../../../agent/machine/table.ts";
import { openingOf } from "../../../agent/window.ts";
import {
  FACTS,
  JOURNAL,
  later,
  machineOf,
  MEMORY,
  NOW,
  orderOf,
  placed,
  PROBED,
  run,
  staged,
  STARTED,
  TIPS,
  tree,
  WALKED,
} from "../fixtures/machines.ts";
import { withWords } from "../fixtures/words.ts";

/** The core alone: no disk, no clock, no git. What it wants done comes out as data. */

describe("the transition table", () => {
  test("every durable state has rows for a start: recovery uses the same table", () => {
    for (const state of DURABLE) expect(TABLE.some((row) => row.from === state && row.on === "started")).toBe(true);
  });

  test("a guarded row is always followed by one without a guard, so every event has a row", () => {
    for (const [place, row] of TABLE.entries()) {
      if (row.when === undefined) continue;
      const after = TABLE.slice(place + 1).filter(({ from, on }) => (from === row.from || from === "ANY") && on === row.on);
      expect({ row, isCaught: after.some(({ when }) => when === undefined) }).toEqual({ row, isCaught: true });
    }
  });

  test("no row is unreachable behind one without a guard", () => {
    for (const [place, row] of TABLE.entries()) {
      const before = TABLE.slice(0, place).filter(({ from, on, when }) => from === row.from && on === row.on && when === undefined);
      expect(before).toEqual([]);
    }
  });

  test("every state of the table is in the journal's format", () => {
    const named = TABLE.flatMap((row) => [row.from, row.to]).filter((name) => !["RESTING", "ANY", "REST", "SAME", "BACK"].includes(name));
    expect(named.filter((name) => !(AGENT_STATES as readonly string[]).includes(name))).toEqual([]);
  });

  test("I18: docs/agent.md has the table and the reason words of the code", () => {
    const path = new URL("../../../docs/agent.md", import.meta.url);
    if (process.env["SKERRY_WRITE_DOCS"] === "1") writeFileSync(path, withWords(readFileSync(path, "utf8")));
    const page = readFileSync(path, "utf8");
    expect(page).toBe(withWords(page));
  });

  test("an event without a row stops the program", () => {
    expect(() => step(machineOf(), { type: "applied" }, NOW)).toThrow('no row for "applied" in IDLE');
  });
});

describe("a release", () => {
  test("goes through all states, and each intent is durable before its effect starts", () => {
    const verified = orderOf(2, "2");
    const { machine, saved } = run(machineOf({ previous: { slot: "b", release: 0 + 1, seq: 1, tree: tree("0") } }), [
      STARTED,
      ...staged(verified, "b"),
      { type: "apply-due" },
      { type: "candidate-stands" },
      { type: "dry-run-passed" },
      { type: "applied" },
      { type: "finalized", impaired: null },
      { type: "pruned", gone: [], blocked: [] },
    ]);
    const told = saved.map(({ state, current, candidate, previous, starts }) => [
      state,
      current?.seq,
      candidate?.seq,
      previous?.seq,
      starts,
    ]);
    expect(told).toEqual([
      // the first report
      ["IDLE", 1, undefined, 1, 0],
      // A10: staging takes the previous release's slot, and says so first
      ["IDLE", 1, undefined, undefined, 0],
      ["IDLE", 1, 2, undefined, 0],
      ["APPLY", 1, 2, undefined, 1],
      ["COMMIT", 2, undefined, 1, 0],
      ["PRUNE", 2, undefined, 1, 0],
      ["IDLE", 2, undefined, 1, 0],
    ]);
    expect(machine.journal.seen).toEqual({ seq: 2, commit: verified.id, tree: tree("2") });
    expect(saved.map(({ record }) => record)).toEqual([8, 9, 10, 11, 12, 13, 14]);
  });

  test("A6: no seq is accepted before the slot has the release", () => {
    const verified = orderOf(2, "2");
    const before = run(machineOf(), staged(verified, "b").slice(0, -1));
    expect(before.machine.phase).toBe("STAGE");
    expect(before.machine.journal.seen?.seq).toBe(1);
    expect(before.effects).toEqual([{ do: "stage", verified, slot: "b" }]);
  });

  test("A7: the same tree under a higher seq changes neither the other slot nor the target", () => {
    const verified = orderOf(2, "1");
    const previous: JournalSlot = { slot: "b", release: 1, seq: 1, tree: tree("0") };
    const first = run(machineOf({ previous }), staged(verified, "b").slice(0, -1));
    expect(first.effects).toEqual([{ do: "restamp", verified, slot: JOURNAL.current }]);
    const { machine } = run(first.machine, [{ type: "restamped", verified }]);
    expect(machine.phase).toBe("IDLE");
    expect(machine.journal.current).toEqual({ slot: "a", release: 2, seq: 2, tree: tree("1") });
    expect(machine.journal.previous).toEqual(previous);
  });

  test("a higher seq replaces the one that waits", () => {
    const closed = { window: { cron: "0 2 * * *", minutes: 60, timeZone: "UTC" } };
    const { machine } = run(machineOf(), [...staged(orderOf(2, "2"), "b", closed), ...staged(orderOf(3, "3"), "b", closed)]);
    expect(machine.journal.candidate?.seq).toBe(3);
    expect(machine.journal.current?.seq).toBe(1);
  });

  test("A14: the first release waits for no window, and a failed APPLY is repeated with back-off", () => {
    const closed = { window: { cron: "0 2 * * *", minutes: 60, timeZone: "UTC" } };
    const fresh = machineOf({ state: "PROVISIONING", current: null, seen: null }, { current: null });
    const ready = run(fresh, staged(orderOf(1, "1"), "a", closed));
    expect(ready.machine.phase).toBe("PROVISIONING");
    expect(nextDue(ready.machine, NOW)).toEqual({ type: "apply-due", atMs: NOW.monotonicMs });
    const failed = run(ready.machine, [
      { type: "apply-due" },
      { type: "candidate-stands" },
      { type: "dry-run-passed" },
      { type: "apply-failed", reason: "target-occupied", detail: "a folder" },
    ]);
    expect(failed.machine.phase).toBe("PROVISIONING");
    expect(failed.machine.journal.retryAt).toBe(NOW.wallMs / 1000 + 900);
    expect(headline(failed.machine, NOW).reason).toBe("target-occupied");
    expect(nextDue(failed.machine, later(60_000))?.type).toBe("poll-due");
    expect(nextDue({ ...failed.machine, memory: { ...failed.machine.memory, pollAtMs: 9e9 } }, later(900_000))?.type).toBe("apply-due");
  });
});

test("the log line of an accepted release names it, although the headline is still about another one", () => {
  const waiting = { slot: "b", release: 2, seq: 2, tree: tree("2") } as const;
  const before = machineOf({ state: "VERIFY", candidate: waiting }, { candidate: FACTS });
  const event: Event = { type: "accepted", verified: orderOf(3, "3") };
  expect(logLineOf(before, step(before, event, NOW).machine, event, NOW)).toEqual({
    level: "info",
    event: "accepted",
    state: "STAGE",
    detail: "the release passed every check and is being written into its slot",
    seq: 3,
    release: 3,
  });
});

describe("windows (A11)", () => {
  const window = { cron: "0 2 * * *", minutes: 180, timeZone: "Europe/Berlin" };
  const at = (text: string): Moment => ({ ...NOW, wallMs: Date.parse(text) });
  const waiting = run(
    machineOf({ signedTime: 0 }),
    staged(orderOf(2, "2", { seconds: 1 }), "b", { window }),
    at("2026-11-21T12:00:00+01:00"),
  ).machine;
  const quiet = { ...waiting, memory: { ...waiting.memory, pollAtMs: 9e12, driftAtMs: 9e12 } };

  test("a release waits for its window, then it is due", () => {
    const noon = at("2026-11-21T12:00:00+01:00");
    expect(nextDue(quiet, noon)).toEqual({ type: "apply-due", atMs: noon.monotonicMs + 14 * 3_600_000 });
    expect(headline(quiet, noon).reason).toBe("window-closed");
    expect(nextDue(quiet, at("2026-11-22T02:00:00+01:00"))?.atMs).toBe(NOW.monotonicMs);
    expect(nextDue(quiet, at("2026-11-22T04:59:59+01:00"))?.atMs).toBe(NOW.monotonicMs);
    expect(nextDue(quiet, at("2026-11-22T05:00:00+01:00"))?.atMs).toBeGreaterThan(NOW.monotonicMs);
  });

  test("an urgent one does not wait", () => {
    const urgent = { ...quiet, memory: { ...quiet.memory, candidate: { ...FACTS, window, urgent: true } } };
    expect(nextDue(urgent, at("2026-11-21T12:00:00+01:00"))?.atMs).toBe(NOW.monotonicMs);
  });

  test("on both days of a daylight saving change the window opens once, at an existing time", () => {
    const openings = (day: string, next: string): number[] => {
      const found: number[] = [];
      for (let wall = Date.parse(day); wall < Date.parse(next); wall += 600_000) {
        const { isOpen } = openingOf({ cron: "30 2 * * *", minutes: 20, timeZone: "Europe/Berlin" }, wall);
        if (isOpen) found.push(wall);
      }
      return found;
    };
    expect(openings("2026-03-29T00:00:00Z", "2026-03-29T12:00:00Z")).toHaveLength(2);
    expect(openings("2026-10-25T00:00:00Z", "2026-10-25T12:00:00Z")).toHaveLength(2);
    expect(openings("2026-06-01T00:00:00Z", "2026-06-01T12:00:00Z")).toHaveLength(2);
  });

  test("with a clock behind the newest signed time the window is closed, the hours are summed, and after seven days it is open", () => {
    const behind = { ...quiet, journal: { ...quiet.journal, signedTime: NOW.wallMs / 1000 + 10 } };
    const soon = { ...behind, memory: { ...behind.memory, unsureAtMs: NOW.monotonicMs } };
    expect(nextDue(soon, NOW)).toEqual({ type: "unsure-due", atMs: NOW.monotonicMs });
    expect(headline(soon, NOW).reason).toBe("clock-unsure");
    const counted = run(soon, [{ type: "unsure-due" }]).machine;
    expect(counted.journal.unsureSeconds).toBe(3_600);
    const weary = { ...soon, journal: { ...soon.journal, unsureSeconds: 7 * 86_400 } };
    expect(nextDue(weary, NOW)).toEqual({ type: "apply-due", atMs: NOW.monotonicMs });
  });
});

describe("recovery", () => {
  const candidate: JournalSlot = { slot: "b", release: 2, seq: 2, tree: tree("2") };
  const start: Event = { ...STARTED, candidate: FACTS } as Event;

  test("R3: a start in APPLY continues with the same release, for at most three starts, then the site goes back", () => {
    const cut = machineOf({ state: "APPLY", candidate, starts: 1 });
    const second = run(cut, [start]);
    expect(second.machine.phase).toBe("APPLY");
    expect(second.machine.journal.starts).toBe(2);
    expect(second.effects).toEqual([{ do: "apply", slot: candidate, isFirst: false, keep: [], other: JOURNAL.current }]);
    const third = run(machineOf(second.machine.journal), [start]);
    expect(third.machine.journal.starts).toBe(3);
    const given = run(machineOf(third.machine.journal), [start]);
    expect(given.machine.phase).toBe("FALLBACK");
    expect(given.effects).toMatchObject([{ do: "fall-back", slot: JOURNAL.current, other: candidate }]);
    expect(given.machine.journal.failed).toEqual([{ seq: 2, tree: tree("2"), reason: "agent-crash" }]);
  });

  test("a start in COMMIT or PRUNE continues: the record was written, so the release runs", () => {
    const committed = machineOf({ state: "COMMIT", current: candidate, previous: JOURNAL.current });
    expect(run(committed, [STARTED]).effects).toEqual([{ do: "finalize", slot: candidate, previous: JOURNAL.current }]);
    expect(run(committed, [STARTED, { type: "finalized", impaired: null }]).effects).toMatchObject([
      { do: "prune", slot: candidate, gone: [] },
    ]);
    const pruned: Event = { type: "pruned", gone: [], blocked: [] };
    expect(run(machineOf({ state: "PRUNE", current: candidate }), [STARTED, pruned]).machine.phase).toBe("IDLE");
  });

  test("drift is not repaired from an unreadable current slot, and its release is fetched and staged again", () => {
    const broken: Event = { ...STARTED, current: null } as Event;
    const again = { ...orderOf(1, "1"), id: JOURNAL.seen?.commit as string };
    const { machine, effects } = run(machineOf(), [
      broken,
      { type: "poll-due" },
      { type: "fetched", tips: { ...TIPS, site: again.id } },
      WALKED,
      { type: "accepted", verified: again },
    ]);
    expect(effects).toEqual([{ do: "stage", verified: again, slot: "b" }]);
    expect(machine.phase).toBe("STAGE");
  });
});

describe("drift", () => {
  test("L1: an unreadable slot is read again each minute, and used as soon as it is readable", () => {
    const broken = run(machineOf(), [{ ...STARTED, current: null } as Event]).machine;
    const due = { ...broken, memory: { ...broken.memory, pollAtMs: 9e12 } };
    expect(nextDue(due, NOW)?.type).toBe("drift-due");
    const healing = run(due, [{ type: "drift-due" }]);
    expect(healing.effects).toMatchObject([{ do: "reconcile", withFacts: true }]);
    const { machine } = run(healing.machine, [{ type: "reconciled", repaired: 0, facts: FACTS }]);
    expect(machine.memory).toMatchObject({ current: FACTS, currentIsVoid: false });
  });

  test("is checked each minute, also during a long fetch, and never while a release is applied", () => {
    const due = machineOf({}, { pollAtMs: 9e12 });
    expect(nextDue(due, NOW)?.type).toBe("drift-due");
    const fetching = run(due, [{ type: "poll-due" }]).machine;
    const healing = run(fetching, [{ type: "drift-due" }]);
    expect(healing.effects).toEqual([{ do: "reconcile", slot: JOURNAL.current, keep: [], other: null, withFacts: false }]);
    expect(nextDue(healing.machine, later(120_000))).toBeUndefined();
    const applying = { ...due, phase: "APPLY" as const };
    expect(nextDue(applying, later(120_000))).toBeUndefined();
  });

  test("drift or deletion by hand: ten repairs in ten minutes mean another writer: contested, and repaired every ten minutes until it ends", () => {
    const flips = (machine: Machine, times: number, everyMs: number, fromMs = 0): Machine =>
      Array.from({ length: times }).reduce<Machine>(
        (before, _, index) =>
          run(before, [{ type: "drift-due" }, { type: "reconciled", repaired: 1, facts: null }], later(fromMs + index * everyMs)).machine,
        machine,
      );
    // Ten by ten people in an hour are no fight.
    expect(flips(machineOf(), 10, 400_000).memory.driftTrouble).toBeNull();
    const nine = flips(machineOf(), 9, 60_000);
    expect(nine.memory.driftTrouble).toBeNull();
    const ten = flips(nine, 1, 0, 540_000);
    expect(headline(ten, later(540_000))).toMatchObject({
      reason: "contested",
      detail: expect.stringContaining("10 times within 10 minutes"),
    });
    expect(ten.memory.driftAtMs).toBe(later(1_140_000).monotonicMs);
    const again = flips(ten, 1, 0, 1_140_000);
    expect(again.memory).toMatchObject({
      driftTrouble: { reason: "contested" },
      driftAtMs: later(1_740_000).monotonicMs,
      driftRepairs: 11,
    });
    const over = run(again, [{ type: "drift-due" }, { type: "reconciled", repaired: 0, facts: null }], later(1_740_000)).machine;
    expect(over.memory).toMatchObject({ driftTrouble: null, driftAtMs: later(1_800_000).monotonicMs });
  });

  test("APPLY waits for a running drift check", () => {
    const waiting = run(machineOf(), staged(orderOf(2, "2"), "b")).machine;
    const healing = run({ ...waiting, memory: { ...waiting.memory, pollAtMs: 9e12 } }, [{ type: "drift-due" }]).machine;
    expect(nextDue(healing, NOW)?.type).toBe("poll-due");
    expect(nextDue(run(healing, [{ type: "reconciled", repaired: 0, facts: null }]).machine, NOW)?.type).toBe("apply-due");
  });
});

describe("any sequence of events", () => {
  /** A world that answers each effect in some way, and rings any timer that is due. */
  function answers(effect: Effect, die: number): Event | undefined {
    const pick = <T>(...events: T[]): T => events[die % events.length] as T;
    switch (effect.do) {
      case "fetch": {
        const verified = orderOf(1 + (die % 6), "1");
        return pick<Event>(
          { type: "fetched", tips: { site: verified.id, trust: TIPS.trust } },
          { type: "poll-failed", reason: "offline", detail: "" },
          { type: "fetched", tips: { site: undefined, trust: TIPS.trust } },
        );
      }
      case "walk-trust":
        return pick<Event>(
          WALKED,
          { ...WALKED, broken: { refusal: "trust-broken", because: "" } } as Event,
          { type: "cache-lost", detail: "" },
          WALKED,
          { type: "poll-failed", reason: "storage-failed", detail: "" },
        );
      case "judge":
        return pick<Event>(
          { type: "accepted", verified: { ...orderOf(2 + (die % 3), String(die % 3)), id: effect.commit } },
          { type: "refused", refusal: { refusal: "bad-proof", because: "" } },
          { type: "cache-lost", detail: "" },
        );
      case "stage":
        return pick<Event>(
          { type: "staged", slot: placed(effect.verified, effect.slot), facts: factsOf(die), verified: effect.verified },
          { type: "poll-failed", reason: "disk-full", detail: "" },
        );
      case "restamp":
        return pick<Event>({ type: "restamped", verified: effect.verified }, { type: "poll-failed", reason: "storage-failed", detail: "" });
      case "recheck":
        return pick<Event>({ type: "candidate-stands" }, { type: "candidate-fell", refusal: { refusal: "storage-failed", because: "" } });
      case "pull":
        return pick<Event>(
          { type: "pulled", impaired: die % 2 === 0 ? null : "not here" },
          { type: "pull-failed", reason: "offline", detail: "", isNotFound: false },
          { type: "pull-failed", reason: "image-not-available", detail: "", isNotFound: true },
        );
      case "dry-run":
        return pick<Event>(
          { type: "dry-run-passed" },
          { type: "dry-run-passed" },
          { type: "dry-run-failed", reason: "bad-manifest", detail: "" },
          { type: "dry-run-failed", reason: "storage-failed", detail: "" },
        );
      case "check-health": {
        const health = pick("healthy", "healthy", "healthy", "unhealthy", "unknown", "unprobed");
        return { type: "health-checked", round: effect.round, answers: effect.probes.map(() => ({ health, detail: "" })) };
      }
      case "apply":
        return pick<Event>(
          { type: "applied" },
          { type: "applied" },
          { type: "apply-failed", reason: "target-occupied", detail: "" },
          { type: "apply-failed", reason: "refused", detail: "" },
        );
      case "fall-back":
        return pick<Event>(
          { type: "fell-back" },
          { type: "fell-back" },
          { type: "fall-back-failed", reason: "storage-failed", detail: "", slotIsVoid: die % 5 === 0 },
        );
      case "finalize":
        return { type: "finalized", impaired: null };
      case "prune":
      case "erase":
        return pick<Event>(
          { type: "pruned", gone: effect.gone, blocked: [] },
          { type: "pruned", gone: effect.gone, blocked: effect.gone.map((id) => ({ id, detail: "" })) },
          { type: "prune-failed", reason: "storage-failed", detail: "" },
        );
      case "reconcile":
        return pick<Event>(
          { type: "reconciled", repaired: die % 2, facts: null },
          { type: "reconcile-failed", reason: "storage-failed", detail: "", slotIsVoid: die % 3 === 0 },
        );
      case "end-poll":
      case "report":
        return undefined;
    }
  }

  /** Trees of every sort: with and without probes, objects, a higher data version, the last one of a site. */
  function factsOf(die: number): SlotFacts {
    const units = { boards: { dataVersion: 1 + (die % 11 === 0 ? 1 : 0), deadlineSeconds: 60, quietSeconds: die % 3 === 0 ? 0 : 10 } };
    const objects = [`apps/Deployment/boards/v${die % 3}`, `/PersistentVolumeClaim/boards/v${die % 3}`].map((id) => ({
      id,
      unit: "boards",
    }));
    const facts = { ...(die % 4 === 0 ? FACTS : PROBED), units, objects };
    return die % 53 === 0 ? { ...FACTS, units: {}, objects: [], retired: die % 2 === 0 ? "keep" : "erase" } : facts;
  }

  const WORDS: readonly Event[] = [
    { type: "poll-asked" },
    { type: "pause-asked", seconds: 600, why: "a visit" },
    { type: "resume-asked" },
    { type: "retry-asked" },
    { type: "fallback-asked" },
    { type: "stop-asked" },
  ];

  test("L2, L3, L4, I3: for every order of answers, timers and power cuts the table has a row, no counter falls, and the machine comes to rest", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1_000), { minLength: 50, maxLength: 300 }), fc.boolean(), (dice, isNew) => {
        let machine = isNew ? machineOf({ state: "PROVISIONING", current: null, seen: null }, { current: null }) : machineOf();
        machine = { ...machine, settings: { ...machine.settings, hasImages: (dice[0] as number) % 2 === 0 } };
        const facts = new Map<string, SlotFacts>();
        let waiting: Effect[] = [];
        let clock = 0;
        const act = (event: Event): void => {
          const before = machine.journal;
          if (event.type === "staged") facts.set(event.slot.slot, event.facts);
          const next = step(machine, event, later(clock));
          machine = next.machine;
          waiting.push(...next.effects.filter((effect) => effect.do !== "report"));
          expect(machine.journal.seen?.seq ?? 0).toBeGreaterThanOrEqual(before.seen?.seq ?? 0);
          expect(machine.journal.counter).toBeGreaterThanOrEqual(before.counter);
          expect(machine.journal.record - before.record).toBe(machine.journal === before ? 0 : 1);
          expect(DURABLE).toContain(machine.journal.state);
          expect(machine.journal.candidate?.slot).not.toBe(machine.journal.current?.slot ?? "none");
          if (machine.journal !== before)
            expect(readJournal(Buffer.from(writeJournal(machine.journal)))).toEqual({ value: machine.journal });
        };
        const begin = (): void => {
          waiting = [];
          const { current, candidate, previous } = machine.journal;
          const of = (slot: JournalSlot | null) => (slot === null ? null : (facts.get(slot.slot) ?? FACTS));
          machine = { ...machine, phase: machine.journal.state, memory: MEMORY };
          const slots = { current: of(current), candidate: of(candidate), previous: of(previous) };
          act({ type: "started", boot: JOURNAL.boot, ...slots, reported: null, now: false });
        };
        begin();
        for (const die of dice) {
          clock += die * 500;
          if (die % 37 === 0) begin();
          if (die % 29 === 0) act(WORDS[die % WORDS.length] as Event);
          const due = nextDue(machine, later(clock));
          const effect = waiting.shift();
          if (effect !== undefined && (die % 2 === 0 || due === undefined)) {
            const answer = answers(effect, die);
            if (answer) act(answer);
          } else {
            if (effect) waiting.unshift(effect);
            if (due && due.atMs <= later(clock).monotonicMs) act({ type: due.type });
            // Something is always under way or due: the agent never falls silent.
            else expect(due !== undefined || waiting.length > 0 || machine.phase === "RETIRED").toBe(true);
          }
        }
      }),
      { numRuns: 80 },
    );
  });
});
