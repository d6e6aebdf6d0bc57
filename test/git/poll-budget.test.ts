import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { constants, deflateRawSync, deflateSync } from "node:zlib";
import { limits, systemClock, systemProcess } from "../../core/index.ts";
import { describeCache, fetchSite, type FetchResult, openRawReader, OverBudget, PollBudget } from "../../git/index.ts";
import type { GitLimits } from "../../git/process/git-limits.ts";
import { band, FLUSH, greeting, packBands, packet, packets, ProtocolServer } from "./protocol-server.ts";
import { bareRepository, git, gitBytes, removeScratch, scratch } from "./scratch.ts";

/** T7, I15: what all git calls of one poll may use, and how they end. Real git, real processes, and the limits made small. */

const REFS = { site: "refs/heads/sites/x", trust: "refs/heads/trust" };

let repository: string;
let server: ProtocolServer;
let url: string;
let tips: { site: string; trust: string };

beforeAll(async () => {
  repository = bareRepository();
  tips = { site: publish(REFS.site, "a"), trust: publish(REFS.trust, "b") };
  server = new ProtocolServer(repository);
  url = `http://127.0.0.1:${await server.open()}/fleet.git`;
});

afterAll(async () => {
  await server.close();
  removeScratch();
});

function publish(ref: string, text: string): string {
  const blob = git(repository, ["hash-object", "-w", "--stdin"], text).trim();
  const tree = git(repository, ["mktree"], `100644 blob ${blob}\tfile\n`).trim();
  const commit = git(repository, ["commit-tree", "-m", text, tree]).trim();
  git(repository, ["update-ref", ref, commit]);
  return commit;
}

async function poll(change: Partial<GitLimits>, at = url, world = systemProcess): Promise<FetchResult> {
  const folder = join(scratch(), "cache");
  const cache = describeCache(folder, at, world);
  const result = await fetchSite({ ...cache, limits: { ...cache.limits, ...change } }, REFS, { clock: systemClock });
  expect(processesOf(folder)).toEqual([]);
  return result;
}

/** Command lines of what still runs with this cache in its environment. */
function processesOf(folder: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^[0-9]+$/.test(name))
    .flatMap((pid) => {
      try {
        const isOurs = readFileSync(`/proc/${pid}/environ`, "latin1").includes(`GIT_DIR=${folder}\0`);
        return isOurs ? [readFileSync(`/proc/${pid}/cmdline`, "latin1")] : [];
      } catch {
        return [];
      }
    });
}

/** An entry of a pack: kind 3 is a blob, 6 a delta to an entry `distance` bytes before (gitformat-pack(5)). */
function entry(kind: number, size: number, content: Buffer, distance?: number): Buffer {
  const head = [(kind << 4) | (size & 15)];
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    head[head.length - 1] = (head.at(-1) as number) | 0x80;
    head.push(rest & 0x7f);
  }
  return Buffer.concat([Buffer.from(head), distance === undefined ? Buffer.alloc(0) : Buffer.from(offset(distance)), deflateSync(content)]);
}

function offset(distance: number): number[] {
  const bytes = [distance & 0x7f];
  for (let rest = Math.floor(distance / 128) - 1; rest >= 0; rest = Math.floor(rest / 128) - 1) bytes.unshift(0x80 | (rest & 0x7f));
  return bytes;
}

function packOf(entries: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(12);
  head.write("PACK");
  head.writeUInt32BE(2, 4);
  head.writeUInt32BE(entries.length, 8);
  const body = Buffer.concat([head, ...entries]);
  return Buffer.concat([body, createHash("sha1").update(body).digest()]);
}

/** Deltas, each of which makes `times` MB of 1 MB: 200 cost git a few hundredths of a second. */
function expanding(count: number, times: number): Buffer {
  const size = 1_000_000;
  const base = entry(3, size, Buffer.alloc(size, "x"));
  const copy = [0xf0, size & 0xff, (size >> 8) & 0xff, (size >> 16) & 0xff];
  const delta = Buffer.from([...varint(size), ...varint(size * times), ...Array.from({ length: times }, () => copy).flat()]);
  const entries = [base];
  for (let before = base.length; entries.length <= count; before += (entries.at(-1) as Buffer).length) {
    entries.push(entry(6, delta.length, delta, before));
  }
  return packOf(entries);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    bytes.push(rest > 127 ? (rest & 0x7f) | 0x80 : rest);
    if (rest <= 127) return bytes;
  }
}

