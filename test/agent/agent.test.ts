import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Disk, systemClock, systemDisk, systemProcess, systemRandom, type Trust } from "../../core/index.ts";
import {
  GIT_NAMESPACE,
  generateSigningKey,
  isSignedBy,
  parsePublicKey,
  REPORT_NAMESPACE,
  signDocument,
  type SigningKey,
  signSsh,
  TRUST_NAMESPACE,
} from "../../trust/index.ts";
import { readReport, signedSiteCommit, siteCommitPayload, writeTrustDocument } from "../../wire/index.ts";
import { agentOnce } from "../../agent/run-agent.ts";
import { bundleFiles } from "../../agent/bundle.ts";
import { Runner } from "../../agent/runner.ts";
import { loadMachine, openContext } from "../../agent/start.ts";
import type { AgentPorts } from "../../agent/context.ts";
import { readConfig } from "../../agent/read-config.ts";
import { agentStatus } from "../../agent/status/status.ts";
import { AGENT_VERSION } from "../../agent/version.ts";
import { Box } from "./fixtures/box.ts";
import { Forge, siteFiles } from "./fixtures/forge.ts";
import { looseRepository } from "./fixtures/loose-repository.ts";
import { Region, SITE } from "./fixtures/region.ts";
import { triesAll } from "../tries-all.ts";

/** The agent against a repository that the real git reads: one poll after the other, each a whole `agent once`. Over the line: line.test.ts. */

let region: Region;
const world = (name: string): ReturnType<Region["folderWorld"]> => region.folderWorld(name);

beforeAll(async () => {
  region = await Region.open();
});

afterAll(() => region.close());

const portsOf = (box: Box): AgentPorts => ({
  clock: systemClock,
  random: systemRandom,
  disk: systemDisk,
  process: systemProcess,
  log: (line) => void box.lines.push(line),
});

const reasonsLogged = (box: Box): (string | undefined)[] => box.lines.map((line) => line.reason);

