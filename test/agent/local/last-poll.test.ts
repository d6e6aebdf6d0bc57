import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../../core/index.ts";
import { step } from "../../../agent/machine/step.ts";
import { LastPollNote } from "../../../agent/store/last-poll.ts";
import { Box } from "../fixtures/box.ts";
import { Forge, siteFiles } from "../fixtures/forge.ts";
import { machineOf, NOW, later } from "../fixtures/machines.ts";
import { RecordingDisk } from "../fixtures/recording-disk.ts";

/** What `skerry agent status` says after the agent ended: the journal's word, and how the last poll went. */

let folder: string;
let forge: Forge;
let box: Box;

beforeAll(() => {
  folder = mkdtempSync("/tmp/skerry-last-poll-");
  forge = new Forge(join(folder, "fleet.git"));
  box = new Box("eddm", forge.folder, forge.trustBytes);
  forge.deliver("eddm", 1, 1, siteFiles("one"));
});

afterAll(() => {
  box.remove();
  rmSync(folder, { recursive: true, force: true });
});

const noteOf = (): string => join(box.cache, "airports.eddm/last-poll.json");

test("a new box has no sign of life; a failed poll is shown after the agent stopped, until the next successful one", async () => {
  expect(await box.status()).toMatchObject({ reason: "not-started", lastSign: null, lastPoll: null });
  box.configure({ repository: join(folder, "nothing.git") });
  expect(await box.once()).toBe(3);
  const failed = await box.status();
  expect(failed).toMatchObject({
    isWorking: false,
    reason: "repository-missing",
    lastPoll: { troubles: [{ reason: "repository-missing" }] },
  });
  expect(failed.detail).toBe(failed.lastPoll?.troubles[0]?.detail);
  const nowSeconds = systemClock.now() / 1000;
  expect(nowSeconds - (failed.lastSign ?? 0)).toBeLessThan(60);
  box.configure({});
  expect(await box.once()).toBe(0);
  expect(await box.status()).toMatchObject({ reason: "unproven", lastPoll: { troubles: [] } });
});

test("A28: a poll without changes writes nothing under the state folder, and only the time of the stop into the cache", async () => {
  expect(await box.once()).toBe(0);
  const state = (): string[] =>
    readdirSync(box.config.state, { recursive: true, withFileTypes: true }).map((entry) => {
      const stats = statSync(join(entry.parentPath, entry.name));
      return `${entry.name} ${stats.ino} ${stats.mtimeMs}`;
    });
  const before = state();
  expect(await box.once()).toBe(0);
  // `once` opens the lock and its socket, and closes them.
  expect(state()).toEqual(before);

  const recording = new RecordingDisk(folder);
  const note = new LastPollNote({ ...recording.disk, pathFault: async () => undefined }, folder);
  let machine = machineOf({}, { polls: 1 });
  for (let poll = 1; poll <= 5; poll++) {
    for (const event of [{ type: "poll-due" }, { type: "poll-failed", reason: "offline", detail: "no route" }] as const) {
      const next = step(machine, event, later(poll * 1_000_000)).machine;
      note.note(machine, next, later(poll * 1_000_000));
      machine = next;
    }
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
  const writes = recording.writes.filter((call) => call.startsWith("write "));
  // The first failure, and no more: the others say the same. The journal counts a report each time that the state is written.
  expect(writes.length).toBeLessThanOrEqual(2);
  await note.end(NOW);
  expect(JSON.parse(readFileSync(join(folder, "last-poll.json"), "utf8"))).toMatchObject({ troubles: [{ reason: "offline" }] });
});

test("a record of another journal or user, a forged or too large one, a pipe and a link are ignored", async () => {
  box.configure({ repository: join(folder, "nothing.git") });
  expect(await box.once()).toBe(3);
  const whole = readFileSync(noteOf(), "utf8");
  const isShown = async (): Promise<boolean> => (await box.status()).lastPoll !== null;
  const replaced = async (make: (path: string) => void): Promise<boolean> => {
    rmSync(noteOf(), { force: true });
    make(noteOf());
    return isShown();
  };
  const put = (text: string) => (path: string) => writeFileSync(path, text);
  expect(await replaced(put(whole))).toBe(true);
  expect(await replaced(put(whole.replace(/"record":[0-9]+/, '"record":1')))).toBe(false);
  expect(await replaced(put(whole.replace(/"at":[0-9]+/, '"at":1e300')))).toBe(false);
  expect(await replaced(put("{"))).toBe(false);
  expect(await replaced(put(`${whole}${" ".repeat(20_000)}`))).toBe(false);
  expect(await replaced((path) => void execFileSync("mkfifo", [path]))).toBe(false);
  writeFileSync(join(folder, "elsewhere"), whole);
  expect(await replaced((path) => symlinkSync(join(folder, "elsewhere"), path))).toBe(false);
  if (process.geteuid?.() === 0) {
    const theirs = (path: string): void => void (put(whole)(path), execFileSync("chown", ["12345", path]));
    expect(await replaced(theirs)).toBe(false);
  }
  // A word that no agent has, and a sentence without end, are left out; the rest is shown.
  expect(await replaced(put(whole.replaceAll('"repository-missing"', '"no-luck"')))).toBe(true);
  expect((await box.status()).lastPoll?.troubles).toEqual([]);
  expect((await box.status()).reason).toBe("unproven");
});

test("without write access to the cache the poll and the status work without the record", async () => {
  chmodSync(box.cache, 0o777);
  rmSync(noteOf(), { force: true });
  expect(await box.once()).toBe(3);
  expect(existsSync(noteOf())).toBe(false);
  expect(await box.status()).toMatchObject({ reason: "unsafe-path", lastPoll: null });
  chmodSync(box.cache, 0o700);
});
