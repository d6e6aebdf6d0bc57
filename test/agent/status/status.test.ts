import { describe, expect, test } from "@jest/globals";
import type { Memory } from "../../../agent/machine/memory.ts";
import { type Machine, restPhase } from "../../../agent/machine/state.ts";
import type { ProbeWatch, Watch } from "../../../agent/machine/watch.ts";
import { liveStatus } from "../../../agent/status/live-status.ts";
import type { StatusDocument } from "../../../agent/status/status-document.ts";
import { statusText } from "../../../agent/status/status-text.ts";
import { startCommand } from "../../../agent/local/start-command.ts";
import { distanceText } from "../../../agent/status/time-text.ts";
import type { Journal } from "../../../wire/index.ts";
import { FACTS, machineOf, NOW, tree } from "../fixtures/machines.ts";

/** What somebody reads who was woken at 3 a.m. and has never seen the agent. */

const now = Math.floor(NOW.wallMs / 1000);
const ms = (seconds: number): number => NOW.monotonicMs + seconds * 1000;
const CANDIDATE = { slot: "b", release: 2, seq: 5, tree: tree("2") } as const;
const PREVIOUS = { slot: "b", release: 0, seq: 1, tree: tree("0") } as const;
const UNITS = {
  boards: { dataVersion: 1, deadlineSeconds: 60, quietSeconds: 10 },
  clock: { dataVersion: 1, deadlineSeconds: 300, quietSeconds: 30 },
};
const tcp = { tcp: { namespace: "boards", service: "boards", port: 80 } };
const PROBED = { ...FACTS, units: UNITS, probes: [{ unit: "boards", object: "/Service/boards/boards", probe: tcp }] };
const WATCH: Watch = {
  round: 1,
  isChecking: false,
  checkAtMs: ms(2),
  startedAtMs: ms(-47),
  checkedAtMs: NOW.monotonicMs,
  isAnswered: true,
  countedMs: 47_000,
  livedMs: 47_000,
  unobservedMs: 0,
  probes: [],
};
const probe = (change: Partial<ProbeWatch>): ProbeWatch => ({
  unit: "boards",
  object: "/Service/boards/boards",
  health: "healthy",
  detail: "answered",
  cause: null,
  wasUnhealthy: false,
  healthySinceMs: 40_000,
  isExcused: false,
  ...change,
});

/** As `agent status` shows it while the agent answers; what it reads from the journal on the disk is the machine's own here. */
function documentOf(
  { settings, journal, phase }: Machine,
  live: StatusDocument["live"],
  change: Partial<StatusDocument> = {},
): StatusDocument {
  return {
    fleet: settings.fleet,
    site: settings.site,
    isWorking: true,
    silence: null,
    state: live?.state ?? phase,
    reason: live?.reason ?? "committed",
    detail: live?.detail ?? "",
    running: journal.current && { ...journal.current, since: now - 7_200 },
    candidate: journal.candidate,
    previous: journal.previous,
    paused: journal.paused,
    retryAt: journal.retryAt,
    failed: journal.failed,
    trust: journal.trust.version,
    journalFault: null,
    lastSign: null,
    lastPoll: null,
    live,
    ...change,
  };
}

function statusRows(journal: Partial<Journal>, memory: Partial<Memory> = {}): Record<string, string> {
  const machine = machineOf(journal, { contactAt: now - 60, pollAtMs: ms(240), current: PROBED, ...memory });
  return rowsOf(statusText(documentOf(machine, liveStatus(machine, NOW)), NOW.wallMs, COMMAND));
}

const COMMAND = startCommand("/etc/skerry/agent.json", true);

/** Row name -> its lines. */
function rowsOf(text: string): Record<string, string> {
  const rows: Record<string, string> = {};
  let name = "";
  for (const line of text.split("\n")) {
    name = line.slice(0, 13).trim() || name;
    rows[name] = rows[name] === undefined ? line.slice(13) : `${rows[name]}\n${line.slice(13)}`;
  }
  return rows;
}