describe("releases", () => {
  test("a first tree, a new one, a poll without changes, and the same tree again", async () => {
    const { forge, box } = world("ordinary");
    forge.deliver(SITE, 1, 1, siteFiles("one"));
    expect(await box.once()).toBe(0);
    expect(box.target()).toEqual(Object.fromEntries(siteFiles("one")));
    expect((await box.journal()).current).toMatchObject({ slot: "a", release: 1, seq: 1 });

    forge.deliver(SITE, 2, 2, siteFiles("two"));
    expect(await box.once()).toBe(0);
    expect(box.target()).toEqual(Object.fromEntries(siteFiles("two")));
    const second = await box.journal();
    expect(second).toMatchObject({ state: "IDLE", current: { slot: "b", seq: 2 }, previous: { slot: "a", seq: 1 }, candidate: null });

    const files = (): string[] =>
      readdirSync(box.config.state, { recursive: true, withFileTypes: true }).map((entry) => {
        const path = join(entry.parentPath, entry.name);
        return `${path} ${statSync(path).mtimeMs} ${statSync(path).ino}`;
      });
    const before = files();
    expect(await box.once()).toBe(0);
    expect(files()).toEqual(before);

    const target = box.target();
    forge.promote(SITE, forge.signed(forge.commit(SITE, 2, 3, forge.tree(siteFiles("two")))));
    expect(await box.once()).toBe(0);
    expect(await box.journal()).toMatchObject({ current: { slot: "b", seq: 3 }, previous: { slot: "a", seq: 1 }, seen: { seq: 3 } });
    expect(box.target()).toEqual(target);
  });

  test("A27, L5: the report has the running release, is signed with the box's key, and its counter only rises", async () => {
    const { forge, box } = world("reports");
    forge.deliver(SITE, 1, 1, siteFiles("one"));
    await box.once();
    const first = box.report();
    expect(first).toMatchObject({
      fleet: "airports",
      site: SITE,
      state: "IDLE",
      reason: "unproven",
      running: { release: 1, seq: 1 },
      candidate: null,
    });
    const key = parsePublicKey(readFileSync(join(box.config.state, "site.key.pub"), "utf8"));
    const report = readReport(readFileSync(box.config.report));
    expect("value" in key && "value" in report && isSignedBy(report.value, REPORT_NAMESPACE, key.value.fingerprint)).toBe(true);
    forge.promote(SITE, siteCommitPayload(forge.commit(SITE, 1, 2, forge.tree(siteFiles("one")))));
    expect(await box.once()).toBe(1);
    expect(box.report()).toMatchObject({ reason: "unsigned", running: { seq: 1 } });
    expect(box.report().counter).toBeGreaterThan(first.counter);
    expect((await box.journal()).counter).toBe(box.report().counter);
  });

  test("a release whose tag arrives later is accepted then", async () => {
    const { forge, box } = world("late-tag");
    forge.deliver(SITE, 1, 1, siteFiles("one"));
    const tag = forge.trustFiles.get("releases/1.tag") as Buffer;
    forge.trustFiles.delete("releases/1.tag");
    forge.publishTrust();
    expect(await box.once()).toBe(1);
    expect(reasonsLogged(box)).toContain("release-not-yet-known");
    forge.trustFiles.set("releases/1.tag", tag);
    forge.publishTrust();
    expect(await box.once()).toBe(0);
    expect(box.target()).toBeDefined();
  });

  test("A9, A11: a release waits staged until its window opens, an urgent one does not, and a revocation drops one that waits", async () => {
    const { forge, box } = world("window");
    forge.deliver(SITE, 1, 1, siteFiles("one"));
    await box.once();
    const hour = (new Date(systemClock.now()).getUTCHours() + 12) % 24;
    const window = { cron: `0 ${hour} * * *`, minutes: 60, timeZone: "UTC" };
    const waiting = siteFiles("two", { agent: { min: "0.1.0", pollSeconds: 300, window } });
    forge.deliver(SITE, 2, 2, waiting);
    expect(await box.once()).toBe(0);
    expect(box.target()).toEqual(Object.fromEntries(siteFiles("one")));
    expect(await box.journal()).toMatchObject({ state: "IDLE", current: { seq: 1 }, candidate: { seq: 2, slot: "b" }, previous: null });
    expect(box.report()).toMatchObject({ reason: "window-closed", candidate: { seq: 2 } });
    const status = await agentStatus(box.configPath, false, portsOf(box));
    expect(status).toMatch(/^waits: +release 2 \(seq 2\)/m);
    expect(status).toMatch(/^fallback: +not possible, no-previous: the waiting release uses its slot$/m);

    const { roles } = forge.keySet.trust.signed;
    const signed = { ...forge.keySet.trust.signed, version: 2, revoked: [{ key: roles.promote.keys[0] as string, reason: "lost" }] };
    forge.trustFiles.set("trust/2.json", Buffer.from(writeTrustDocument(signDocument(signed, TRUST_NAMESPACE, [forge.key("root")]))));
    forge.publishTrust();
    expect(await box.once()).toBe(1);
    expect(reasonsLogged(box)).toContain("revoked-key");
    expect(await box.journal()).toMatchObject({ candidate: null, current: { seq: 1 } });
  });

  test("A11: an urgent release is applied at once, also with a closed window", async () => {
    const { forge, box } = world("urgent");
    forge.deliver(SITE, 1, 1, siteFiles("one"));
    await box.once();
    const hour = (new Date(systemClock.now()).getUTCHours() + 12) % 24;
    const plan = { agent: { min: "0.1.0", pollSeconds: 300, window: { cron: `0 ${hour} * * *`, minutes: 60, timeZone: "UTC" } } };
    forge.deliver(SITE, 2, 2, siteFiles("two", plan), { urgent: true });
    expect(await box.once()).toBe(0);
    expect(box.target()).toEqual(Object.fromEntries(siteFiles("two", plan)));
  });

  test("disk full stops staging before anything of the previous release is overwritten", async () => {
    const { forge, box } = world("full");
    forge.deliver(SITE, 1, 1, siteFiles("one"));
    await box.once();
    forge.deliver(SITE, 2, 2, siteFiles("two"));
    const disk = { ...systemDisk, freeBytes: async () => 1_000 };
    expect(await agentOnce(box.configPath, { ...portsOf(box), disk }, { stop: new AbortController().signal })).toBe(3);
    expect(reasonsLogged(box)).toContain("disk-full");
    expect(box.target()).toEqual(Object.fromEntries(siteFiles("one")));
    expect(await box.once()).toBe(0);
    expect(box.target()).toEqual(Object.fromEntries(siteFiles("two")));
  });

  test("A21: drift between two polls is repaired, and the report counts it", async () => {
    const { forge, box } = world("drift");
    forge.deliver(SITE, 1, 1, siteFiles("one"));
    await box.once();
    writeFileSync(join(box.targetPath, "plan.json"), "{}");
    rmSync(join(box.targetPath, "nodes"), { recursive: true });
    expect(await box.once()).toBe(0);
    expect(box.target()).toEqual(Object.fromEntries(siteFiles("one")));
    expect(box.report().drift.repaired).toBe(4);
    expect(box.lines.find(({ event }) => event === "reconciled")).toMatchObject({
      level: "info",
      detail: "4 differences from the release repaired: plan.json, nodes/1/cloud-config.yaml, nodes, nodes/1",
    });
  });

  test("A21: the log names the first ten differences, with untrusted names escaped", async () => {
    const { forge, box } = world("much-drift");
    forge.deliver(SITE, 1, 1, siteFiles("one"));
    await box.once();
    writeFileSync(join(box.targetPath, "!\u202eevil\n"), "");
    for (let number = 1; number <= 30; number++) writeFileSync(join(box.targetPath, `extra-${number}`), "");
    expect(await box.once()).toBe(0);
    const { detail } = box.lines.find(({ event }) => event === "reconciled") ?? {};
    expect(detail).toMatch(/^31 differences from the release repaired: !\\u\{202e\}evil\\u\{a\}, .* and 21 more$/);
  });

  test("a foreign folder at the target: target-occupied, and the release is applied when it is moved away", async () => {
    const { forge, box } = world("occupied");
    forge.deliver(SITE, 1, 1, siteFiles("one"));
    mkdirSync(box.targetPath);
    expect(await box.once()).toBe(3);
    expect(reasonsLogged(box)).toContain("target-occupied");
    expect(box.report()).toMatchObject({ state: "PROVISIONING", reason: "target-occupied", running: null, candidate: { seq: 1 } });
    rmSync(box.targetPath, { recursive: true });
    expect(await box.once()).toBe(0);
    expect(box.target()).toEqual(Object.fromEntries(siteFiles("one")));
  });
});

