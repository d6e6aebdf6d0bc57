import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { canonicalDocument, systemClock, systemDisk, systemProcess, systemRandom } from "../../../core/index.ts";
import type { Journal } from "../../../wire/index.ts";
import { agentStatus } from "../../../agent/status/status.ts";
import type { StatusDocument } from "../../../agent/status/status-document.ts";
import { sampled } from "../../tries-all.ts";
import { Box } from "../fixtures/box.ts";
import { Forge, siteFiles } from "../fixtures/forge.ts";

/** Values that no agent writes and no clock can mean: they end with a word, are not believed, and never with a stack trace. */

let folder: string;
let forge: Forge;
let box: Box;

/** One box for all: whatever was forged, the next start left it whole. */
beforeAll(async () => {
  folder = mkdtempSync("/tmp/skerry-forged-");
  forge = new Forge(join(folder, "fleet.git"));
  box = new Box("eddm", forge.folder, forge.trustBytes);
  forge.deliver("eddm", 1, 1, siteFiles("one"));
  expect(await box.once()).toBe(0);
});

afterAll(() => {
  box.remove();
  rmSync(folder, { recursive: true, force: true });
});

const status = async (json: boolean, clock = systemClock, at = box): Promise<string> =>
  agentStatus(at.configPath, json, { clock, random: systemRandom, disk: systemDisk, process: systemProcess, log: () => undefined });

/** Both records, with a digest that fits. */
function plantBoth(text: string): void {
  const line = text.endsWith("\n") ? text : `${text}\n`;
  const digest = createHash("sha256").update(line).digest("hex");
  for (const name of ["journal.0", "journal.1"]) writeFileSync(join(box.config.state, name), `${line}${digest}\n`);
}

type Forgery = (journal: Journal) => object;
const SLOT = { slot: "a", release: 9, seq: 9, tree: `sha256:${"9".repeat(64)}` };
const FORGERIES: Readonly<Record<string, Forgery>> = {
  "a record number at the end of all numbers": () => ({ record: Number.MAX_SAFE_INTEGER }),
  "a report counter at the end of all numbers": () => ({ counter: Number.MAX_SAFE_INTEGER }),
  "starts at the end of all numbers": () => ({ starts: Number.MAX_SAFE_INTEGER }),
  "interruptions at the end of all numbers": () => ({ interruptions: Number.MAX_SAFE_INTEGER }),
  "unsure seconds at the end of all numbers": () => ({ unsureSeconds: Number.MAX_SAFE_INTEGER }),
  "a trust version that no branch can hold": () => ({ trust: { version: 1e9, sha256: "0".repeat(64) } }),
  "a retry after the year 275760": () => ({ retryAt: 9e15 }),
  "a pause until the year 3000": () => ({ paused: { until: 32_503_680_000, why: "x" } }),
  "something signed in the year 2101": () => ({ signedTime: 4_133_980_800 }),
  "candidate and current in one slot": ({ current }) => ({ candidate: { ...SLOT, slot: current?.slot } }),
  "three slots": () => ({ candidate: { ...SLOT, slot: "b" }, previous: { ...SLOT, slot: "b" } }),
  "a trial of nothing": () => ({ state: "TRIAL", candidate: null }),
  "idle, and nothing runs": () => ({ current: null, previous: null, state: "IDLE" }),
  "going back to nothing": () => ({ current: null, previous: null, state: "FALLBACK" }),
  "provisioning, and a release runs": () => ({ state: "PROVISIONING" }),
  "a negative number": () => ({ starts: -1 }),
  "half a number": () => ({ counter: 0.5 }),
  "a state that there is not": () => ({ state: "ASLEEP" }),
  "a field that there is not": () => ({ command: "x" }),
  "a list that is none": () => ({ owned: {} }),
};