describe("status shows at 3 a.m.", () => {
  test("that nothing is wrong, the previous release, and the time of the next poll", () => {
    expect(statusRows({ previous: PREVIOUS }, { previous: PROBED })).toEqual({
      "site:": "eddm of fleet airports",
      "agent:": "runs, state IDLE",
      "runs:": "release 1 (seq 1, slot a) since 2026-11-19T12:53:20Z (2 h ago)",
      "health:": "not checked since the agent started; the agent checks health while a release is on trial",
      "waits:": "nothing",
      "wrong:": "nothing",
      "next:": "polls the repository 2026-11-19T14:57:20Z (in 4 min)",
      "fallback:": "possible, to release 0 (`skerry agent fallback`)",
      "unprobed:": "clock: has no probe, so its health is not known",
      "trust:": "version 1",
    });
  });

  test("which Services of the running and the waiting release agent.json does not map", () => {
    const till = {
      unit: "clock",
      object: "/Service/boards/till",
      probe: { http: { namespace: "boards", service: "till", port: 80, path: "/" } },
    };
    const machine = machineOf(
      { candidate: CANDIDATE },
      { current: { ...PROBED, probes: [...PROBED.probes, till] }, candidate: { ...PROBED, probes: [till] } },
    );
    const live = liveStatus(machine, NOW);
    expect(live.missingServices).toEqual([{ unit: "clock", service: "boards/till:80" }]);
    expect(rowsOf(statusText(documentOf(machine, live), NOW.wallMs, COMMAND))["unprobed:"]).toBe(
      "clock: `services` in agent.json has no URL for boards/till:80, so its probe cannot run",
    );
    // A mapped or local probe of the same unit is asked, so the unit is not unprobed, before and after the first check.
    const local = { ...till, object: "/Service/boards/clock", probe: { exec: { command: ["true"], timeoutSeconds: 5 } } };
    const both = { ...PROBED, probes: [till, local] };
    const answers = [probe({ unit: "clock", health: "unprobed", healthySinceMs: null }), probe({ unit: "clock" })];
    for (const watch of [null, { ...WATCH, probes: answers }]) {
      const partly = machineOf({}, { current: both, watch });
      const rows = rowsOf(statusText(documentOf(partly, liveStatus(partly, NOW)), NOW.wallMs, COMMAND));
      expect(liveStatus(partly, NOW).unprobed).toEqual(["boards"]);
      expect(rows["unprobed:"]).toBe("boards: has no probe, so its health is not known");
      expect(rows["services:"]).toBe("clock: `services` in agent.json has no URL for boards/till:80; the probe of that Service cannot run");
    }
    const alone = liveStatus(
      machineOf(
        {},
        { current: { ...PROBED, probes: [till] }, watch: { ...WATCH, probes: [probe({ health: "unprobed", healthySinceMs: null })] } },
      ),
      NOW,
    );
    expect(alone).toMatchObject({
      reason: "unproven",
      detail: expect.stringContaining("`services` in agent.json has no URL for boards/till:80"),
    });
  });

  test("A10: that a staged release uses the slot of the previous one, before a fallback is needed", () => {
    const window = { cron: "0 2 * * *", minutes: 60, timeZone: "UTC" };
    const rows = statusRows({ candidate: CANDIDATE }, { candidate: { ...PROBED, window } });
    expect(rows["fallback:"]).toBe("not possible, no-previous: the waiting release uses its slot");
    expect(rows["waits:"]).toBe(
      "release 2 (seq 5) until 2026-11-20T02:00:00Z (in 11 h): A verified release waits for the site's maintenance window.",
    );
    expect(rows["next:"]).toBe("applies release 2 2026-11-20T02:00:00Z (in 11 h)\npolls the repository 2026-11-19T14:57:20Z (in 4 min)");
  });

  test("the progress of a trial: each unit, its health, its healthy time, and when it fails", () => {
    const probes = [
      probe({}),
      probe({ unit: "clock", health: "unhealthy", detail: "connection refused", healthySinceMs: null }),
      probe({ unit: "old", health: "unhealthy" }),
    ];
    const trial = (change: Partial<Watch>, memory: Partial<Memory> = {}) =>
      statusRows({ state: "TRIAL", candidate: CANDIDATE }, { candidate: PROBED, watch: { ...WATCH, probes, ...change }, ...memory });
    const rows = trial({});
    expect(rows["agent:"]).toBe("runs, state TRIAL");
    expect(rows["trial:"]).toBe(
      ["release 2, watched for 47 s", "boards: healthy for 7 of 10 s", "clock: UNHEALTHY, fails in 4 min: connection refused"].join("\n"),
    );
    expect(rows["waits:"]).toBe("release 2 (seq 5) is being applied now");
    expect(rows["next:"]).toBe(
      "commits release 2 when every unit has been healthy for its quiet time; goes back to release 1 if a unit does not become healthy",
    );
    expect(rows["fallback:"]).toBe("possible, to release 1 (`skerry agent fallback`)");
    const odd = [
      probe({ health: "unknown", healthySinceMs: null, detail: "no process" }),
      probe({ unit: "clock", health: "unhealthy", isExcused: true, healthySinceMs: null }),
    ];
    expect(trial({ probes: odd, unobservedMs: 9_000 })["trial:"]).toBe(
      [
        "release 2, watched for 47 s, probes without an answer for 9 s",
        "boards: UNKNOWN, fails in 23 s: no process",
        "clock: unhealthy; it was so before this release, so it is not counted",
      ].join("\n"),
    );
    expect(trial({ probes: [probe({ unit: "clock", isExcused: true })] })["trial:"]).toMatch(
      /\nclock: healthy; it was not healthy before this release, so it is not counted$/,
    );
    // Two probes of one unit: it is as well as the worse of them, and quiet for as long as the shorter.
    const two = [
      probe({ healthySinceMs: 1_000 }),
      probe({ object: "/Service/boards/two", healthySinceMs: 45_000 }),
      probe({ health: "unprobed" }),
    ];
    expect(trial({ probes: two })["trial:"]).toBe("release 2, watched for 47 s\nboards: healthy for 2 of 10 s");
  });

  test("A15: that a release was interrupted, and when it is applied again", () => {
    const going = { reason: "image-not-available", detail: "registry.example/boards", since: now - 600 } as const;
    const rows = statusRows({ candidate: CANDIDATE, retryAt: now + 900 }, { candidate: PROBED, retryAtMs: ms(900), rolloutTrouble: going });
    expect(rows["waits:"]).toMatch(
      /^release 2 \(seq 5\) until .* \(in 15 min\): The release could not be judged\. The agent tries again\.$/,
    );
    expect(rows["wrong:"]).toMatch(/^image-not-available since .*\(10 min ago\): .* \(registry\.example\/boards\)$/);
    expect(rows["next:"]).toMatch(/^applies release 2 .*\(in 15 min\)\npolls the repository /);
  });

  test("A15: which releases failed, and how to apply one of them again", () => {
    const rows = statusRows({
      failed: [{ seq: 4, tree: tree("4"), reason: "unhealthy" }],
      seen: { seq: 4, commit: "4".repeat(40), tree: tree("4") },
    });
    expect(rows["failed:"]).toBe("seq 4, unhealthy: not applied again before a higher seq or `skerry agent retry`");
    // What was told when it failed is gone with a process that has ended since; that it failed is not.
    expect(rows["wrong:"]).toBe(
      "unhealthy: A unit did not become healthy in time, or did not stay healthy. (the release with seq 4 failed, and the site went back)",
    );
    expect(rows["runs:"]).toMatch(/^release 1 \(seq 1, slot a\) since .* \(2 h ago\), except while seq 4 was applied, which failed$/);
    const failed = [4, 5, 6].map((seq) => ({ seq, tree: tree("4"), reason: "unhealthy" }) as const);
    const shown = (seq: number) => statusRows({ failed, current: { ...CANDIDATE, seq } })["failed:"]?.match(/seq \d/g);
    // A site that cannot go back runs the release that failed.
    expect([shown(3), shown(5), shown(6), shown(7)]).toEqual([["seq 4", "seq 5", "seq 6"], ["seq 5", "seq 6"], ["seq 6"], undefined]);
  });

  test("A10, A19: why the site cannot go back, with the right reason", () => {
    const failed = [{ seq: CANDIDATE.seq, tree: CANDIDATE.tree, reason: "unhealthy" }] as const;
    const back = (journal: Partial<Journal>, memory: Partial<Memory> = {}) => statusRows(journal, memory)["fallback:"];
    expect(back({ state: "CHECK", candidate: CANDIDATE, failed })).toBe("not possible, no-previous: the site is already going back");
    expect(back({ state: "DEGRADED", candidate: CANDIDATE, failed }, { candidate: PROBED })).toBe(
      "not possible, no-previous: no other release is kept",
    );
    expect(back({ state: "TRIAL", current: null, candidate: CANDIDATE }, { current: null, candidate: PROBED })).toBe(
      "not possible, no-previous: nothing ran here before",
    );
    expect(back({ previous: PREVIOUS })).toBe("not possible, no-previous: release 0 is kept, but its slot cannot be read");
    expect(back({ state: "RETIRED", previous: PREVIOUS }, { current: { ...PROBED, retired: "keep" }, previous: PROBED })).toBe(
      "not possible, retired: the site is retired",
    );
    const raised = { ...PROBED, units: { ...UNITS, boards: { ...UNITS.boards, dataVersion: 2 } } };
    const rows = statusRows({ state: "TRIAL", candidate: CANDIDATE }, { candidate: raised });
    expect(rows["fallback:"]).toBe("not possible, one-way: the data of boards was changed irreversibly, and release 1 cannot read it");
    expect(rows["next:"]).toBe(
      "commits release 2 when every unit has been healthy for its quiet time; stays on it in state DEGRADED if a unit does not become healthy, because it changed the data of boards irreversibly",
    );
  });

  test("A16: the last health check, because health is checked only during a trial", () => {
    const health = (probes: readonly ProbeWatch[]) => statusRows({}, { watch: { ...WATCH, checkedAtMs: ms(-600), probes } })["health:"];
    expect(health([probe({}), probe({ unit: "clock" })])).toBe(
      "every unit with a probe was healthy at the last check, 2026-11-19T14:43:20Z (10 min ago)",
    );
    const sick = probe({ unit: "clock", health: "unhealthy", detail: "connection refused", healthySinceMs: null, isExcused: true });
    expect(health([probe({}), sick])).toBe(
      "clock: UNHEALTHY at the last check, 2026-11-19T14:43:20Z (10 min ago), and before this release: connection refused",
    );
  });

  test("A18: that the site is DEGRADED, why, and what the agent does", () => {
    const driftTrouble = { reason: "unhealthy", detail: "unit boards was not healthy", since: now - 3_600 } as const;
    const machine = machineOf(
      { state: "DEGRADED" },
      { driftTrouble, current: PROBED, driftAtMs: ms(40), watch: { ...WATCH, probes: [probe({ health: "unhealthy" })] } },
    );
    expect(restPhase(machine)).toBe("DEGRADED");
    const rows = statusRows({ state: "DEGRADED" }, machine.memory);
    expect(rows["agent:"]).toBe("runs, state DEGRADED: going back failed or was not possible");
    expect(rows["wrong:"]).toMatch(
      /^unhealthy since .*\(60 min ago\): A unit did not become healthy in time, or did not stay healthy\. \(unit boards was not healthy\)$/,
    );
    const leaves = "leaves DEGRADED when release 1 is applied and every unit has been healthy for its quiet time";
    expect(rows["next:"]).toMatch(new RegExp(`^applies release 1 again .*\\(in 40 s\\)\n${leaves}\npolls the repository `));
    expect(rows["trial:"]).toBe("release 1, watched for 47 s\nboards: UNHEALTHY: answered");
    // The slot of what failed is held for a while, and does not go in.
    const failed = [{ seq: CANDIDATE.seq, tree: CANDIDATE.tree, reason: "unhealthy" }] as const;
    const pinned = statusRows({ state: "DEGRADED", candidate: CANDIDATE, failed }, { ...machine.memory, candidate: PROBED });
    expect([pinned["waits:"], pinned["next:"]]).toEqual(["nothing", rows["next:"]]);
    // While it is paused nothing is put in place.
    const paused = { until: now + 60, why: "roof" };
    expect(statusRows({ state: "DEGRADED", paused }, { ...machine.memory, pausedUntilMs: ms(60) })["next:"]).toMatch(
      new RegExp(`^${leaves}\nends the pause .*\npolls the repository `),
    );
    // A poll that hangs takes none of it away.
    const polling = { ...machine, phase: "FETCH" } as const;
    const during = rowsOf(statusText(documentOf(polling, liveStatus(polling, NOW)), NOW.wallMs, COMMAND));
    expect(during["agent:"]).toBe("runs, state DEGRADED (during a poll: FETCH): going back failed or was not possible");
    expect(during["trial:"]).toBe(rows["trial:"]);
    expect(during["next:"]).toMatch(
      new RegExp(`^fetches from the repository, then verifies the release\napplies release 1 again .*\n${leaves}$`),
    );
    // A change of data that cannot be undone holds the site on a release that was never committed.
    const stayed = rowsOf(
      statusText(
        documentOf(machine, null, { isWorking: false, running: { ...CANDIDATE, since: null }, reason: "degraded" }),
        NOW.wallMs,
        COMMAND,
      ),
    );
    expect(stayed["runs:"]).toBe("release 2 (seq 5, slot b), never committed because it did not become healthy");
    expect(stayed["agent:"]).toMatch(/^DOES NOT RUN, stopped in state DEGRADED: start it /);
    expect(stayed["next:"]).toBe("nothing until the agent is started; then it applies release 2 again and polls the repository");
  });

  test("A14: that a box keeps what an unhealthy first release has applied", () => {
    const first = { current: null, state: "PROVISIONING", candidate: CANDIDATE, retryAt: now + 900 } as const;
    const rows = statusRows(first, { current: null, candidate: PROBED, retryAtMs: ms(900) });
    expect(rows["runs:"]).toBe("no committed release yet; what release 2 has applied so far stays");
  });

  test("A24: the end and the reason of a pause, and that a release waits for it", () => {
    const paused = { until: now + 5_400, why: "works on the roof" };
    const rows = statusRows({ paused, candidate: CANDIDATE }, { pausedUntilMs: ms(5_400), candidate: PROBED });
    expect(rows["paused:"]).toMatch(/^until .* \(in 90 min\): works on the roof$/);
    expect(rows["waits:"]).toBe("release 2 (seq 5): A person paused the agent.");
    expect(rows["next:"]).toMatch(
      /^ends the pause .*\(in 90 min\)\napplies release 2 after the pause, in its window if it has one\npolls the repository /,
    );
  });

  test("A17: which objects are kept without a consent, and which could not be removed", () => {
    const owned = [{ id: "/PersistentVolumeClaim/boards/cache", uid: "", unit: "boards", seq: 1 }];
    const blocked = [{ id: "/ConfigMap/boards/old", detail: "\u001b[31mread-only file system" }];
    const rows = statusRows({ owned }, { blocked, pruneAtMs: ms(600) });
    expect(rows["left over:"]).toBe("/PersistentVolumeClaim/boards/cache: kept, because no release consents to its removal");
    expect(rows["blocked:"]).toBe("/ConfigMap/boards/old: \\u{1b}[31mread-only file system");
    expect(rows["next:"]).toMatch(/^tries again to remove the blocked objects .*\(in 10 min\)\n/);
  });

  test("every trouble with its reason word, meaning, start and detail, and that the clock is wrong", () => {
    const contact = { reason: "offline", detail: "could not connect", since: now - 86_400 * 3 } as const;
    const rows = statusRows({ signedTime: now + 60 }, { pollTrouble: contact, failures: 9 });
    expect(rows["wrong:"]).toMatch(
      /^offline since 2026-11-16T14:53:20Z \(3 days ago\): The repository cannot be reached.*\(could not connect\)\nclock-unsure: .*\(the clock shows 2026-11-19T14:53:20Z, but an accepted object was signed at 2026-11-19T14:54:20Z \(in 60 s\)\)$/,
    );
    const window = { cron: "0 2 * * *", minutes: 60, timeZone: "UTC" };
    const unsure = { signedTime: now + 60, unsureSeconds: 86_400, candidate: CANDIDATE };
    expect(statusRows(unsure, { candidate: { ...PROBED, window } })["next:"]).toMatch(
      /^applies release 2 in its window when the clock is right, or after 6 days more of running time\n/,
    );
  });

  test("a long list is cut in the text output", () => {
    const owned = Array.from({ length: 25 }, (_, index) => ({ id: `/Namespace//n${index}`, uid: "", unit: "boards", seq: 1 }));
    expect(statusRows({ owned })["left over:"]?.split("\n").slice(-1)).toEqual(["and 15 more (-o json has them all)"]);
  });

  test("the next step of each state", () => {
    for (const state of [
      "FETCH",
      "VERIFY",
      "STAGE",
      "PREPULL",
      "DRYRUN",
      "APPLY",
      "TRIAL",
      "COMMIT",
      "PRUNE",
      "FALLBACK",
      "CHECK",
    ] as const) {
      const next = statusRows({ state, candidate: CANDIDATE }, { candidate: PROBED })["next:"] ?? "";
      expect(next).toMatch(/^[a-z]/);
      expect(next).not.toMatch(/undefined|null/);
    }
    expect(statusRows({ state: "TRIAL", current: null, candidate: CANDIDATE }, { current: null, candidate: PROBED })["next:"]).toMatch(
      /applies it again later/,
    );
    expect(statusRows({ state: "RETIRED" }, { current: { ...PROBED, retired: "keep" } })["next:"]).toBe("nothing: the site is retired");
  });

  test("that the agent does not run or does not answer, with the data of its journal", () => {
    const machine = machineOf({ candidate: CANDIDATE, retryAt: now + 60, paused: { until: now + 60, why: "roof" } });
    const stopped = rowsOf(
      statusText(documentOf(machine, null, { isWorking: false, reason: "interrupted", detail: "it is tried again" }), NOW.wallMs, COMMAND),
    );
    expect(stopped).toMatchObject({
      "agent:": "DOES NOT RUN, stopped in state IDLE: start it (`systemctl start skerry-agent`); nothing is watched or repaired until then",
      "runs:": expect.stringMatching(/^release 1 /),
      "waits:": expect.stringMatching(/^release 2 \(seq 5\), interrupted; applied again after .* \(in 60 s\)$/),
      "paused:": expect.stringMatching(/roof$/),
      "next:": "nothing until the agent is started; then it checks that release 1 is still applied, and polls the repository",
    });
    // Ended while a release was on trial: its tree is in place, and the release that counts can still be gone back to.
    const onTrial = machineOf({ state: "TRIAL", candidate: CANDIDATE });
    expect(rowsOf(statusText(documentOf(onTrial, null, { isWorking: false }), NOW.wallMs, COMMAND))).toMatchObject({
      "agent:": expect.stringMatching(/^DOES NOT RUN, stopped in state TRIAL: /),
      "waits:": "release 2 (seq 5) was being applied when the agent stopped; the agent applies it again or goes back",
      "wrong:": "the agent does not run; see `journalctl -u skerry-agent` for the reason",
      "next:":
        "nothing until the agent is started; then it applies release 2 again and watches its health, or goes back to release 1 after three starts",
      "fallback:": "release 1 is kept; the agent must run to go back to it",
    });
    const trouble = { reason: "trust-broken", detail: "version 2 is signed by nobody", since: now - 3_600 } as const;
    const ended = { isWorking: false, lastSign: now - 7_200, lastPoll: { at: now - 7_200, troubles: [trouble] } };
    expect(rowsOf(statusText(documentOf(machineOf(), null, ended), NOW.wallMs, COMMAND))).toMatchObject({
      "agent:": expect.stringMatching(/^DOES NOT RUN, stopped in state IDLE; last sign of life 2026-[-0-9T:]+Z \(2 h ago\): start it/),
    });
    expect(statusText(documentOf(machineOf(), null, ended), NOW.wallMs, COMMAND)).toMatch(
      /trust-broken since [-0-9T:]+Z \(60 min ago\): .* \(version 2 is signed by nobody\)/,
    );
    const plainly = statusText(documentOf(machineOf(), null, ended), NOW.wallMs, startCommand("/srv/box/agent.json", false));
    expect(plainly).toContain("; last sign of life 2026-");
    expect(plainly).toContain("start it (`skerry agent run --config /srv/box/agent.json`)");
    expect(plainly).toContain("see the output of `skerry agent run` for the reason");
    expect(plainly).not.toMatch(/systemctl|journalctl/);
    const torn = { isWorking: false, running: null, trust: null, journalFault: "journal.0 is torn or damaged" } as const;
    expect(rowsOf(statusText(documentOf(machineOf({ current: null }), null, torn), NOW.wallMs, COMMAND))).toMatchObject({
      "agent:": "DOES NOT RUN: start it (`systemctl start skerry-agent`); nothing is watched or repaired until then",
      "runs:":
        "not known: the journal cannot be read (journal.0 is torn or damaged); the agent rebuilds it from the slots at its next start",
      "next:": "nothing until the agent is started; then it rebuilds the journal from the slots",
    });
    const stuck = rowsOf(
      statusText(
        documentOf(machineOf({ previous: PREVIOUS }), null, { silence: "the agent gave no answer within 30 s" }),
        NOW.wallMs,
        COMMAND,
      ),
    );
    expect(stuck).toMatchObject({
      "agent:": "runs, but DOES NOT ANSWER: the agent gave no answer within 30 s; the rest of this status is from its journal",
      "wrong:": "the agent does not answer; see `journalctl -u skerry-agent` for the reason",
      "fallback:": "release 0 is kept; the agent must answer to go back to it",
    });
  });

  test.each([
    [0, "0 s"],
    [119, "119 s"],
    [120, "2 min"],
    [7_169, "119 min"],
    [7_170, "2 h"],
    [171_000, "48 h"],
    [172_800, "2 days"],
  ])("distances: %d s is %s", (seconds, text) => expect(distanceText(seconds)).toBe(text));
});
