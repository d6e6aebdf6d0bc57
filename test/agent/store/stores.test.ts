import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { systemDisk, systemRandom } from "../../../core/index.ts";
import { readSiteCommit } from "../../../wire/index.ts";
import type { VerifiedRelease } from "../../../agent/verify/verified-release.ts";
import { openStateFolder } from "../../../agent/local/state-folder.ts";
import { makeDurableFolder } from "../../../agent/store/durable.ts";
import { loadJournal, saveJournal } from "../../../agent/store/journal-store.ts";
import { isLocked, lockState } from "../../../agent/store/lock.ts";
import { siteKey } from "../../../agent/store/site-key.ts";
import { Slots } from "../../../agent/store/slots.ts";
import { TrustStore } from "../../../agent/store/trust-store.ts";
import { Forge, siteFiles } from "../fixtures/forge.ts";
import { JOURNAL } from "../fixtures/machines.ts";
import { RecordingDisk } from "../fixtures/recording-disk.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync("/tmp/skerry-stores-");
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function orderOf(forge: Forge, release: number, seq: number, text: string): VerifiedRelease {
  const files = siteFiles(text);
  forge.deliver("eddm", release, seq, files);
  const bytes = forge.signed(forge.commit("eddm", release, seq, forge.tree(files)));
  const read = readSiteCommit(bytes);
  if ("fault" in read) throw new Error(read.fault);
  const tag = forge.trustFiles.get(`releases/${release}.tag`) as Buffer;
  const list = Array.from(files, ([path, content]) => ({ path, bytes: Buffer.from(content) }));
  return {
    id: "1".repeat(40),
    bytes,
    commit: read.value,
    release: { tag, signatures: new Map([[`SHA256:${"A".repeat(43)}`, Buffer.from("sig")]]) },
    files: list,
  } as unknown as VerifiedRelease;
}

test("R1, read-only: the state folder's name is flushed; a foreign parent folder or a read-only disk does not prevent the start", async () => {
  const recording = new RecordingDisk(folder);
  await makeDurableFolder(recording.disk, join(folder, "state"));
  await makeDurableFolder(recording.disk, join(folder, "state"));
  expect(recording.writes).toEqual(["makeFolder state", `syncFolder ${folder}`, `syncFolder ${folder}`]);
  recording.fails = (call) => call.startsWith("syncFolder ");
  for (recording.code of ["EACCES", "EPERM", "EROFS"]) await makeDurableFolder(recording.disk, join(folder, "state"));
  recording.code = "EIO";
  await expect(makeDurableFolder(recording.disk, join(folder, "state"))).rejects.toMatchObject({ code: "EIO" });
});

describe("the journal (A25, R1)", () => {
  test("R2: a record is flushed before its rename, and the folder before the next step", async () => {
    const recording = new RecordingDisk(folder);
    await saveJournal(recording.disk, folder, JOURNAL);
    expect(recording.calls).toEqual([
      "write journal.1.new",
      "syncFile journal.1.new",
      "rename journal.1.new journal.1",
      `syncFolder ${folder}`,
    ]);
  });

  test("the newest intact record of two counts, and a write never touches it", async () => {
    for (let record = 1; record <= 5; record++) await saveJournal(systemDisk, folder, { ...JOURNAL, record });
    expect(await loadJournal(systemDisk, folder)).toEqual({ journal: { ...JOURNAL, record: 5 } });
    writeFileSync(join(folder, "journal.1"), readFileSync(join(folder, "journal.1")).subarray(0, 100));
    expect(await loadJournal(systemDisk, folder)).toEqual({ journal: { ...JOURNAL, record: 4 } });
  });

  test("T26: any flipped bit of a record is detected", async () => {
    await saveJournal(systemDisk, folder, { ...JOURNAL, record: 2 });
    const whole = readFileSync(join(folder, "journal.0"));
    for (let place = 0; place < whole.length; place += 7) {
      const flipped = Buffer.from(whole);
      flipped[place] = (flipped[place] as number) ^ 1;
      writeFileSync(join(folder, "journal.0"), flipped);
      expect(await loadJournal(systemDisk, folder)).toMatchObject({ lost: true, because: expect.stringMatching(/^journal\.0 is /) });
    }
  });

  test("agent downgraded: a record of a newer agent stops an older one, which would otherwise lose the accepted seq", async () => {
    await saveJournal(systemDisk, folder, JOURNAL);
    const { createHash } = await import("node:crypto");
    const record = readFileSync(join(folder, "journal.1"), "utf8")
      .split("\n")[0]
      ?.replace("skerry.journal/1", "skerry.journal/2") as string;
    const digest = createHash("sha256").update(`${record}\n`).digest("hex");
    writeFileSync(join(folder, "journal.0"), `${record}\n${digest}\n`);
    await expect(loadJournal(systemDisk, folder)).rejects.toThrow("agent-too-old");
  });

  test("a new box without a journal is not a fault", async () => {
    expect(await loadJournal(systemDisk, folder)).toEqual({ lost: false });
  });
});

