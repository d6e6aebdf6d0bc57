import { describe, expect, test } from "@jest/globals";
import type { Journal, JournalSlot } from "../../../wire/index.ts";
import { answerTo } from "../../../agent/machine/answers.ts";
import { nextDue } from "../../../agent/machine/due.ts";
import type { Event } from "../../../agent/machine/event.ts";
import { headline } from "../../../agent/machine/headline.ts";
import type { Machine } from "../../../agent/machine/state.ts";
import type { Moment } from "../../../agent/machine/moment.ts";
import { step } from "../../../agent/machine/step.ts";
import {
  CURRENT,
  FACTS,
  later,
  machineOf,
  NEXT,
  NOW,
  onTrial,
  orderOf,
  placed,
  PROBED,
  run,
  SEEN,
  staged,
  STARTED,
  tree,
} from "../fixtures/machines.ts";

/** Images, and people at the box, in the core alone. */

describe("images (A12)", () => {
  const withImages = (machine: Machine): Machine => ({ ...machine, settings: { ...machine.settings, hasImages: true } });
  const verified = orderOf(2, "2");
  const pulling = run(withImages(machineOf()), staged(verified, "b"));

  test("are pulled as soon as the release is staged, at any time, while polls and drift repair continue", () => {
    expect(pulling.machine.phase).toBe("PREPULL");
    expect(pulling.effects).toEqual([{ do: "pull", slot: placed(verified, "b"), current: CURRENT }]);
    expect(nextDue(pulling.machine, later(120_000))?.type).toBe("drift-due");
    const { machine } = run(pulling.machine, [{ type: "pulled", impaired: null }]);
    expect(nextDue({ ...machine, memory: { ...machine.memory, driftAtMs: 9e12 } }, NOW)?.type).toBe("apply-due");
  });

  test("image missing: the release waits without a network, and fails when the registry has no such image", () => {
    const offline: Event = { type: "pull-failed", reason: "offline", detail: "no route", isNotFound: false };
    const waiting = run(pulling.machine, [offline]).machine;
    expect(waiting).toMatchObject({ phase: "IDLE", journal: { candidate: { seq: 2 }, failed: [] } });
    const due = nextDue({ ...waiting, memory: { ...waiting.memory, driftAtMs: 9e12, pollAtMs: 9e12 } }, NOW);
    expect(due).toMatchObject({ type: "pull-due" });
    const none: Event = { type: "pull-failed", reason: "image-not-available", detail: "no such image", isNotFound: true };
    const failed = run(pulling.machine, [none]).machine;
    expect(failed).toMatchObject({ phase: "IDLE", journal: { candidate: null, failed: [{ seq: 2, reason: "image-not-available" }] } });
  });

  test("L2: a candidate whose slot cannot be read is dropped and fetched again", () => {
    const fell: Event = { type: "candidate-fell", refusal: { refusal: "storage-failed", because: "a damaged slot" } };
    const { machine } = run(pulling.machine, [fell]);
    expect(machine).toMatchObject({ phase: "IDLE", journal: { candidate: null }, memory: { judged: null, pollAtMs: NOW.monotonicMs } });
  });

  test("image of the current release evicted: the status says so before the new release starts", () => {
    const { machine } = run(pulling.machine, [{ type: "pulled", impaired: "not here" }]);
    expect(machine.memory.fallbackTrouble?.reason).toBe("fallback-impaired");
  });

  test("power cut, PREPULL/DRYRUN: the release waits as before, its images are checked again, and nothing was changed", () => {
    const { machine } = run(withImages(machineOf({ ...pulling.machine.journal })), [{ ...STARTED, candidate: FACTS } as Event]);
    expect(machine.phase).toBe("IDLE");
    expect(nextDue({ ...machine, memory: { ...machine.memory, driftAtMs: 9e12, pollAtMs: 9e12 } }, NOW)?.type).toBe("pull-due");
  });
});

