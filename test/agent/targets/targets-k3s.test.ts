import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { TargetTree } from "../../../agent/targets/target.ts";
import { Box } from "../fixtures/box.ts";
import { Forge } from "../fixtures/forge.ts";
import { K3sSite, NOTHING, textsOf } from "./k3s-site.ts";
import { manifestOf, smallTree, type SmallTree, treeOf } from "../fixtures/small-trees.ts";
import { RecordingDisk } from "../fixtures/recording-disk.ts";

let site: K3sSite;

beforeEach(() => {
  site = new K3sSite();
});

afterEach(() => {
  site.remove();
});

const NAMESPACE = { "10-base/boards /Namespace//boards": "ns" };
const BOARDS = smallTree({
  ...NAMESPACE,
  "40-apps/boards apps/Deployment/boards/boards": "1",
  "40-apps/boards /PersistentVolumeClaim/boards/cache": "1",
  "40-apps/boards /ConfigMap/boards/settings": "1",
});

describe("A22: files of the deploy folder", () => {
  test("A22: one per unit and stage, with one dot, readable only by root, with the tree's unchanged bytes (I1), and only manifests", async () => {
    await site.run(site.open(), BOARDS);
    expect(site.files()).toEqual(["skerry-10-boards.yaml", "skerry-40-boards.yaml"]);
    const documents = site.file("skerry-40-boards.yaml").split("---\n");
    expect(documents.slice(1)).toEqual(
      BOARDS.objects.filter(({ stage }) => stage === "40-apps").map(({ id, text }) => manifestOf(id, text)),
    );
    expect(documents[0]).toMatch(/^# Written by the agent of this site, .*Z\n$/);
    expect(statSync(site.path("skerry-40-boards.yaml")).mode & 0o777).toBe(0o600);
    expect(site.live()).toEqual(textsOf(BOARDS.objects));
  });

  test("A22: a write uses a hidden name, a flush, a rename and a flush of the folder, and all bytes are written before the first rename (R1)", async () => {
    const recording = new RecordingDisk(site.folder);
    await site.open(recording.disk).apply(BOARDS, NOTHING, true);
    const inFolder = recording.writes.filter((call) => call.includes("manifests"));
    expect(inFolder.slice(0, 4).toSorted()).toEqual([
      "syncFile manifests/.skerry-10-boards.yaml.new",
      "syncFile manifests/.skerry-40-boards.yaml.new",
      "write manifests/.skerry-10-boards.yaml.new",
      "write manifests/.skerry-40-boards.yaml.new",
    ]);
    expect(inFolder.slice(4, 7)).toEqual([
      "rename manifests/.skerry-10-boards.yaml.new manifests/skerry-10-boards.yaml",
      "rename manifests/.skerry-40-boards.yaml.new manifests/skerry-40-boards.yaml",
      `syncFolder ${site.manifests}`.replace(`${site.folder}/`, ""),
    ]);
  });

  test("A13: a manifest that is not exactly the object of its name is bad-manifest; nothing is written", async () => {
    const spoil = async (change: (bytes: string) => string): Promise<string> => {
      const path = "manifests/40-apps/boards/configmap_boards_settings.yaml";
      const bent = BOARDS.files.map((each) => (each.path === path ? { path, bytes: Buffer.from(change(each.bytes.toString())) } : each));
      const recording = new RecordingDisk(site.folder);
      const answer = await site.open(recording.disk).dryRun({ tree: BOARDS.tree, load: async () => bent });
      expect(recording.writes).toEqual([]);
      return answer.done ? "done" : `${answer.reason}: ${answer.detail}`;
    };
    expect(await spoil((text) => text)).toBe("done");
    expect(await spoil((text) => `# a comment\n---\n${text}`)).toMatch("bad-manifest");
    expect(await spoil((text) => `---\n${text}`)).toBe("done");
    const named = "bad-manifest: the manifest of /ConfigMap/boards/settings: ";
    expect(await spoil((text) => text.replace("settings", "other"))).toBe(`${named}it is /ConfigMap/boards/other`);
    expect(await spoil((text) => text.replace("ConfigMap", "Secret"))).toBe(`${named}it is /Secret/boards/settings`);
    expect(await spoil((text) => `${text}---\n${text}`)).toBe(`${named}it holds 2 objects instead of one`);
    expect(await spoil(() => "")).toBe(`${named}it holds 0 objects instead of one`);
    expect(await spoil((text) => `%YAML 1.2\n---\n${text}`)).toContain("directive");
    expect(await spoil((text) => `${text}items: []\n`)).toContain("list");
    expect(await spoil((text) => `${text}data: {}\n`)).toMatch(/line 5.*unique/);
    expect(await spoil(() => "a: [")).toMatch(/bad-manifest.*line 1/);
  });

  test("A13: a manifest that already runs passes, and a changed one is checked", async () => {
    await site.run(site.open(), BOARDS);
    expect(await site.open().dryRun(BOARDS)).toEqual({ done: true });
    const path = "manifests/40-apps/boards/configmap_boards_settings.yaml";
    const bent = BOARDS.files.map((each) =>
      each.path === path ? { path, bytes: Buffer.from(manifestOf("/ConfigMap/boards/x", "1")) } : each,
    );
    expect(await site.open().dryRun({ tree: BOARDS.tree, load: async () => bent })).toMatchObject({ done: false, reason: "bad-manifest" });
  });

  test("A13: a text that looks like a document marker inside an object is not one", async () => {
    const path = "manifests/40-apps/boards/configmap_boards_settings.yaml";
    const text = `${manifestOf("/ConfigMap/boards/settings", "x")}more: |\n  ---\n  %YAML\n`;
    const bent = BOARDS.files.map((each) => (each.path === path ? { path, bytes: Buffer.from(text) } : each));
    expect(await site.open().dryRun({ tree: BOARDS.tree, load: async () => bent })).toEqual({ done: true });
  });

  test("T22, I4, target-occupied: a foreign file with the same AddOn name, or one that makes k3s skip the agent's file, is reported and left alone", async () => {
    const others: Record<string, string> = {
      "skerry-40-boards.yaml": "theirs",
      "skerry-40-boards.yml": "theirs",
      "skerry-40-boards.v2.JSON": "{}",
      "deeper/skerry-40-boards.yaml": "theirs",
      "skerry-40-boards.yaml.skip": "",
      "deeper/skerry-40-boards.yaml.skip": "",
    };
    mkdirSync(site.path("deeper"));
    for (const [name, bytes] of Object.entries(others)) {
      writeFileSync(site.path(name), bytes);
      expect({ name, ...(await site.open().apply(BOARDS, NOTHING, true)) }).toMatchObject({ name, done: false, reason: "target-occupied" });
      expect(site.files().filter((each) => !name.endsWith(each))).toEqual(["deeper"]);
      expect(site.file(name)).toBe(bytes);
      rmSync(site.path(name));
    }
    for (const name of [
      "traefik.yaml",
      ".skerry-40-boards.yml",
      "skerry-40-boards.txt",
      "deeper/skerry-41-boards.yaml",
      "skerry-40-other.yaml.skip",
    ]) {
      writeFileSync(site.path(name), "theirs");
    }
    await site.run(site.open(), BOARDS);
    expect(await site.open().reconcile(BOARDS, NOTHING)).toEqual({ done: true, repaired: 0 });
    // Later it is told too, and holds up no other file.
    writeFileSync(site.path("skerry-40-boards.yml"), "theirs");
    rmSync(site.path("skerry-10-boards.yaml"));
    expect(await site.open().reconcile(BOARDS, NOTHING)).toMatchObject({ done: false, reason: "target-occupied", repaired: 1 });
    expect(site.files()).toContain("skerry-10-boards.yaml");
    expect(site.file("skerry-40-boards.yml")).toBe("theirs");
  });

  test("A20: files of retained objects remain; the others are emptied, read by k3s, and removed", async () => {
    await site.run(site.open(), BOARDS);
    const keep = ["/Namespace//boards", "/PersistentVolumeClaim/boards/cache"];
    const gone = BOARDS.ids.filter((id) => !keep.includes(id));
    for (const attempt of [1, 2]) {
      expect({ attempt, ...(await site.open().erase({ keep, other: BOARDS }, gone)) }).toEqual({ attempt, done: true, blocked: [] });
      site.k3s.scan();
      expect(site.k3s.ids()).toEqual(keep);
      expect(site.files()).toEqual(["skerry-10-boards.yaml", "skerry-40-boards.yaml"]);
      expect(readdirSync(join(site.folder, "state"))).toEqual([]);
    }
  });
});

describe("A17, A22: no object is removed too early", () => {
  const withoutCache = smallTree({ ...NAMESPACE, "40-apps/boards apps/Deployment/boards/boards": "2" });
  const CACHE = "/PersistentVolumeClaim/boards/cache";
  const SETTINGS = "/ConfigMap/boards/settings";

  test("A17: dropped objects exist during TRIAL; PRUNE removes them, except R7 kinds, which stay in their file", async () => {
    const target = site.open();
    await site.run(target, BOARDS);
    expect(await target.apply(withoutCache, { keep: [CACHE, SETTINGS], other: BOARDS }, false)).toEqual({ done: true });
    site.k3s.scan();
    expect(site.live()).toEqual({ ...textsOf(BOARDS.objects), ...textsOf(withoutCache.objects) });
    expect(await target.prune(withoutCache, { keep: [CACHE], other: BOARDS }, [SETTINGS])).toEqual({ done: true, blocked: [] });
    site.k3s.scan();
    expect(site.k3s.deleted).toEqual([SETTINGS]);
    expect(site.live()).toEqual({ ...textsOf(withoutCache.objects), [CACHE]: "1" });
    // The slot that held it is overwritten, and the file is lost: its bytes come from the store.
    expect(readdirSync(join(site.folder, "state/left-over"))).toEqual([expect.stringMatching(/^skerry-40-boards\.[0-9a-f]{64}$/)]);
    rmSync(site.path("skerry-40-boards.yaml"));
    expect(await site.open().reconcile(withoutCache, { keep: [CACHE], other: null })).toMatchObject({ done: true, repaired: 1 });
    site.k3s.restart();
    site.k3s.scan();
    expect(site.live()).toEqual({ ...textsOf(withoutCache.objects), [CACHE]: "1" });
    // A consent comes later.
    expect(await target.prune(withoutCache, NOTHING, [CACHE])).toEqual({ done: true, blocked: [] });
    site.k3s.scan();
    expect(site.live()).toEqual(textsOf(withoutCache.objects));
    expect(readdirSync(join(site.folder, "state/left-over"))).toEqual([]);
  });

  test("A17: a left-over object that is in a tree again has the tree's bytes, and keeps the newest ones when it is dropped again", async () => {
    const target = site.open();
    const back = smallTree({ ...NAMESPACE, [`40-apps/boards ${CACHE}`]: "3" });
    const none = smallTree(NAMESPACE);
    await site.run(target, smallTree({ ...NAMESPACE, [`40-apps/boards ${CACHE}`]: "1" }));
    for (const [tree, keep, other] of [
      [none, [CACHE], BOARDS],
      [back, [], none],
      [none, [CACHE], back],
    ] as const) {
      await target.apply(tree, { keep, other }, false);
      await target.prune(tree, { keep, other }, []);
      site.k3s.scan();
      expect(site.k3s.ids()).toContain(CACHE);
    }
    expect(site.live()[CACHE]).toBe("3");
    expect(site.k3s.deleted).toEqual([]);
  });

  test("corrupted state file: a left-over object whose bytes are lost is neither rewritten nor removed; other objects of its file wait", async () => {
    const target = site.open();
    await site.run(target, BOARDS);
    await target.apply(withoutCache, { keep: [CACHE, SETTINGS], other: BOARDS }, false);
    await target.prune(withoutCache, { keep: [CACHE], other: BOARDS }, [SETTINGS]);
    site.k3s.scan();
    const entry = join(site.folder, "state/left-over", readdirSync(join(site.folder, "state/left-over"))[0] as string);
    writeFileSync(entry, manifestOf(CACHE, "evil"));
    // As long as the file holds what the agent wrote there, it vouches for the bytes.
    expect(await site.open().reconcile(withoutCache, { keep: [CACHE], other: null })).toEqual({ done: true, repaired: 0 });
    expect(readFileSync(entry, "utf8")).toBe(manifestOf(CACHE, "1"));
    writeFileSync(entry, manifestOf(CACHE, "evil"));
    rmSync(join(site.folder, "state/k3s-files"));
    expect(await site.open().reconcile(withoutCache, { keep: [CACHE], other: null })).toEqual({ done: true, repaired: 0 });
    const next = smallTree({ "10-base/boards /Namespace//boards": "3", "40-apps/boards apps/Deployment/boards/boards": "3" });
    const answer = await site.open().apply(next, { keep: [CACHE], other: withoutCache }, false);
    expect(answer).toMatchObject({ done: false, reason: "storage-failed", detail: expect.stringContaining(CACHE) });
    site.k3s.scan();
    expect(site.live()).toEqual({ "/Namespace//boards": "3", "apps/Deployment/boards/boards": "2", [CACHE]: "1" });
    // What was to go from that file is blocked, and goes once the bytes are known again.
    const gone = ["apps/Deployment/boards/boards"];
    const none = smallTree(NAMESPACE);
    expect(await site.open().prune(none, { keep: [CACHE], other: null }, gone)).toMatchObject({ done: true, blocked: [{ id: gone[0] }] });
    expect(await site.open().prune(none, { keep: [CACHE], other: BOARDS }, gone)).toEqual({ done: true, blocked: [] });
    site.k3s.scan();
    expect(site.live()).toEqual({ "/Namespace//boards": "ns", [CACHE]: "1" });
  });

  test.each([
    ["is cut", (record: string) => record.slice(0, -1)],
    ["is another", (record: string) => record.replace("PersistentVolumeClaim/boards/cache", "PersistentVolumeClaim/boards/cachf")],
    ["is of another format", () => "{}\n"],
  ])(
    "corrupted state file: when the record %s, and whatever the journal forgot, what our files say stays until it is named as gone",
    async (_, spoil) => {
      await site.run(site.open(), BOARDS);
      const record = join(site.folder, "state/k3s-files");
      expect(spoil(readFileSync(record, "utf8"))).not.toBe(readFileSync(record, "utf8"));
      writeFileSync(record, spoil(readFileSync(record, "utf8")));
      await site.open().reconcile(withoutCache, { keep: [], other: BOARDS });
      site.k3s.scan();
      expect(site.live()).toEqual({ ...textsOf(BOARDS.objects), ...textsOf(withoutCache.objects) });
      expect(await site.open().prune(withoutCache, NOTHING, [CACHE, SETTINGS])).toEqual({ done: true, blocked: [] });
      site.k3s.scan();
      expect(site.live()).toEqual(textsOf(withoutCache.objects));
    },
  );

  test("R1: each new file is flushed before and after its rename, and retained objects are in the store before a file that needs them is written", async () => {
    const recording = new RecordingDisk(site.folder);
    await site.run(site.open(), BOARDS);
    const target = site.open(recording.disk);
    await target.apply(withoutCache, { keep: [CACHE, SETTINGS], other: BOARDS }, false);
    const firstFile = recording.calls.findIndex((call) => call.startsWith("write manifests/"));
    const stored = recording.calls.indexOf("syncFolder state/left-over");
    expect(stored).toBeGreaterThan(0);
    expect(stored).toBeLessThan(firstFile);
    // and the store's own name
    expect(recording.calls[stored + 1]).toBe("syncFolder state");
    await target.prune(withoutCache, { keep: [CACHE], other: BOARDS }, [SETTINGS]);
    const renames = recording.calls.flatMap((call, index) =>
      call.startsWith("rename ") ? [[index, ...call.split(" ").slice(1)] as const] : [],
    );
    expect(renames.map(([, , to]) => to?.replace(/[0-9a-f]{64}/, "…")).toSorted()).toEqual([
      "manifests/skerry-40-boards.yaml",
      "manifests/skerry-40-boards.yaml",
      "state/k3s-files",
      "state/k3s-files",
      "state/left-over/skerry-40-boards.…",
      "state/left-over/skerry-40-boards.…",
    ]);
    for (const [index, from, to] of renames) {
      expect(recording.calls.slice(0, index)).toContain(`syncFile ${from}`);
      expect(recording.calls.slice(index).map((call) => call.replace(`${site.folder}/`, ""))).toContain(
        `syncFolder ${dirname(to as string)}`,
      );
    }
    // and a call that finds all done flushes the names that a killed process left unflushed
    recording.calls.length = 0;
    await target.apply(withoutCache, { keep: [CACHE], other: BOARDS }, false);
    await target.prune(withoutCache, { keep: [CACHE], other: BOARDS }, [SETTINGS]);
    expect(recording.writes).toEqual(["syncFolder manifests", "syncFolder manifests"]);
    rmSync(site.path("skerry-10-boards.yaml"));
    recording.calls.length = 0;
    await target.reconcile(withoutCache, { keep: [CACHE], other: BOARDS });
    expect(recording.writes.slice(-2)).toEqual([
      "rename manifests/.skerry-10-boards.yaml.new manifests/skerry-10-boards.yaml",
      "syncFolder manifests",
    ]);
    rmSync(site.path("."), { recursive: true });
    recording.calls.length = 0;
    await target.reconcile(withoutCache, { keep: [CACHE], other: BOARDS });
    expect(recording.writes.slice(0, 2)).toEqual(["makeFolder manifests", `syncFolder ${site.folder}`]);
  });

  test("A22: k3s deletes no object when its file is removed, so objects of a removed file are still pruned, and exist until then", async () => {
    const target = site.open();
    await site.run(target, BOARDS);
    rmSync(site.path("skerry-40-boards.yaml"));
    const clock = smallTree({ ...NAMESPACE, "40-apps/clock /ConfigMap/boards/clock": "2" });
    const dropped = BOARDS.ids.filter((id) => !clock.ids.includes(id));
    await target.apply(clock, { keep: dropped, other: BOARDS }, false);
    site.k3s.scan();
    expect(site.k3s.deleted).toEqual([]);
    expect(
      await target.prune(
        clock,
        { keep: [CACHE], other: BOARDS },
        dropped.filter((id) => id !== CACHE),
      ),
    ).toEqual({ done: true, blocked: [] });
    site.k3s.scan();
    expect(site.live()).toEqual({ ...textsOf(clock.objects), [CACHE]: "1" });
  });

  test("A22: an emptied file has a comment first, and is removed after a day in which k3s can read it", async () => {
    const clock = site.clock();
    const recording = new RecordingDisk(site.folder);
    const target = site.open(recording.disk, clock);
    await site.run(target, BOARDS);
    const only = smallTree(NAMESPACE);
    const gone = BOARDS.ids.filter((id) => !only.ids.includes(id));
    await target.apply(only, { keep: gone, other: BOARDS }, false);
    await target.prune(only, { keep: [], other: BOARDS }, gone);
    expect(site.file("skerry-40-boards.yaml").replaceAll(/^#.*\n/gm, "")).toBe("");
    site.k3s.scan();
    expect(site.live()).toEqual(textsOf(only.objects));
    clock.offsetMs += 80_000_000;
    expect(await target.reconcile(only, NOTHING)).toEqual({ done: true, repaired: 0 });
    expect(site.files()).toContain("skerry-40-boards.yaml");
    clock.offsetMs += 8_000_000;
    expect(await target.reconcile(only, NOTHING)).toEqual({ done: true, repaired: 0 });
    expect(site.files()).toEqual(["skerry-10-boards.yaml"]);
    recording.calls.length = 0;
    expect(await target.reconcile(only, NOTHING)).toEqual({ done: true, repaired: 0 });
    expect(recording.writes).toEqual([]);
  });

  test("A18, A22: objects of a file that k3s applied only in part are also undone, by a fallback and by a drift repair", async () => {
    const target = site.open();
    await site.run(target, BOARDS);
    const [deployment] = ["apps/Deployment/boards/boards"];
    const bad = treeOf([
      ...BOARDS.objects.map((each) => ({ ...each, text: "2" })),
      { stage: "40-apps", unit: "boards", id: "/Secret/boards/new", text: "2" },
    ]);
    site.k3s.refused.add("/Secret/boards/new");
    await target.apply(bad, { keep: [], other: BOARDS }, false);
    site.k3s.scan();
    expect(site.live()[deployment as string]).toBe("2");
    expect(site.k3s.events).toContain("ApplyManifestFailed skerry-40-boards.yaml");
    await target.apply(BOARDS, { keep: ["/Secret/boards/new"], other: bad }, false);
    await target.prune(BOARDS, { keep: [], other: bad }, ["/Secret/boards/new"]);
    site.k3s.scan();
    expect(site.live()).toEqual(textsOf(BOARDS.objects));
    writeFileSync(
      site.path("skerry-40-boards.yaml"),
      `${site.file("skerry-40-boards.yaml").replace('"1"', '"9"')}---\n${manifestOf("/Secret/boards/new", "9")}`,
    );
    site.k3s.scan();
    expect(site.live()[deployment as string]).toBe("9");
    expect(await target.reconcile(BOARDS, NOTHING)).toMatchObject({ done: true, repaired: 1 });
    site.k3s.scan();
    expect(site.live()).toEqual(textsOf(BOARDS.objects));
  });

  test("A18, R6: a fallback does not need the failed release's slot: its objects stay with the bytes in their files", async () => {
    await site.run(site.open(), BOARDS);
    const bad = treeOf([
      ...BOARDS.objects.map((each) => ({ ...each, text: "2" })),
      { stage: "40-apps", unit: "boards", id: "/Secret/boards/new", text: "2" },
    ]);
    await site.open().apply(bad, { keep: [], other: BOARDS }, false);
    const unreadable: TargetTree = { tree: bad.tree, load: () => Promise.reject(new Error("the slot is void")) };
    expect(await site.open().reconcile(BOARDS, { keep: ["/Secret/boards/new"], other: unreadable })).toMatchObject({
      done: true,
      repaired: 2,
    });
    site.k3s.scan();
    expect(site.live()).toEqual({ ...textsOf(BOARDS.objects), "/Secret/boards/new": "2" });
  });

  test("A18: a fallback writes no object of the failed release that was never written", async () => {
    await site.run(site.open(), BOARDS);
    const bad = smallTree({ ...NAMESPACE, "30-addons/first /ConfigMap/boards/first": "2", "40-apps/second /ConfigMap/boards/second": "2" });
    const recording = new RecordingDisk(site.folder);
    recording.fails = (call) => call.startsWith("rename") && call.endsWith("second.yaml");
    expect(await site.open(recording.disk).apply(bad, { keep: BOARDS.ids.slice(1), other: BOARDS }, false)).toMatchObject({
      reason: "storage-failed",
    });
    expect(await site.open().apply(BOARDS, { keep: ["/ConfigMap/boards/first", "/ConfigMap/boards/second"], other: bad }, false)).toEqual({
      done: true,
    });
    site.k3s.scan();
    expect(site.live()).toEqual({ ...textsOf(BOARDS.objects), "/ConfigMap/boards/first": "2" });
    const gone = ["/ConfigMap/boards/first", "/ConfigMap/boards/second"];
    expect(await site.open().prune(BOARDS, { keep: [], other: bad }, gone)).toEqual({ done: true, blocked: [] });
    site.k3s.scan();
    expect(site.live()).toEqual(textsOf(BOARDS.objects));
  });

  test("A22: a copy of the agent's file under another of its names is drift: its objects return to their file, and none is deleted", async () => {
    await site.run(site.open(), BOARDS);
    writeFileSync(site.path("skerry-40-copy.yaml"), site.file("skerry-40-boards.yaml"));
    site.k3s.scan();
    expect(site.k3s.cluster.get(CACHE)?.owner).toBe("skerry-40-copy");
    expect(await site.open().reconcile(BOARDS, NOTHING)).toMatchObject({ done: true, repaired: 1 });
    site.k3s.scan();
    expect(site.k3s.deleted).toEqual([]);
    expect(site.k3s.cluster.get(CACHE)?.owner).toBe("skerry-40-boards");
    expect(site.live()).toEqual(textsOf(BOARDS.objects));
    // Renamed instead of copied, k3s never sees the old one again.
    renameSync(site.path("skerry-40-boards.yaml"), site.path("skerry-40-renamed.yaml"));
    site.k3s.scan();
    await site.open().reconcile(BOARDS, NOTHING);
    site.k3s.scan();
    expect(site.k3s.deleted).toEqual([]);
    expect(site.live()).toEqual(textsOf(BOARDS.objects));
  });
});

test("A22: a box with mode k3s in agent.json runs its releases this way, from the fetch to the cluster", async () => {
  const forge = new Forge(join(site.folder, "fleet.git"));
  const target = { directory: { path: site.manifests, mode: "k3s" } } as const;
  const box = new Box("eddm", forge.folder, forge.trustBytes, { target });
  try {
    const files = (tree: SmallTree): Map<string, Buffer> => new Map(tree.files.map(({ path, bytes }) => [path, Buffer.from(bytes)]));
    forge.deliver("eddm", 1, 1, files(BOARDS));
    expect(await box.once()).toBe(0);
    site.k3s.scan();
    expect(site.live()).toEqual(textsOf(BOARDS.objects));
    const next = treeOf(BOARDS.objects.map((each) => ({ ...each, text: "2" })));
    forge.deliver("eddm", 2, 2, files(next));
    expect(await box.once()).toBe(0);
    site.k3s.scan();
    expect(site.live()).toEqual(textsOf(next.objects));
    expect(site.k3s.deleted).toEqual([]);
    // What the site was told for its machines is no business of k3s.
    expect(site.files()).toEqual(["skerry-10-boards.yaml", "skerry-40-boards.yaml"]);
  } finally {
    box.remove();
  }
});
