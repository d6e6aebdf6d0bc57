import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, describe, expect, test } from "@jest/globals";
import { type Clock, systemClock, WorldError } from "../../core/index.ts";
import { lockRepository } from "../../git/repository/repository-lock.ts";
import { removeScratch, scratch } from "./scratch.ts";

afterAll(removeScratch);

/** A clock on which a minute of waiting passes at once. */
function fastClock(): Clock {
  let passed = 0;
  return { ...systemClock, monotonic: () => passed, sleep: (ms) => Promise.resolve(void (passed += Math.max(ms, 200))) };
}

/** Where time passes five times as fast, in the clock and in the timers of a process. */
const HASTE = 5;
const hastyClock: Clock = { ...systemClock, monotonic: () => systemClock.monotonic() * HASTE };
const HASTY_TIMERS = `const every = globalThis.setInterval; globalThis.setInterval = (call, ms) => every(call, ms / ${HASTE});`;

/** Takes a lock in a process of its own, below `before` (a program that starts another), and writes what it saw into a log. */
function holder(path: string, log: string, holdMs: number, before: readonly string[] = []) {
  const module = JSON.stringify(join(import.meta.dirname, "../../git/repository/repository-lock.ts"));
  const script = `
    import { appendFileSync } from "node:fs"; import { setTimeout as delay } from "node:timers/promises";
    ${before.length > 0 ? HASTY_TIMERS : ""}
    const { lockRepository } = await import(${module}); const { systemClock } = await import(${module.replace("git/repository/repository-lock", "core/index")});
    for (let turn = 0; turn < 3; turn++) {
      const lock = await lockRepository(${JSON.stringify(path)}, systemClock);
      appendFileSync(${JSON.stringify(log)}, "in\\n"); await delay(${holdMs}); appendFileSync(${JSON.stringify(log)}, "out\\n");
      lock.release(); if (${holdMs} > 1000) break;
    }`;
  const args = ["--conditions=skerry-source", "--input-type=module", "--eval", script];
  const [program, ...rest] = [...before, process.execPath, ...args] as [string, ...string[]];
  const child = spawn(program, rest, { stdio: ["ignore", "ignore", "inherit"] });
  return { child, done: new Promise<number | null>((resolve) => child.on("close", resolve)) };
}

const CONTAINER = ["unshare", "-Urpf", "--mount-proc"];
const hasContainers = spawnSync(CONTAINER[0] as string, [...CONTAINER.slice(1), "true"]).status === 0;

async function endedPid(): Promise<number> {
  const child = spawn("true", { stdio: "ignore" });
  await new Promise((resolve) => child.on("close", resolve));
  return child.pid as number;
}

const [, start, boot, container] = signature();

function signature(): string[] {
  const stat = readFileSync(`/proc/${process.pid}/stat`, "latin1").replace(/^.*\) /s, "");
  const boot = readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
  return [String(process.pid), stat.split(" ")[19] as string, boot, readlink()];
}

function readlink(): string {
  return spawnSync("readlink", ["/proc/self/ns/pid"], { encoding: "utf8" }).stdout.trim();
}