describe("slots (A9)", () => {
  test("the digest is written last, after all files and their folders were flushed", async () => {
    const recording = new RecordingDisk(folder);
    const forge = new Forge(join(folder, "fleet.git"));
    const verified = orderOf(forge, 1, 1, "one");
    await new Slots(recording.disk, folder).write("a", verified);
    const digest = recording.calls.indexOf("write slots/a/digest.new");
    const flushed = recording.calls.filter((call) => /^sync(File|Folder) slots\/a\/(files|commit|releases)/.test(call));
    expect(flushed).toHaveLength(3 + 6 + 1 + 2 + 1);
    expect(Math.max(...flushed.map((call) => recording.calls.lastIndexOf(call)))).toBeLessThan(digest);
    expect(recording.calls.slice(digest)).toEqual([
      "write slots/a/digest.new",
      "syncFile slots/a/digest.new",
      "rename slots/a/digest.new slots/a/digest",
      "syncFolder slots/a",
    ]);
  });

  test("T26, corrupted slot: an intact slot returns every byte; any damage makes it void", async () => {
    const forge = new Forge(join(folder, "fleet.git"));
    const verified = orderOf(forge, 1, 1, "one");
    const tree = verified.commit.treeDigest;
    const slots = new Slots(systemDisk, folder);
    const spoil: Record<string, () => void> = {
      "a changed file": () => writeFileSync(join(folder, "slots/a/files/nodes/1/cloud-config.yaml"), "evil"),
      "an empty file": () => truncateSync(join(folder, "slots/a/files/plan.json"), 0),
      "a missing file": () => rmSync(join(folder, "slots/a/files/nodes"), { recursive: true }),
      "a file too many": () => writeFileSync(join(folder, "slots/a/files/nodes/1/more"), "x"),
      "a link in a file's place": () => {
        rmSync(join(folder, "slots/a/files/plan.json"));
        symlinkSync("/etc/hostname", join(folder, "slots/a/files/plan.json"));
      },
      "no digest: power went while it was written": () => rmSync(join(folder, "slots/a/digest")),
      "another digest": () => writeFileSync(join(folder, "slots/a/digest"), `sha256:${"0".repeat(64)}\n`),
      "a torn commit": () => truncateSync(join(folder, "slots/a/commit"), 300),
      "no commit": () => rmSync(join(folder, "slots/a/commit")),
      "nothing at all": () => rmSync(join(folder, "slots"), { recursive: true }),
    };
    for (const [damage, make] of Object.entries(spoil)) {
      await slots.write("a", verified);
      const whole = await slots.load("a", tree);
      expect(whole).toMatchObject({
        value: { bytes: verified.bytes, files: verified.files.toSorted((x, y) => (x.path < y.path ? -1 : 1)) },
      });
      expect("value" in whole && whole.value.release?.signatures.size).toBe(1);
      make();
      expect({ damage, ...(await slots.load("a", tree)) }).toMatchObject({ damage, refusal: "storage-failed" });
    }
  });

  test("A7: a new commit for the same files: at every point the commit in the slot has its own tag", async () => {
    const forge = new Forge(join(folder, "fleet.git"));
    const first = orderOf(forge, 1, 1, "same");
    const second = orderOf(forge, 2, 2, "same");
    for (let cut = 0; ; cut++) {
      const slots = new Slots(systemDisk, folder);
      await slots.write("a", first);
      const recording = new RecordingDisk(folder);
      let calls = 0;
      recording.fails = () => calls++ === cut;
      const ended = await new Slots(recording.disk, folder).restamp("a", second).then(
        () => true,
        () => false,
      );
      const content = await slots.load("a", first.commit.treeDigest);
      if ("refusal" in content) throw new Error(content.because);
      const { commit, release } = content.value;
      expect(release?.tag).toEqual(commit.seq === 2 ? second.release.tag : first.release.tag);
      if (ended) {
        expect(commit.seq).toBe(2);
        expect(readdirSync(join(folder, "slots/a/releases")).every((name) => name.startsWith("2."))).toBe(true);
        break;
      }
    }
  });
});