describe("a power cut (power cut, FETCH/VERIFY/STAGE; power cut, COMMIT; power cut, PRUNE)", () => {
  /** The real disk, on which the world ends before the n-th call that changes something. */
  function mortalDisk(calls: number): { disk: Disk; died: () => boolean } {
    const changing = ["write", "syncFile", "syncFolder", "rename", "makeFolder", "remove", "link"] as const;
    let left = calls;
    const disk = { ...systemDisk };
    for (const name of changing) {
      (disk as Record<string, unknown>)[name] = async (...args: unknown[]) => {
        // An error without a code is no answer of a disk: nothing in the agent may catch it.
        if (left-- <= 0) throw new Error("the power is gone");
        return (systemDisk[name] as (...all: unknown[]) => unknown)(...args);
      };
    }
    return { disk, died: () => left < 0 };
  }

  test("I2, R2: before any write, flush or rename of a release leaves the old or the new tree, and the next start ends with the new one", async () => {
    const forge = new Forge(join(region.root, "cuts.git"));
    const box = new Box(SITE, forge.folder, forge.trustBytes);
    region.keep(box);
    const repository = looseRepository(forge.folder, SITE);
    const once = async (disk: Disk): Promise<unknown> => {
      const ports = { clock: systemClock, random: systemRandom, process: systemProcess, log: () => undefined };
      const world = { ...(await openContext(box.config, { ...ports, disk })), repository };
      const { machine, started } = await loadMachine(world, true);
      return new Runner(world, machine).run(started, new AbortController().signal, true);
    };
    mkdirSync(box.config.state);
    let seq = 1;
    forge.deliver(SITE, 1, 1, siteFiles("1"));
    await once(systemDisk);
    let calls = 0;
    // Each third with SKERRY_FAULTS=all, else each tenth: the simulation goes through all of them, on a disk that forgets.
    for (; ; calls += triesAll ? 3 : 10) {
      seq++;
      forge.deliver(SITE, seq, seq, siteFiles(String(seq)));
      const { disk, died } = mortalDisk(calls);
      const isWhole = await once(disk).then(
        () => true,
        (error: Error) => error.message !== "the power is gone",
      );
      expect(died()).toBe(!isWhole);
      const shown = box.target();
      expect([siteFiles(String(seq)), siteFiles(String(seq - 1))].map((files) => Object.fromEntries(files))).toContainEqual(shown);
      await once(systemDisk);
      expect({ calls, target: box.target() }).toEqual({ calls, target: Object.fromEntries(siteFiles(String(seq))) });
      expect(await box.journal()).toMatchObject({ state: "IDLE", current: { seq }, candidate: null, seen: { seq } });
      if (isWhole) break;
    }
    // A release that changes the disk less often would have skipped a flush.
    expect(calls).toBeGreaterThan(80);
  }, 120_000);
});