describe("the repository's own lock", () => {
  test("identifies its process uniquely, and is removed with it", async () => {
    const path = join(scratch(), "skerry.lock");
    const lock = await lockRepository(path, systemClock);
    expect(readFileSync(path, "utf8")).toBe(`${process.pid} ${start} ${boot} ${container}\n`);
    lock.release();
    expect(existsSync(path)).toBe(false);
  });

  test("is waited for, also within one process", async () => {
    const path = join(scratch(), "skerry.lock");
    const first = await lockRepository(path, systemClock);
    let isOurs = false;
    const second = lockRepository(path, systemClock).then((lock) => {
      isOurs = true;
      return lock;
    });
    await delay(100);
    expect(isOurs).toBe(false);
    first.release();
    (await second).release();
  });

  test("a running holder is named, in today's format and in that of version 0.1.0", async () => {
    const path = join(scratch(), "skerry.lock");
    writeFileSync(path, `${process.ppid}\n`);
    await expect(lockRepository(path, fastClock())).rejects.toThrow(`process ${process.ppid} is writing`);
    const parent = readFileSync(`/proc/${process.ppid}/stat`, "latin1")
      .replace(/^.*\) /s, "")
      .split(" ")[19];
    writeFileSync(path, `${process.ppid} ${parent} ${boot} ${container}\n`);
    await expect(lockRepository(path, fastClock())).rejects.toBeInstanceOf(WorldError);
  });

  const dead: readonly [sentence: string, text: () => Promise<string> | string, ageSeconds?: number][] = [
    ["a process that has ended", async () => `${await endedPid()} ${start} ${boot} ${container}\n`],
    ["a process that has ended, as version 0.1.0 wrote it", async () => `${await endedPid()}\n`],
    ["our own id and another start: the process 1 of a container that was killed", () => `${process.pid} 17 ${boot} ${container}\n`],
    ["our own id, as version 0.1.0 wrote it", () => `${process.pid}\n`],
    ["a process that started after the lock was made", () => `${process.ppid}\n`, 1_000_000],
  ];
  test.each(dead)("is taken over at once from %s", async (_sentence, text, ageSeconds = 0) => {
    const path = join(scratch(), "skerry.lock");
    writeFileSync(path, await text());
    const made = Date.now() / 1000 - ageSeconds;
    utimesSync(path, made, made);
    const begin = performance.now();
    const lock = await lockRepository(path, systemClock);
    expect(performance.now() - begin).toBeLessThan(2_000);
    lock.release();
  });

  test("is taken over at once from a killed process that nobody has waited for", async () => {
    const path = join(scratch(), "skerry.lock");
    // A shell that stays busy leaves its dead child to nobody.
    const script = "sleep 60 & echo $!; kill -9 $!; exec sleep 60";
    const shell = spawn("sh", ["-c", script], { stdio: ["ignore", "pipe", "ignore"] });
    const pid = Number(await new Promise<string>((resolve) => shell.stdout.once("data", (text: Buffer) => resolve(text.toString()))));
    for (let turn = 0; turn < 200 && !/\) Z/.test(readFileSync(`/proc/${pid}/stat`, "latin1")); turn++) await delay(10);
    writeFileSync(path, `${pid}\n`);
    const lock = await lockRepository(path, systemClock);
    lock.release();
    shell.kill("SIGKILL");
  });

  const unseen: readonly [sentence: string, text: string][] = [
    ["another boot", `1 17 00000000-0000-0000-0000-000000000000 ${container}\n`],
    ["another container", `1 17 ${boot} pid:[1]\n`],
    ["nobody, because its process was killed before it signed", ""],
  ];
  test.each(unseen)("of %s is taken over when it is not renewed, and not before", async (_sentence, text) => {
    const path = join(scratch(), "skerry.lock");
    writeFileSync(path, text);
    const clock = fastClock();
    const lock = await lockRepository(path, clock);
    expect(clock.monotonic()).toBeGreaterThan(10_000);
    expect(clock.monotonic()).toBeLessThan(15_000);
    lock.release();
  });

  test("whose takeover was interrupted is still taken over", async () => {
    const path = join(scratch(), "skerry.lock");
    writeFileSync(path, `${await endedPid()} ${start} ${boot} ${container}\n`);
    writeFileSync(`${path}.takeover`, `${await endedPid()} ${start} ${boot} ${container}\n`);
    const lock = await lockRepository(path, systemClock);
    lock.release();
    expect(readdirSync(join(path, ".."))).toEqual([]);
  });

  test("a run that was assumed dead does not remove the lock of its successor", async () => {
    const path = join(scratch(), "skerry.lock");
    const lock = await lockRepository(path, systemClock);
    writeFileSync(path, `1 17 ${boot} pid:[1]\n`);
    lock.release();
    expect(readFileSync(path, "utf8")).toContain("pid:[1]");
  });

  test("taken over by six processes at once has one holder at a time", async () => {
    const folder = scratch();
    const [path, log] = [join(folder, "skerry.lock"), join(folder, "log")];
    writeFileSync(path, `${await endedPid()} ${start} ${boot} ${container}\n`);
    const codes = await Promise.all(Array.from({ length: 6 }, () => holder(path, log, 20).done));
    expect(codes).toEqual([0, 0, 0, 0, 0, 0]);
    expect(readFileSync(log, "utf8")).toBe("in\nout\n".repeat(18));
  });

  (hasContainers ? test : test.skip)(
    "of a process that lives in another container is waited for, because it is renewed",
    async () => {
      const folder = scratch();
      const [path, log] = [join(folder, "skerry.lock"), join(folder, "log")];
      const other = holder(path, log, 14_000 / HASTE, CONTAINER);
      for (let turn = 0; turn < 1000 && !existsSync(log); turn++) await delay(10);
      expect(readFileSync(path, "utf8")).not.toContain(container);
      // Without a renewal the lock would be taken over after ten seconds of this clock, two on the wall.
      const lock = await lockRepository(path, hastyClock);
      expect(readFileSync(log, "utf8")).toBe("in\nout\n");
      lock.release();
      expect(await other.done).toBe(0);
    },
    60_000,
  );
});
