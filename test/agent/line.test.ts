import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { sha256Hex, systemClock, systemDisk, systemProcess, systemRandom } from "../../core/index.ts";
import { describeCache, fetchSite } from "../../git/index.ts";
import { agentOnce } from "../../agent/run-agent.ts";
import type { LogLine } from "../../agent/log-line.ts";
import { agentStatus } from "../../agent/status/status.ts";
import type { Box } from "./fixtures/box.ts";
import { siteFiles } from "./fixtures/forge.ts";
import { Region, SITE } from "./fixtures/region.ts";

/** What can come over the line, or not come: rubbish, silence, drips, lost refs, a damaged cache. */

let region: Region;
const world = (name: string): ReturnType<Region["world"]> => region.world(name);

beforeAll(async () => {
  region = await Region.open();
});

afterAll(() => region.close());

const reasonsLogged = (box: Box): (string | undefined)[] => box.lines.map((line) => line.reason);

describe("the network", () => {
  test("A2, deleted ref: without the site's ref trust is updated, and the reason depends on whether the site ever ran a release", async () => {
    const { forge, box } = world("no-ref");
    forge.publishTrust();
    expect(await box.once()).toBe(1);
    expect(reasonsLogged(box)).toContain("not-promoted-yet");
    forge.deliver(SITE, 1, 1, siteFiles("one"));
    expect(await box.once()).toBe(0);
    forge.ref(`refs/heads/sites/${SITE}`, undefined);
    expect(await box.once()).toBe(1);
    expect(reasonsLogged(box)).toContain("ref-missing");
    expect(box.target()).toEqual(Object.fromEntries(siteFiles("one")));
  });

  test("without branch trust nothing is judged: trust-missing", async () => {
    const { forge, box } = world("no-trust");
    forge.deliver(SITE, 1, 1, siteFiles("one"));
    forge.ref("refs/heads/trust", undefined);
    expect(await box.once()).toBe(3);
    expect(reasonsLogged(box)).toContain("trust-missing");
  });

  const RUBBISH: Readonly<Record<string, readonly [string, (request: IncomingMessage, response: ServerResponse) => void]>> = {
    "a captive portal's page": [
      "not-git",
      (_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<html>please log in</html>"),
    ],
    "a page that claims to be git": [
      "not-git",
      (_, response) => response.writeHead(200, { "content-type": "application/x-git-upload-pack-advertisement" }).end("zzzz"),
    ],
    "a redirect to another host": ["redirected", (_, response) => response.writeHead(302, { location: "http://127.0.0.2:1/" }).end()],
    "an error in git's own words, dressed up as ours": [
      "access-refused",
      (_, response) => {
        response.writeHead(200, { "content-type": "application/x-git-upload-pack-advertisement" });
        response.end("001e# service=git-upload-pack\n0000001fERR No space left on device");
      },
    ],
    "401": ["access-refused", (_, response) => response.writeHead(401, { "www-authenticate": "Basic" }).end()],
    "403": ["access-refused", (_, response) => response.writeHead(403).end()],
    "404": ["repository-missing", (_, response) => response.writeHead(404).end()],
    "500": ["offline", (_, response) => response.writeHead(500).end()],
    "429": ["offline", (_, response) => response.writeHead(429).end()],
    "a connection cut before an answer": ["offline", (request) => request.socket.destroy()],
    "an answer that stops short": [
      "offline",
      (request, response) => {
        response.writeHead(200, { "content-type": "application/x-git-upload-pack-advertisement", "content-length": "1000" });
        response.write("001e# service=git-upload-pack\n");
        setTimeout(() => request.socket.destroy(), 20);
      },
    ],
  };

  test("captive portal: each kind of answer has its reason, and none changes the running release", async () => {
    const { forge, box } = world("rubbish");
    forge.deliver(SITE, 1, 1, siteFiles("one"));
    await box.once();
    for (const [kind, [word, answer]] of Object.entries(RUBBISH)) {
      region.interfere = (request, response) => {
        answer(request, response);
        return true;
      };
      try {
        expect({ kind, code: await box.once() }).toEqual({ kind, code: 3 });
        expect({ kind, told: reasonsLogged(box) }).toEqual({ kind, told: expect.arrayContaining([word]) });
        expect(box.target()).toEqual(Object.fromEntries(siteFiles("one")));
      } finally {
        region.interfere = undefined;
      }
    }
    expect(await box.once()).toBe(0);
  }, 60_000);

  test("captive portal: its page instead of the first answer, the list of refs or the pack is not-git, and so is status 511", async () => {
    const { forge, box } = world("portal");
    forge.deliver(SITE, 1, 1, siteFiles("one"));
    for (const place of [1, 2, 3]) {
      for (const status of [200, 511]) {
        let requests = 0;
        region.interfere = (_, response) => {
          if (++requests < place) return false;
          response.writeHead(status, { "content-type": "text/html" }).end("<!doctype html><title>Welcome on board</title>");
          return true;
        };
        try {
          expect({ place, status, code: await box.once() }).toEqual({ place, status, code: 3 });
          expect({ place, status, reasons: reasonsLogged(box) }).toEqual({ place, status, reasons: expect.arrayContaining(["not-git"]) });
          expect(requests).toBeGreaterThanOrEqual(place);
        } finally {
          region.interfere = undefined;
        }
      }
    }
    expect(await box.once()).toBe(0);
  }, 60_000);

  test("L1, A18: without a server: offline, and drift is still repaired", async () => {
    const { forge, box } = world("offline");
    forge.deliver(SITE, 1, 1, siteFiles("one"));
    await box.once();
    box.configure({ repository: "http://127.0.0.1:1/fleet.git" });
    writeFileSync(join(box.targetPath, "plan.json"), "{}");
    expect(await box.once()).toBe(3);
    expect(reasonsLogged(box)).toContain("offline");
    expect(box.target()).toEqual(Object.fromEntries(siteFiles("one")));
  });

  test("T7, slow drip: a very slow connection is aborted at the deadline: slow-retrieval", async () => {
    const { forge } = world("slow");
    forge.publishTrust();
    const cache = describeCache(join(region.root, "slow-cache"), region.server.url("slow.git"), systemProcess);
    region.interfere = (_, response) => {
      response.writeHead(200, { "content-type": "application/x-git-upload-pack-advertisement" });
      const drip = setInterval(() => response.write("0"), 50);
      response.on("close", () => clearInterval(drip));
      return true;
    };
    try {
      const result = await fetchSite(
        cache,
        { site: "refs/heads/sites/x", trust: "refs/heads/trust" },
        { clock: systemClock, deadlineMs: 500 },
      );
      expect(result).toMatchObject({ fault: { reason: "slow-retrieval" } });
    } finally {
      region.interfere = undefined;
    }
  });

  test("A1, corrupted clone: a cache with any damaged file is deleted and fetched again within the same poll", async () => {
    const { forge, box } = world("cache");
    forge.deliver(SITE, 1, 1, siteFiles("1"));
    await box.once();
    const files = readdirSync(box.repositoryCache, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.length).toBeGreaterThan(5);
    let seq = 1;
    const spoils = [
      (path: string) => truncateSync(path, 0),
      (path: string) => rmSync(path),
      (path: string) => writeFileSync(path, "rubbish\n"),
    ];
    // One of the three ways for each file, and all three over the files.
    for (const [place, entry] of files.map((file) => join(file.parentPath, file.name).slice(box.repositoryCache.length)).entries()) {
      const spoil = spoils[place % spoils.length] as (path: string) => void;
      const path = existsSync(join(box.repositoryCache, entry))
        ? entry
        : `/objects/pack/${readdirSync(join(box.repositoryCache, "objects/pack")).find((name) => name.endsWith(entry.slice(-5))) ?? "none"}`;
      if (existsSync(join(box.repositoryCache, path))) spoil(join(box.repositoryCache, path));
      seq++;
      forge.deliver(SITE, seq, seq, siteFiles(String(seq)));
      expect({
        path,
        code: await box.once(),
        told: reasonsLogged(box).filter((word) => !["on-trial", "unproven", "staged"].includes(word ?? "")),
      }).toEqual({
        path,
        code: 0,
        told: [],
      });
      expect((await box.journal()).current?.seq).toBe(seq);
    }
  }, 120_000);

  test("stale lock files: the lock of a killed fetch does not stop the next one", async () => {
    const { forge, box } = world("stale-lock");
    forge.deliver(SITE, 1, 1, siteFiles("one"));
    await box.once();
    for (const lock of ["shallow.lock", "config.lock", `refs/heads/sites/${SITE}.lock`, "objects/pack/tmp_pack_abc"])
      writeFileSync(join(box.repositoryCache, lock), "");
    forge.deliver(SITE, 2, 2, siteFiles("two"));
    expect(await box.once()).toBe(0);
    expect((await box.journal()).current?.seq).toBe(2);
    expect(existsSync(join(box.repositoryCache, "shallow.lock"))).toBe(false);
  });

  test("A28: an idle poll transfers the same bytes after 60 releases of other sites, at most 2.4 KB of git's protocol", async () => {
    const { forge, box } = world("idle");
    // Text that hardly compresses: a poll that fetched the tree again would be over the limit.
    const files = siteFiles(Array.from({ length: 100 }, (_, number) => sha256Hex(`${number}`)).join(""));
    forge.deliver(SITE, 1, 1, files);
    await box.once();
    const idle = async (): Promise<{ asked: number[]; answered: number[] }> => {
      region.server.reset();
      expect(await box.once()).toBe(0);
      return {
        asked: region.server.requests.map((each) => each.requestBytes),
        answered: region.server.requests.map((each) => each.responseBytes),
      };
    };
    const before = await idle();
    let trust = forge.publishTrust();
    for (let release = 2; release <= 61; release++) {
      forge.release(release, new Map([["aaaa", `sha256:${String(release).padStart(64, "0")}`]]));
      if (release > 51) forge.trustFiles.delete(`releases/${release - 50}.tag`);
      trust = forge.publishTrust(trust);
      if (release % 30 === 0) expect(await box.once()).toBe(0);
    }
    await box.once();
    const after = await idle();
    expect(after.asked).toEqual(before.asked);
    // A server that takes its time sends a keep-alive of five bytes.
    const sum = (bytes: number[]): number => bytes.reduce((all, each) => all + each, 0);
    expect(Math.abs(sum(after.answered) - sum(before.answered))).toBeLessThanOrEqual(15);
    expect([...after.asked, ...after.answered].reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(2_400);
    expect(box.target()).toEqual(Object.fromEntries(files));
  }, 120_000);

  test("a box without git, or without write access to the cache folder, reports it and keeps its release", async () => {
    const { forge, box } = region.world("bare");
    forge.deliver(SITE, 1, 1, siteFiles("one"));
    await box.once();
    const ports = { clock: systemClock, random: systemRandom, disk: systemDisk, log: (line: LogLine) => void box.lines.push(line) };
    const withoutGit = { ...systemProcess, env: (name: string) => (name === "PATH" ? "/nonexistent" : systemProcess.env(name)) };
    box.lines = [];
    expect(await agentOnce(box.configPath, { ...ports, process: withoutGit }, { stop: new AbortController().signal })).toBe(3);
    expect(reasonsLogged(box)).toContain("git-missing");
    writeFileSync(join(box.folder, "file"), "");
    box.configure({ cache: join(box.folder, "file/cache") });
    expect(await box.once()).toBe(3);
    expect(reasonsLogged(box)).toContain("storage-failed");
    expect(box.target()).toEqual(Object.fromEntries(siteFiles("one")));
  });

  test("A3: configuration of the user and of the environment is not read", async () => {
    const { forge, box } = region.world("configured");
    forge.deliver(SITE, 1, 1, siteFiles("one"));
    const home = join(region.root, "home");
    mkdirSync(home);
    const elsewhere = `[url "http://127.0.0.1:1/"]\n\tinsteadOf = http://\n[fetch]\n\tfsckObjects = false\n`;
    writeFileSync(join(home, ".gitconfig"), elsewhere);
    const environment: Record<string, string> = {
      PATH: systemProcess.env("PATH") as string,
      HOME: home,
      XDG_CONFIG_HOME: home,
      GIT_CONFIG_GLOBAL: join(home, ".gitconfig"),
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "url.http://127.0.0.1:1/.insteadOf",
      GIT_CONFIG_VALUE_0: "http://",
      GIT_OBJECT_DIRECTORY: "/nonexistent",
    };
    const cache = describeCache(join(region.root, "configured-cache"), box.config.repository, {
      ...systemProcess,
      env: (name) => environment[name],
    });
    const result = await fetchSite(
      cache,
      { site: `refs/heads/sites/${SITE}`, trust: "refs/heads/trust" },
      { clock: systemClock, deadlineMs: 20_000 },
    );
    expect(result).toMatchObject({ tips: { site: expect.any(String) } });
  });

  test("A3: credentials of the address are in no argument, log line or status, and are sent as a header", async () => {
    const { forge, box } = world("secret");
    forge.deliver(SITE, 1, 1, siteFiles("one"));
    box.configure({ repository: region.server.url("secret.git").replace("http://", "http://site:c4n4ry@") });
    let header: string | undefined;
    const commandLines: string[] = [];
    region.interfere = (request) => {
      header = request.headers.authorization;
      // git and its helper wait for this answer, so their arguments can be seen.
      for (const pid of readdirSync("/proc").filter((name) => /^[0-9]+$/.test(name))) {
        try {
          commandLines.push(readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " "));
        } catch {
          // ended between the list and the look
        }
      }
      return false;
    };
    await box.once();
    expect(commandLines.some((line) => line.includes("remote-http") && line.includes("secret.git"))).toBe(true);
    expect(commandLines.filter((line) => line.includes("c4n4ry"))).toEqual([]);
    region.interfere = (_, response) => {
      response.writeHead(403).end("c4n4ry");
      return true;
    };
    expect(await box.once()).toBe(3);
    region.interfere = undefined;
    expect(header).toBe(`Basic ${Buffer.from("site:c4n4ry").toString("base64")}`);
    const ports = { clock: systemClock, random: systemRandom, disk: systemDisk, process: systemProcess, log: () => undefined };
    const all = [
      JSON.stringify(box.lines),
      await agentStatus(box.configPath, false, ports),
      await agentStatus(box.configPath, true, ports),
      readFileSync(box.config.report, "utf8"),
    ];
    expect(all.join("\n")).not.toContain("c4n4ry");
  });
});