describe("the state lock (A26)", () => {
  test("I12, two agents: the lock is held as long as the descriptor is open: a second agent is refused, and a status check does not interfere", async () => {
    const state = join(folder, "state");
    expect(await isLocked(state)).toBe(false);
    await (await openStateFolder(systemDisk, state)).close();
    const lock = await lockState(state);
    expect(statSync(state).mode & 0o777).toBe(0o700);
    expect(await isLocked(state)).toBe(true);
    await expect(lockState(state)).rejects.toMatchObject({ code: "standby" });
    await lock.close();
    expect(await isLocked(state)).toBe(false);
    await (await lockState(state)).close();
  }, 20_000);

  test("stale lock files: the lock ends with its holder, also a killed one, and no child process keeps it", async () => {
    const state = join(folder, "state");
    mkdirSync(state);
    const script = `import { lockState } from ${JSON.stringify(new URL("../../../agent/store/lock.ts", import.meta.url).pathname)};
      import { spawn } from "node:child_process";
      await lockState(${JSON.stringify(state)});
      const child = spawn("sleep", ["30"], { detached: true, stdio: "ignore" });
      process.stdout.write(String(child.pid) + "\\n");
      setInterval(() => {}, 1000);`;
    const holder = spawn(process.execPath, [
      "--conditions=skerry-source",
      "--disable-warning=ExperimentalWarning",
      "--input-type=module-typescript",
      "-e",
      script,
    ]);
    const pid = Number(await new Promise<string>((resolve) => holder.stdout.once("data", (text: Buffer) => resolve(String(text)))));
    expect(await isLocked(state)).toBe(true);
    const gone = new Promise((resolve) => holder.once("close", resolve));
    holder.kill("SIGKILL");
    await gone;
    expect(existsSync(`/proc/${pid}`)).toBe(true);
    expect(await isLocked(state)).toBe(false);
    process.kill(pid, "SIGKILL");
  }, 20_000);
});

describe("the site's key (A27)", () => {
  test("is generated once, readable only by its owner, and never replaced", async () => {
    const first = await siteKey(systemDisk, folder, "eddm", systemRandom);
    expect(statSync(join(folder, "site.key")).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(folder, "site.key.pub"), "utf8")).toBe(`${first.publicKey.line} report@eddm\n`);
    expect((await siteKey(systemDisk, folder, "eddm", systemRandom)).publicKey.fingerprint).toBe(first.publicKey.fingerprint);
    writeFileSync(join(folder, "site.key"), "rubbish");
    await expect(siteKey(systemDisk, folder, "eddm", systemRandom)).rejects.toMatchObject({ code: "storage-failed" });
  });
});

describe("accepted trust (A4)", () => {
  test("the provisioned document is kept, and a damaged later one is ignored", async () => {
    const forge = new Forge(join(folder, "fleet.git"));
    const provisioned = join(folder, "trust.json");
    writeFileSync(provisioned, forge.trustBytes);
    const store = await TrustStore.open(systemDisk, folder, provisioned, "airports");
    expect(store.current.version).toBe(1);
    writeFileSync(join(folder, "trust/2.json"), "{}");
    expect((await TrustStore.open(systemDisk, folder, provisioned, "airports")).current.version).toBe(1);
    await expect(TrustStore.open(systemDisk, folder, provisioned, "harbours")).rejects.toMatchObject({ code: "trust-broken" });
    await expect(TrustStore.open(systemDisk, folder, join(folder, "none"), "airports")).rejects.toThrow("does not exist");
  });
});