describe("T26: a journal whose digest fits", () => {
  test.each(sampled(Object.entries(FORGERIES), (_, index) => index % 3 === 0))(
    "%s: is refused, the state is rebuilt, and the release continues",
    async (_what, change) => {
      const journal = await box.journal();
      plantBoth(canonicalDocument({ ...journal, ...change(journal) }));
      expect((JSON.parse(await status(true)) as StatusDocument).journalFault).toMatch(/^journal\.0 /);
      expect(await status(false)).toContain("the journal cannot be read");
      expect(await box.once()).toBe(0);
      expect(box.lines.map(({ reason }) => reason)).toContain("state-rebuilt");
      expect(await box.journal()).toMatchObject({ state: "IDLE", current: { seq: 1 }, seen: { seq: 1 }, paused: null, retryAt: null });
      expect(box.target()).toEqual(Object.fromEntries(siteFiles("one")));
    },
  );

  test("with 1e308, NaN or a million entries: the same", async () => {
    const text = canonicalDocument(await box.journal());
    const counters = ['"counter":1e308', '"counter":NaN', '"counter":-0', `"counter":${"9".repeat(400)}`];
    for (const put of sampled(counters, (_, index) => index < 2)) {
      plantBoth(text.replace(/"counter":[0-9]+/, put));
      expect(await box.once()).toBe(0);
      expect(box.lines.map(({ reason }) => reason)).toContain("state-rebuilt");
    }
    const one = { id: "/ConfigMap/a/b", uid: "", unit: "boards", seq: 1 };
    plantBoth(canonicalDocument({ ...(await box.journal()), owned: Array.from({ length: 100_001 }, () => one) }));
    expect(await box.once()).toBe(0);
    expect(box.lines.map(({ reason }) => reason)).toContain("state-rebuilt");
  }, 30_000);

  test("of another boot is a normal one after a reboot", async () => {
    plantBoth(canonicalDocument({ ...(await box.journal()), boot: "ffffffff-ffff-4fff-8fff-ffffffffffff" }));
    expect(await box.once()).toBe(0);
    expect(box.lines.map(({ reason }) => reason)).not.toContain("state-rebuilt");
  });
});

test("T26: a report without this box's signature is ignored, with its counter and its repairs", async () => {
  const report = JSON.parse(readFileSync(box.config.report, "utf8")) as { signed: Record<string, unknown> };
  Object.assign(report.signed, { counter: Number.MAX_SAFE_INTEGER, drift: { contested: [], repaired: Number.MAX_SAFE_INTEGER } });
  writeFileSync(box.config.report, canonicalDocument(report));
  rmSync(box.targetPath);
  for (const name of ["journal.0", "journal.1"]) writeFileSync(join(box.config.state, name), "lost");
  expect(await box.once()).toBe(0);
  expect(box.report()).toMatchObject({ drift: { repaired: 1 }, state: "IDLE" });
  expect(box.report().counter).toBeLessThan(10_000);
});

describe("T23: a clock that says", () => {
  const clocks: readonly [what: string, ms: number, isUnsure: boolean][] = [
    ["1970", 0, true],
    ["a time before 1970", -9e12, true],
    ["the year 2101", 4_133_980_800_000, true],
    ["the year 275760", 8.64e15, true],
    ["what no date can hold", 1e300, true],
    ["nothing", Number.NaN, true],
    ["the year 2090", 3_786_912_000_000, false],
  ];
  test.each(sampled(clocks, (_, index) => index % 2 === 0 || index === 5))(
    "%s does not end the agent: the first release is applied, and the status has clock-unsure when the clock must be wrong",
    async (_what, ms, isUnsure) => {
      const clock = { ...systemClock, now: () => ms };
      const fresh = new Box("eddm", forge.folder, forge.trustBytes);
      try {
        expect(await fresh.once(clock)).toBe(0);
        expect(fresh.report()).toMatchObject({ state: "IDLE", clock: { unsure: isUnsure } });
        expect(fresh.target()).toEqual(Object.fromEntries(siteFiles("one")));
        expect(await status(false, clock, fresh)).toContain("runs:        release 1");
        expect(JSON.parse(await status(true, clock, fresh))).toMatchObject({ running: { release: 1 } });
      } finally {
        fresh.remove();
      }
    },
  );
});