describe("a lost journal", () => {
  test("A25, corrupted state file: without an intact record it is rebuilt from the slots: the running release stays, and an older one is not accepted", async () => {
    const { forge, box } = world("lost");
    forge.deliver(SITE, 1, 1, siteFiles("one"));
    await box.once();
    const old = forge.signed(forge.commit(SITE, 1, 1, forge.tree(siteFiles("one")), { seconds: 7 }));
    forge.deliver(SITE, 2, 2, siteFiles("two"));
    await box.once();
    const counter = box.report().counter;
    for (const file of ["journal.0", "journal.1"]) truncateSync(join(box.config.state, file), 50);
    forge.promote(SITE, old);
    expect(await box.once()).toBe(1);
    expect(reasonsLogged(box)).toEqual(expect.arrayContaining(["state-rebuilt", "rollback"]));
    expect(await box.journal()).toMatchObject({ current: { seq: 2 }, previous: { seq: 1 }, seen: { seq: 2 } });
    expect((await box.journal()).owned.map(({ id }) => id)).toEqual(["/ConfigMap/boards/settings"]);
    expect(box.report().counter).toBeGreaterThan(counter);
    expect(box.target()).toEqual(Object.fromEntries(siteFiles("two")));
  });
});

describe("corrupted slot", () => {
  test("is fetched and staged again without a change to the target", async () => {
    const { forge, box } = world("rot");
    forge.deliver(SITE, 1, 1, siteFiles("one"));
    await box.once();
    writeFileSync(join(box.config.state, "slots/a/files/plan.json"), "{}");
    expect(await box.once()).toBe(0);
    expect(await box.journal()).toMatchObject({ current: { slot: "b", seq: 1 } });
    expect(box.target()).toEqual(Object.fromEntries(siteFiles("one")));
  });
});

describe("trust", () => {
  function nextTrust(forge: Forge, change: Partial<Trust>, by: SigningKey = forge.key("root")): void {
    const version = [...forge.trustFiles.keys()].filter((path) => path.startsWith("trust/")).length + 1;
    const signed = { ...forge.keySet.trust.signed, ...change, version };
    forge.trustFiles.set(`trust/${version}.json`, Buffer.from(writeTrustDocument(signDocument(signed, TRUST_NAMESPACE, [by]))));
  }

  test("T12, I14: a revocation and a release by the revoked key in one fetch: the release is refused", async () => {
    const { forge, box } = world("revoked");
    forge.deliver(SITE, 1, 1, siteFiles("one"));
    await box.once();
    const promote = forge.key("promote").publicKey;
    const fresh = generateSigningKey("promote-2");
    const { keys, roles } = forge.keySet.trust.signed;
    nextTrust(forge, {
      keys: { ...keys, [fresh.publicKey.fingerprint]: fresh.publicKey.line },
      roles: { ...roles, promote: { threshold: 1, keys: [promote.fingerprint, fresh.publicKey.fingerprint] } },
      revoked: [{ key: promote.fingerprint, reason: "lost in a train" }],
    });
    forge.deliver(SITE, 2, 2, siteFiles("two"));
    expect(await box.once()).toBe(1);
    expect(reasonsLogged(box)).toContain("revoked-key");
    expect(await box.journal()).toMatchObject({ trust: { version: 2 }, seen: { seq: 1 }, current: { seq: 1 } });
    expect(existsSync(join(box.config.state, "trust/2.json"))).toBe(true);
    const payload = siteCommitPayload(forge.commit(SITE, 2, 2, forge.tree(siteFiles("two"))));
    forge.promote(SITE, signedSiteCommit(payload, signSsh(fresh, GIT_NAMESPACE, payload)));
    expect(await box.once()).toBe(0);
    expect(await box.journal()).toMatchObject({ current: { seq: 2 } });
  });

  test("A4: a version that does not verify stops the walk at the last good one, and no commit is accepted in that poll", async () => {
    const { forge, box } = world("broken");
    forge.deliver(SITE, 1, 1, siteFiles("one"));
    await box.once();
    nextTrust(forge, {});
    nextTrust(forge, {}, generateSigningKey("stranger"));
    forge.deliver(SITE, 2, 2, siteFiles("two"));
    expect(await box.once()).toBe(1);
    expect(reasonsLogged(box)).toContain("trust-broken");
    expect(await box.journal()).toMatchObject({ trust: { version: 2 }, current: { seq: 1 }, seen: { seq: 1 } });
    forge.trustFiles.delete("trust/3.json");
    forge.publishTrust();
    expect(await box.once()).toBe(0);
    expect(await box.journal()).toMatchObject({ current: { seq: 2 } });
  });

  test("A6: an accepted version that is damaged on the box is verified again, and never forgotten", async () => {
    const { forge, box } = world("damaged-trust");
    nextTrust(forge, {});
    forge.deliver(SITE, 1, 1, siteFiles("one"));
    await box.once();
    writeFileSync(join(box.config.state, "trust/2.json"), "{}");
    const second = forge.trustFiles.get("trust/2.json") as Buffer;
    forge.trustFiles.delete("trust/2.json");
    forge.deliver(SITE, 2, 2, siteFiles("two"));
    expect(await box.once()).toBe(1);
    expect(reasonsLogged(box)).toContain("trust-broken");
    forge.trustFiles.set("trust/2.json", second);
    forge.publishTrust();
    expect(await box.once()).toBe(0);
    expect(await box.journal()).toMatchObject({ trust: { version: 2 }, current: { seq: 2 } });
  });

  test("a branch with a symbolic link or an unknown name is trust-broken", async () => {
    const { forge, box } = world("odd-branch");
    forge.deliver(SITE, 1, 1, siteFiles("one"));
    const entries = [
      ["120000", "releases", forge.object("blob", "/etc")],
      ["40000", "trust", forge.tree(new Map([["1.json", forge.trustBytes]]))],
    ] as const;
    const who = "Skerry <skerry@fleet.invalid> 1795000000 +0000";
    forge.ref("refs/heads/trust", forge.object("commit", `tree ${forge.rawTree(entries)}\nauthor ${who}\ncommitter ${who}\n\nx\n`));
    expect(await box.once()).toBe(1);
    expect(reasonsLogged(box)).toContain("trust-broken");
    forge.trustFiles.set("trust/readme.json", Buffer.from("{}"));
    forge.publishTrust();
    expect(await box.once()).toBe(1);
    expect(reasonsLogged(box)).toContain("trust-broken");
  });

  test("T2: replayed after its keys were compromised: a release below minRelease is refused, although everything else is valid", async () => {
    const { forge, box } = world("min-release");
    nextTrust(forge, { minRelease: 2 });
    forge.deliver(SITE, 1, 1, siteFiles("one"));
    expect(await box.once()).toBe(1);
    expect(reasonsLogged(box)).toContain("release-too-old");
  });
});

