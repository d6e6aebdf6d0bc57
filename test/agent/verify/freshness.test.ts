import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { FRESHNESS_NAMESPACE, signDocument } from "../../../trust/index.ts";
import { type Freshness, shardOf, writeFreshnessNote } from "../../../wire/index.ts";
import { agentOnce } from "../../../agent/run-agent.ts";
import { nextDue } from "../../../agent/machine/due.ts";
import type { Event } from "../../../agent/machine/event.ts";
import { troubles } from "../../../agent/machine/headline.ts";
import { reportBody } from "../../../agent/machine/report-body.ts";
import { systemClock, systemDisk, systemProcess, systemRandom } from "../../../core/index.ts";
import { type Forge, siteFiles } from "../fixtures/forge.ts";
import { JOURNAL, later, machineOf, NOW, run, TIPS, WALKED } from "../fixtures/machines.ts";
import { Region, SITE } from "../fixtures/region.ts";

/** T5: a server that shows an old state for ever. The office's signed note, which the agent asks for once a day, gives it away. */

const DAY_MS = 86_400_000;
const SECONDS = NOW.wallMs / 1000;

describe("in the state machine", () => {
  const noted = (seq: number, at = SECONDS): Event => ({ ...WALKED, note: { value: { at, seq } } }) as Event;
  const words = (machine: Parameters<typeof troubles>[0], moment = NOW): unknown[] => troubles(machine, moment).map(({ reason }) => reason);
  const known = { ...TIPS, site: JOURNAL.seen?.commit };
  const polled = (event: Event) =>
    run(machineOf({}, { noteAtMs: 0 }), [{ type: "poll-due" }, { type: "fetched", tips: { ...known, freshness: "e".repeat(40) } }, event])
      .machine;

  test("A2: the note is fetched at most once a day, and a start selects a random time within a day", () => {
    const first = run(machineOf({}, { noteAtMs: 0 }), [{ type: "poll-due" }]);
    expect(first.effects).toEqual([{ do: "fetch", withNote: true }]);
    expect(first.machine.memory.noteAtMs).toBe(NOW.monotonicMs + DAY_MS);
    const rested = { ...first.machine, phase: "IDLE" as const };
    expect(run(rested, [{ type: "poll-due" }], later(DAY_MS - 1)).effects).toEqual([{ do: "fetch", withNote: false }]);
    expect(run(rested, [{ type: "poll-due" }], later(DAY_MS)).effects).toEqual([{ do: "fetch", withNote: true }]);
  });

  test("T5: a note with a higher seq than the repository shows causes a warning and stops nothing", () => {
    expect(words(polled(noted(1)))).toEqual([]);
    const machine = polled(noted(9));
    expect(words(machine)).toEqual(["withheld"]);
    expect(machine.phase).toBe("IDLE");
    expect(nextDue(machine, NOW)?.type).toBe("drift-due");
  });

  test("T5: 60 days of constant replies: stale since the last note, and an older note sent again changes nothing", () => {
    const machine = polled(noted(1));
    expect(reportBody(machine, later(7 * DAY_MS)).stale).toBeNull();
    const replayed = run({ ...machine, memory: { ...machine.memory, noteAtMs: 0 } }, [
      { type: "poll-due" },
      { type: "fetched", tips: { ...known, freshness: "d".repeat(40) } },
      noted(1, SECONDS - 86_400),
    ]).machine;
    expect(replayed.memory.note?.at).toBe(SECONDS);
    expect(reportBody(replayed, later(60 * DAY_MS)).stale).toBe(SECONDS);
    expect(words(replayed, later(60 * DAY_MS))).toEqual(["withheld"]);
  });
});

describe("over git", () => {
  let region: Region;
  beforeAll(async () => {
    region = await Region.open();
  });
  afterAll(() => region.close());

  const shard = shardOf(SITE);
  const note = (forge: Forge, change: Partial<Freshness> = {}, key = forge.key("promote")): void => {
    const signed: Freshness = {
      format: "skerry.freshness/1",
      fleet: "airports",
      shard,
      at: 1_795_000_500,
      release: 1,
      sites: { [SITE]: 7 },
      ...change,
    };
    const tree = forge.tree(new Map([["note.json", writeFreshnessNote(signDocument(signed, FRESHNESS_NAMESPACE, [key]))]]));
    const who = "Skerry <skerry@fleet.invalid> 1795000500 +0000";
    forge.ref(`refs/heads/freshness/${shard}`, forge.object("commit", `tree ${tree}\nauthor ${who}\ncommitter ${who}\n\nfreshness\n`));
  };

  test("a note is verified with the current trust; forged, foreign and missing ones are distinguished and fail no poll", async () => {
    const { forge, box } = region.world("freshness");
    forge.deliver(SITE, 1, 1, siteFiles("one"));
    const poll = async (): Promise<string[]> => {
      box.lines = [];
      const random = { ...systemRandom, fraction: () => 0 };
      const ports = {
        clock: systemClock,
        disk: systemDisk,
        process: systemProcess,
        random,
        log: (line: (typeof box.lines)[number]) => void box.lines.push(line),
      };
      const seen: string[] = [];
      const code = await agentOnce(box.configPath, ports, {
        stop: new AbortController().signal,
        onEnd: (machine) => seen.push(...troubles(machine, NOW).map(({ detail }) => detail)),
      });
      expect(code).toBe(0);
      return seen;
    };
    expect(await poll()).toEqual([]);
    note(forge);
    expect(await poll()).toEqual(["the office's signed note names seq 7 for this site, but the repository shows 1"]);
    note(forge, {}, forge.key("root"));
    expect(await poll()).toEqual([expect.stringContaining("does not hold the role freshness")]);
    note(forge, { fleet: "shops" });
    expect(await poll()).toEqual(["the freshness note is for another fleet or shard"]);
    note(forge, { sites: { [SITE]: 1 } });
    expect(await poll()).toEqual([]);
  });
});