describe("CPU time", () => {
  test("deltas that expand to minutes of copying end at the poll's CPU limit, with the whole process group", async () => {
    server.script = { packfile: () => packBands(expanding(1_000, 200)) };
    const begun = performance.now();
    expect(await poll({ cpuSeconds: 0.5 })).toEqual({
      fault: { reason: "too-large", detail: "git used more than 0.5 s of CPU time" },
    });
    expect(performance.now() - begun).toBeLessThan(10_000);
  });

  test("gigabytes compressed to a blob of a few megabytes end in the same way", async () => {
    const size = 1_500_000_000;
    // Flushed, a piece ends with a whole byte and without an end of the stream, so that it can stand there again and again.
    const piece = deflateRawSync(Buffer.alloc(10_000_000), { finishFlush: constants.Z_FULL_FLUSH });
    const blob = Buffer.concat([entry(3, size, Buffer.alloc(0)).subarray(0, -6), ...Array.from({ length: 150 }, () => piece)]);
    server.script = { packfile: () => packBands(packOf([blob])) };
    expect(await poll({ cpuSeconds: 0.5 })).toEqual({
      fault: { reason: "too-large", detail: "git used more than 0.5 s of CPU time" },
    });
  });

  test("the largest allowed tree uses at most a tenth of it, so that a board ten times as slow can fetch it too", async () => {
    const big = bareRepository();
    git(big, ["fast-import", "--quiet"], biggestTree());
    const trust = git(big, ["commit-tree", "-m", "t", git(big, ["mktree"]).trim()]).trim();
    git(big, ["update-ref", REFS.trust, trust]);
    const site = git(big, ["rev-parse", REFS.site]).trim();
    const cache = describeCache(join(scratch(), "cache"), big, systemProcess);
    const tenth = { ...cache, limits: { ...cache.limits, cpuSeconds: cache.limits.cpuSeconds / 10 } };
    const budget = new PollBudget(tenth.limits, systemClock);
    expect(await fetchSite(tenth, REFS, { clock: systemClock, budget })).toEqual({ tips: { site, trust } });
    const ids = git(big, ["rev-list", "--objects", site])
      .trim()
      .split("\n")
      .map((line) => line.slice(0, 40));
    const reader = openRawReader(tenth, budget);
    const bodies = await reader.read(ids);
    await reader.close();
    expect(bodies.reduce((sum, body) => sum + body.length, 0)).toBeGreaterThan(0.95 * limits.treeBytes);
    expect(budget.fault).toBeUndefined();
  }, 60_000);

  test("the calls of one poll share it, and none starts when it is used up", async () => {
    const budget = new PollBudget({ ...describeCache("/nonexistent", url, systemProcess).limits, cpuSeconds: 0.5 }, systemClock);
    expect(await spin(budget, 300)).toBe(false);
    expect(await spin(budget, 60_000)).toBe(true);
    expect(budget.fault?.detail).toBe("git used more than 0.5 s of CPU time");
    const cache = describeCache(join(scratch(), "cache"), url, systemProcess);
    server.seen.length = 0;
    expect(await fetchSite(cache, REFS, { clock: systemClock, budget })).toEqual({ fault: budget.fault });
    expect(server.seen).toEqual([]);
    const reader = openRawReader(cache, budget);
    await expect(reader.read([tips.site])).rejects.toThrow(OverBudget);
    await reader.close();
  }, 30_000);
});

/** A shell and a child that work for so long; whether the budget ended them before. */
async function spin(budget: PollBudget, ms: number): Promise<boolean> {
  const child = spawn("/bin/sh", ["-c", "(while :; do :; done) & wait"], { detached: true, stdio: "ignore" });
  let ended = false;
  const end = (): void => void process.kill(-(child.pid as number), "SIGKILL");
  const over = new Promise((resolve) => child.on("close", resolve));
  const unwatch = budget.watch({
    pid: child.pid,
    end: () => {
      ended = true;
      end();
    },
  });
  const timer = setTimeout(end, ms);
  await over;
  clearTimeout(timer);
  unwatch();
  return ended;
}

/** For `git fast-import`: 32 MB in 12,000 entries, half of it text that compresses and half noise. */
function biggestTree(): string {
  const folders = 99;
  const files = limits.treeEntries - folders - 1;
  const size = Math.floor(limits.treeBytes / files);
  const noise = gitBytes(repository, ["hash-object", "--stdin"], "seed").toString("latin1");
  const blobs = Array.from({ length: files }, (_, index) => {
    const body = (pseudoRandom(index, size / 2) + `replicas: ${index} ${noise}`.repeat(40)).slice(0, size);
    return `M 100644 inline manifests/u${index % folders}/f${index}\ndata ${body.length}\n${body}\n`;
  });
  return `commit ${REFS.site}\ncommitter A <a@example> 1 +0000\ndata 1\nx\n${blobs.join("")}`;
}

/** Text that hardly compresses, the same in each run. */
function pseudoRandom(seed: number, length: number): string {
  return createHash("shake256", { outputLength: Math.ceil(length) })
    .update(String(seed))
    .digest("base64")
    .slice(0, length);
}