describe("a box", () => {
  test("runs from the office's bundle", async () => {
    const forge = new Forge(join(region.root, "bundled.git"));
    forge.shard(SITE, `${SITE} ${forge.deliver(SITE, 1, 7, siteFiles("one"))}\n`);
    const folder = mkdtempSync("/tmp/skerry-bundle-");
    try {
      const files = bundleFiles({
        services: [],
        fleet: "airports",
        site: SITE,
        shards: 16,
        repository: region.server.url("bundled.git"),
        trust: forge.trustBytes,
        seqFloor: 7,
        configFolder: folder,
        stateFolder: join(folder, "state"),
        cacheFolder: join(folder, "cache"),
        targetPath: join(folder, "site/current"),
      });
      for (const { path, content } of files) {
        mkdirSync(join(folder, path, ".."), { recursive: true });
        writeFileSync(join(folder, path), content);
      }
      expect(files.map((file) => file.path)).toEqual(["agent.json", "trust/1.json", "README.md"]);
      expect(String(files[2]?.content)).toContain("skerry agent run");
      expect(String(files[2]?.content)).toContain("docs/install-agent.md");
      const ports = { clock: systemClock, random: systemRandom, disk: systemDisk, process: systemProcess, log: () => undefined };
      expect(await agentOnce(join(folder, "agent.json"), ports, { stop: new AbortController().signal })).toBe(0);
      expect(readFileSync(join(folder, "site/current/plan.json"), "utf8")).toBe(siteFiles("one").get("plan.json"));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test("A6: does not accept a seq below the floor of its bundle", async () => {
    const { forge, box } = world("floor");
    box.configure({ seqFloor: 7 });
    forge.deliver(SITE, 1, 6, siteFiles("one"));
    expect(await box.once()).toBe(1);
    expect(reasonsLogged(box)).toContain("rollback");
  });

  test("refuses a wrong field of agent.json by its name, a target that is no directory, and a repository address that is a command", async () => {
    const { forge, box } = world("config");
    forge.publishTrust();
    box.configure({ seqFloor: -1 });
    await expect(readConfig(systemDisk, box.configPath)).rejects.toThrow("agent.json: seqFloor must be a whole number");
    box.configure({ target: { kubernetes: { inCluster: true } } });
    await expect(box.once()).rejects.toThrow('"mode": "plain"');
    box.configure({ repository: "ext::sh -c evil" });
    await expect(box.once()).rejects.toThrow("repository's address");
  });

  test("has the version of the package", () => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string };
    expect(AGENT_VERSION).toBe(version);
  });
});