describe("people at the box (A24)", () => {
  const cutAt = (state: Journal["state"]): Machine => machineOf({ state, candidate: NEXT, starts: 1, seen: SEEN });
  const stepWith = (machine: Machine, event: Parameters<typeof answerTo>[0], moment: Moment = NOW) => {
    const { machine: after, effects } = step(machine, event, moment);
    return { after, effects, answer: answerTo(event, machine, after) };
  };

  test("a pause stops repair and new releases, ends automatically, and interrupts no running step", () => {
    const ready = run(machineOf(), staged(orderOf(2, "2"), "b")).machine;
    const { after, answer } = stepWith(ready, { type: "pause-asked", seconds: 90 * 86_400, why: "a visit" });
    expect(answer.ok).toBe(true);
    expect(after.journal.paused).toEqual({ until: NOW.wallMs / 1000 + 86_400, why: "a visit" });
    expect(nextDue({ ...after, memory: { ...after.memory, pollAtMs: 9e12 } }, NOW)).toEqual({
      type: "pause-over",
      atMs: NOW.monotonicMs + 86_400_000,
    });
    expect(headline(after, NOW)).toMatchObject({ reason: "paused", detail: "a visit" });
    const over = run(after, [{ type: "pause-over" }], later(86_400_000)).machine;
    expect(nextDue({ ...over, memory: { ...over.memory, driftAtMs: 9e12, pollAtMs: 9e12 } }, later(86_400_000))?.type).toBe("apply-due");
    const trial = stepWith(onTrial(), { type: "pause-asked", seconds: 60, why: "x" }).after;
    expect(nextDue(trial, NOW)?.type).toBe("health-check-due");
  });

  test("fallback goes back to the previous release and marks the running one; while a release waits it is not possible, and the answers say so (A10)", () => {
    const previous: JournalSlot = { slot: "b", release: 1, seq: 1, tree: tree("0") };
    const running = machineOf({ current: { ...CURRENT, seq: 2 }, previous, seen: SEEN }, { previous: PROBED });
    const { after, answer } = stepWith(running, { type: "fallback-asked" });
    expect(answer).toMatchObject({ ok: true, text: "Going back to release 1." });
    expect(nextDue(after, NOW)?.type).toBe("fallback-due");
    const { machine, effects } = run(after, [{ type: "fallback-due" }]);
    expect(machine).toMatchObject({ phase: "FALLBACK", journal: { current: previous, failed: [{ seq: 2, reason: "operator" }] } });
    expect(effects).toMatchObject([{ do: "fall-back", slot: previous }]);
    expect(machine.journal.owned.map(({ id }) => id)).toEqual(PROBED.objects.map(({ id }) => id));
    const waiting = run(running, staged(orderOf(3, "3"), "b")).machine;
    expect(stepWith(waiting, { type: "fallback-asked" }).answer).toMatchObject({ ok: false, reason: "no-previous" });
    const older = { ...PROBED, units: { boards: { dataVersion: 0, deadlineSeconds: 1, quietSeconds: 1 } } };
    const raised = machineOf({ previous }, { previous: older });
    expect(stepWith(raised, { type: "fallback-asked" }).answer).toMatchObject({ ok: false, reason: "one-way" });
  });

  test("fallback does not wait for the network, and ends a trial", () => {
    const previous: JournalSlot = { slot: "b", release: 1, seq: 1, tree: tree("0") };
    const fetching = run(machineOf({ previous }, { previous: FACTS }), [{ type: "poll-due" }]).machine;
    expect(stepWith(fetching, { type: "fallback-asked" }).effects).toEqual([{ do: "end-poll" }]);
    const healing = run(machineOf({ previous }, { previous: FACTS }), [{ type: "drift-due" }]).machine;
    expect(nextDue(healing, NOW)?.type).toBe("poll-due");
    const waiting = stepWith(healing, { type: "fallback-asked" }).after;
    expect(nextDue(waiting, NOW)?.type).not.toBe("poll-due");
    expect(nextDue(run(waiting, [{ type: "reconciled", repaired: 0, facts: null }]).machine, NOW)?.type).toBe("fallback-due");
    const trial = stepWith(onTrial(), { type: "fallback-asked" }).after;
    const { machine } = run(trial, [{ type: "fallback-due" }]);
    expect(machine).toMatchObject({ phase: "FALLBACK", journal: { failed: [{ seq: 2, reason: "operator" }] } });
  });

  test("a requested fallback waits for the current step, and is dropped when it is no longer possible", () => {
    const applying = run(cutAt("APPLY"), [{ ...STARTED, current: PROBED, candidate: PROBED } as Event]).machine;
    const asked = stepWith(applying, { type: "fallback-asked" }).after;
    const failed = run(asked, [{ type: "apply-failed", reason: "disk-full", detail: "" }]).machine;
    expect(failed).toMatchObject({
      phase: "FALLBACK",
      journal: { failed: [{ seq: 2, reason: "operator" }] },
      memory: { isFallbackAsked: false },
    });
    const bare = run(cutAt("APPLY"), [{ ...STARTED, candidate: FACTS } as Event]).machine;
    const committed = run(stepWith(bare, { type: "fallback-asked" }).after, [
      { type: "applied" },
      { type: "finalized", impaired: null },
    ]).machine;
    const rested = run(committed, [{ type: "pruned", gone: [], blocked: [] }]).machine;
    expect(nextDue(rested, NOW)?.type).toBe("fallback-due");
    const raised = { ...PROBED, units: { boards: { dataVersion: 2, deadlineSeconds: 60, quietSeconds: 10 } } };
    expect(stepWith(onTrial(raised), { type: "fallback-asked" }).answer).toMatchObject({ ok: false, reason: "one-way" });
    const gone = run({ ...rested, journal: { ...rested.journal, previous: null } }, [{ type: "fallback-due" }]).machine;
    expect(gone).toMatchObject({ phase: "IDLE", memory: { isFallbackAsked: false } });
  });

  test("retry clears a mark, a refusal and a back-off, and polls at once", () => {
    const marked = machineOf({
      seen: SEEN,
      failed: [{ seq: 2, tree: tree("2"), reason: "unhealthy" }],
      refused: { commit: "a".repeat(40), trust: null, reason: "bad-proof" },
      retryAt: NOW.wallMs / 1000 + 900,
    });
    const { after } = stepWith(marked, { type: "retry-asked" });
    expect(after.journal).toMatchObject({ failed: [], refused: null, retryAt: null });
    expect(after.memory.pollAtMs).toBe(NOW.monotonicMs);
  });

  test("retry reports what the release still waits for, and a retired site follows no release", () => {
    const paused = { until: NOW.wallMs / 1000 + 60, why: "roof" };
    const marked = { seen: SEEN, failed: [{ seq: 2, tree: tree("2"), reason: "unhealthy" }] } as const;
    const retry = (journal: Partial<Journal>) => stepWith(machineOf(journal), { type: "retry-asked" }).answer.text;
    expect(retry(marked)).toBe("The newest release is applied again, in its window if it has one.");
    expect(retry({ ...marked, paused })).toBe("The newest release is applied again when the pause ends, in its window if it has one.");
    expect(retry({ paused })).toBe(
      "The newest release was not refused or failed; the agent polls again, and applies nothing before the pause ends.",
    );
    const retired = machineOf({ state: "RETIRED" }, { current: { ...FACTS, retired: "keep" } });
    for (const type of ["poll-asked", "retry-asked", "fallback-asked"] as const)
      expect(stepWith(retired, { type }).answer).toMatchObject({ ok: false, reason: "retired" });
  });

  test("fallback reports why it is not possible for this site", () => {
    const refusal = (machine: Machine) => stepWith(machine, { type: "fallback-asked" }).answer.text;
    expect(refusal(machineOf())).toBe("There is no previous release to go back to: no other release is kept.");
    expect(refusal(onTrial(PROBED, { current: null }, null))).toBe("There is no previous release to go back to: nothing ran here before.");
    const failed = [{ seq: 2, tree: tree("2"), reason: "unhealthy" }] as const;
    expect(refusal(machineOf({ state: "DEGRADED", candidate: NEXT, failed }, { candidate: FACTS }))).toMatch(
      /: no other release is kept\.$/,
    );
    expect(refusal(machineOf({ state: "CHECK", candidate: NEXT, failed }))).toMatch(/: the site is already going back\.$/);
    const raised = { ...PROBED, units: { boards: { dataVersion: 2, deadlineSeconds: 60, quietSeconds: 10 } } };
    expect(refusal(onTrial(raised))).toBe(
      "The site cannot go back: the data of boards was changed irreversibly, and release 1 cannot read it.",
    );
  });
});