describe("memory", () => {
  test("of all processes together is checked, and the group is killed: too-large", async () => {
    const limit = { ...describeCache("/nonexistent", url, systemProcess).limits, memoryBytes: 100_000_000 };
    const budget = new PollBudget(limit, systemClock);
    // Each `tail` holds what it was given: 60 MB, and no process is above the limit alone.
    const child = spawn("/bin/sh", ["-c", "for i in 1 2 3; do (head -c 60000000 /dev/zero; sleep 60) | tail -c 60000000 & done; wait"], {
      detached: true,
      stdio: "ignore",
    });
    const over = new Promise((resolve) => child.on("close", resolve));
    const unwatch = budget.watch({ pid: child.pid, end: () => void process.kill(-(child.pid as number), "SIGKILL") });
    await over;
    unwatch();
    expect(budget.fault).toEqual({ reason: "too-large", detail: "git used more than 100 MB of memory" });
  });

  test("of one process is limited by the kernel, and git reports it: too-large", async () => {
    server.script = { packfile: () => packBands(expanding(1, 900)) };
    expect(await poll({})).toEqual({ fault: { reason: "too-large", detail: expect.stringMatching(/memory/i) } });
  });
});

describe("time", () => {
  test("the whole poll has a deadline: slow-retrieval", async () => {
    server.script = { http: () => true };
    expect(await poll({ wallMs: 700 })).toEqual({ fault: { reason: "slow-retrieval", detail: "stopped after 0.7 s" } });
  });

  const STALL = { stallMs: 700, stallBytes: 60_000 };
  const STALLED = { fault: { reason: "slow-retrieval", detail: "fewer than 60000 bytes of the pack arrived in 0.7 s" } };

  /** A pack with one blob, in a block of deflate that takes any bytes. */
  const head = [...packOf([Buffer.alloc(1)]).subarray(0, 12), 0xb0, 0xea, 0x1d, 0x78, 0x01, 0x00, 0xff, 0xff, 0x00, 0x00];
  const BEGUN = Buffer.concat([packet("packfile\n"), band(1, Buffer.from(head))]);

  const ALIVE: Readonly<Record<string, () => Buffer>> = {
    "progress lines": () => band(2, "Counting objects: 1\r"),
    "empty packets of the pack's band": () => packet(Buffer.from([1])),
    "a byte of the pack now and then": () => band(1, "x"),
  };

  test.each(Object.entries(ALIVE))("a server that keeps the connection open with %s is disconnected, over HTTP", async (_how, alive) => {
    server.script = {
      http: ({ body }, response) => {
        if (!body.includes("command=fetch")) return false;
        response.writeHead(200, { "content-type": "application/x-git-upload-pack-result" });
        response.write(BEGUN);
        const timer = setInterval(() => response.write(alive()), 20);
        response.on("close", () => clearInterval(timer));
        return true;
      },
    };
    expect(await poll(STALL)).toEqual(STALLED);
  });

  test.each(Object.entries(ALIVE))("a server that keeps the connection open with %s is disconnected, over ssh", async (_how, alive) => {
    const begin = join(scratch(), "begin");
    const again = join(scratch(), "again");
    const refs = packets(`${tips.site} ${REFS.site}\n`, `${tips.trust} ${REFS.trust}\n`, FLUSH);
    writeFileSync(begin, Buffer.concat([greeting([]).subarray(greeting([]).indexOf("000eversion")), refs, BEGUN]));
    writeFileSync(again, alive());
    const world = overSsh(`cat '${begin}'; while sleep 0.1; do cat '${again}'; done`);
    expect(await poll(STALL, "ssh://git@box.invalid/fleet.git", world)).toEqual(STALLED);
  });

  test("a slow but steady pack is not aborted", async () => {
    const pack = gitBytes(
      repository,
      ["pack-objects", "--stdout", "-q"],
      `${git(repository, ["rev-list", "--objects", "--all"]).replace(/ .*/gm, "")}`,
    );
    server.script = {
      http: ({ body }, response) => {
        if (!body.includes("command=fetch")) return false;
        response.writeHead(200, { "content-type": "application/x-git-upload-pack-result" });
        response.write(packet("packfile\n"));
        const pieces = Array.from({ length: 8 }, (_, index) => pack.subarray((index * pack.length) / 8, ((index + 1) * pack.length) / 8));
        const timer = setInterval(() => {
          const piece = pieces.shift();
          if (piece !== undefined) response.write(band(1, piece));
          else {
            clearInterval(timer);
            response.end(FLUSH);
          }
        }, 100);
        return true;
      },
    };
    expect(await poll({ stallMs: 3_000, stallBytes: 20 })).toEqual({ tips });
  });
});

/** A program named ssh in front of everything, so that git speaks to it as to OpenSSH; it runs this instead. */
function overSsh(script: string): typeof systemProcess {
  const folder = join(scratch(), "bin");
  mkdirSync(folder);
  writeFileSync(join(folder, "ssh"), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, "ssh"), 0o755);
  return {
    ...systemProcess,
    env: (name) => (name === "PATH" ? `${folder}:${systemProcess.env(name) as string}` : systemProcess.env(name)),
  };
}
