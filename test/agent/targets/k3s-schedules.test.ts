import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type Stage, systemDisk } from "../../../core/index.ts";
import type { Target } from "../../../agent/targets/target.ts";
import { triesAll } from "../../tries-all.ts";
import { K3sSite, NOTHING, textsOf } from "./k3s-site.ts";
import { type SmallObject, smallTree, type SmallTree, treeOf } from "../fixtures/small-trees.ts";
import { RecordingDisk } from "../fixtures/recording-disk.ts";

describe("objects that move between files", () => {
  let site: K3sSite;
  beforeEach(() => {
    site = new K3sSite();
  });
  afterEach(() => {
    site.remove();
  });

  const NAMESPACE = { "10-base/boards /Namespace//boards": "ns" };
  const moved = "/PersistentVolumeClaim/boards/cache";
  const at = (unit: string, text: string): SmallTree =>
    smallTree({
      ...NAMESPACE,
      "40-apps/aaa /ConfigMap/boards/aaa": text,
      "40-apps/zzz /ConfigMap/boards/zzz": text,
      [`40-apps/${unit} ${moved}`]: text,
    });

  test.each([
    ["aaa", "zzz"],
    ["zzz", "aaa"],
  ])("A22: from %s to %s an object keeps its UID, although k3s restarts in TRIAL and assigns it to either file", async (from, to) => {
    const target = site.open();
    await site.run(target, at(from, "1"));
    const uid = site.k3s.cluster.get(moved)?.uid;
    const after = at(to, "2");
    await target.apply(after, { keep: [], other: at(from, "1") }, false);
    site.k3s.scan();
    expect(site.live()[moved]).toBe("2");
    site.k3s.restart();
    site.k3s.scan();
    expect(site.live()[moved]).toBe("2");
    expect(await target.prune(after, { keep: [], other: at(from, "1") }, [])).toEqual({ done: true, blocked: [] });
    site.k3s.scan();
    site.k3s.restart();
    site.k3s.scan();
    expect(site.k3s.cluster.get(moved)).toMatchObject({ uid, owner: `skerry-40-${to}` });
    expect(site.live()).toEqual(textsOf(after.objects));
    expect(site.file(`skerry-40-${from}.yaml`)).not.toContain("cache");
    // and waits only when something moves
    const clock = site.clock();
    await site.open(systemDisk, clock).prune(after, NOTHING, []);
    expect(clock.sleeps).toBe(0);
  });

  test("A22: an object stays in its old file while its new one cannot be written again, because that one has an object whose bytes are lost", async () => {
    const [target, kept, after] = [site.open(), at("aaa", "1"), smallTree({ ...NAMESPACE, "40-apps/aaa /ConfigMap/boards/zzz": "2" })];
    await site.run(target, kept);
    const retained = { keep: [moved, "/ConfigMap/boards/aaa"], other: kept };
    await target.apply(after, retained, false);
    site.k3s.scan();
    for (const name of ["left-over", "k3s-files"]) rmSync(join(site.folder, "state", name), { recursive: true });
    expect(await site.open().prune(after, { ...retained, other: null }, [])).toEqual({ done: true, blocked: [] });
    site.k3s.restart();
    site.k3s.scan();
    expect(site.k3s.deleted).toEqual([]);
    expect(await site.open().prune(after, retained, [])).toEqual({ done: true, blocked: [] });
    site.k3s.scan();
    expect(site.k3s.deleted).toEqual([]);
    expect(site.k3s.cluster.get("/ConfigMap/boards/zzz")?.owner).toBe("skerry-40-aaa");
  });

  test("A22: an object stays in its old file while its new one cannot be written", async () => {
    const target = site.open();
    await site.run(target, at("aaa", "1"));
    const after = at("zzz", "2");
    await target.apply(after, { keep: [], other: at("aaa", "1") }, false);
    site.k3s.scan();
    writeFileSync(site.path("skerry-40-zzz.yaml.skip"), "");
    site.k3s.restart();
    site.k3s.scan();
    await target.prune(after, NOTHING, []);
    site.k3s.scan();
    expect(site.k3s.deleted).toEqual([]);
    expect(await site.open().reconcile(after, NOTHING)).toMatchObject({ done: false, reason: "target-occupied" });
    rmSync(site.path("skerry-40-zzz.yaml.skip"));
    expect(await site.open().reconcile(after, NOTHING)).toMatchObject({ done: true });
    site.k3s.scan();
    expect(site.k3s.deleted).toEqual([]);
    expect(site.live()).toEqual(textsOf(after.objects));
  });
});

/** Files that sort around each other, and kinds of which some need a consent. */
const UNITS = ["a", "m", "z"] as const;
const STAGE_OF: readonly Stage[] = ["20-infra", "40-apps"];
const IDS = ["/ConfigMap/site/a", "/ConfigMap/site/b", "/Secret/site/c", "apps/Deployment/site/d", "/PersistentVolumeClaim/site/e"];
const HOME: SmallObject = { stage: "10-base", unit: "a", id: "/Namespace//site", text: "0" };
const needsConsent = (id: string): boolean => /\/(PersistentVolumeClaim|Namespace)\//.test(id);

/** For each id: not there, or a unit, a stage and a text. */
const anyPlace = fc.record({ unit: fc.constantFrom(...UNITS), stage: fc.constantFrom(...STAGE_OF), text: fc.constantFrom("1", "2") });
const anyTree = fc
  .array(fc.option(anyPlace, { freq: 4 }), { minLength: IDS.length, maxLength: IDS.length })
  .map((places): SmallObject[] => [HOME, ...places.flatMap((place, index) => (place ? [{ ...place, id: IDS[index] as string }] : []))]);

interface AnyRelease {
  readonly objects: readonly SmallObject[];
  readonly fails: boolean;
  /** The disk call at which power goes; beyond the last one means never. */
  readonly cut: number;
  /** What k3s does before each disk call, over and over: nothing, a part of a pass, a pass, a start. */
  readonly looks: readonly ("" | "step" | "scan" | "restart")[];
  /** Objects that the API refuses while the release is tried. */
  readonly refused: readonly string[];
}

const anyRelease: fc.Arbitrary<AnyRelease> = fc.record({
  objects: anyTree,
  fails: fc.boolean(),
  cut: fc.nat({ max: 150 }),
  looks: fc.array(
    fc.constantFrom("" as const, "" as const, "step" as const, "step" as const, "step" as const, "scan" as const, "restart" as const),
    {
      minLength: 1,
      maxLength: 40,
    },
  ),
  refused: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.subarray(IDS) }),
});

/** The core's part: what stays, what goes, and calls made again after a crash. */
class Schedule {
  current: SmallTree;
  leftOver: readonly string[] = [];
  readonly #site: K3sSite;
  readonly #recording: RecordingDisk;
  /** Ids that must not vanish at the moment. */
  #precious: ReadonlySet<string> = new Set();
  #calls = 0;
  #checked = 0;

  constructor(site: K3sSite, first: SmallTree) {
    this.#site = site;
    this.#recording = new RecordingDisk(site.folder);
    this.current = first;
  }

  /** A whole release: APPLY, TRIAL, then COMMIT and PRUNE, or FALLBACK and PRUNE. */
  async release({ objects, fails, cut, looks, refused }: AnyRelease): Promise<void> {
    this.#calls = 0;
    this.#recording.fails = () => this.#calls === cut;
    this.#recording.before = () => this.#look(looks[this.#calls++ % looks.length] as AnyRelease["looks"][number]);
    const { k3s } = this.#site;
    const [old, tree] = [this.current, treeOf(objects)];
    const owned = [...new Set([...old.ids, ...this.leftOver, ...tree.ids])];
    const outside = (inside: SmallTree): string[] => owned.filter((id) => !inside.ids.includes(id));
    this.#precious = new Set([...old.ids, ...this.leftOver]);
    // A release of which something was refused is never committed.
    const isBad = fails || refused.length > 0;
    for (const id of refused) k3s.refused.add(id);
    await this.#again((target) => target.apply(tree, { keep: outside(tree), other: old }, false));
    this.#settle();
    k3s.refused.clear();
    if (isBad) {
      await this.#again((target) => target.apply(old, { keep: outside(old), other: tree }, false));
      this.#settle();
    }
    const [stays, other] = isBad ? [old, tree] : [tree, old];
    const keep = outside(stays).filter((id) => needsConsent(id) || (isBad && this.leftOver.includes(id)));
    const gone = outside(stays).filter((id) => !keep.includes(id));
    this.#precious = new Set([...stays.ids, ...keep].filter((id) => k3s.cluster.has(id)));
    await this.#again((target) => target.prune(stays, { keep, other }, gone));
    this.#recording.before = () => undefined;
    this.#settle();
    this.current = stays;
    this.leftOver = keep.filter((id) => k3s.cluster.has(id));
  }

  #look(what: AnyRelease["looks"][number]): void {
    if (what !== "") this.#site.k3s[what]();
    this.#check();
  }

  /** After a crash a new process calls again. */
  async #again(call: (target: Target) => Promise<{ readonly done: boolean }>): Promise<void> {
    const clock = this.#site.clock();
    clock.onSleep = () => this.#settle();
    const answer = await call(this.#site.open(this.#recording.disk, clock));
    if (!answer.done) expect(await call(this.#site.open(this.#recording.disk, clock))).toMatchObject({ done: true });
  }

  #settle(): void {
    this.#site.k3s.scan();
    this.#site.k3s.scan();
    this.#check();
  }

  #check(): void {
    const { deleted } = this.#site.k3s;
    for (const id of deleted.slice(this.#checked)) if (this.#precious.has(id)) throw new Error(`${id} was deleted`);
    this.#checked = deleted.length;
  }
}

async function runAll(first: readonly SmallObject[], releases: readonly AnyRelease[]): Promise<void> {
  const site = new K3sSite();
  try {
    const schedule = new Schedule(site, treeOf(first));
    await site.run(site.open(), schedule.current);
    for (const release of releases) {
      await schedule.release(release);
      const { current, leftOver } = schedule;
      expect(site.k3s.ids()).toEqual([...current.ids, ...leftOver].sort());
      expect(site.live()).toMatchObject(textsOf(current.objects));
      expect(await site.open().reconcile(current, { keep: leftOver, other: null })).toEqual({ done: true, repaired: 0 });
    }
    site.k3s.restart();
    site.k3s.scan();
    expect(site.live()).toMatchObject(textsOf(schedule.current.objects));
    expect(await site.open().erase(NOTHING, site.k3s.ids())).toEqual({ done: true, blocked: [] });
    expect(site.k3s.ids()).toEqual([]);
    expect(site.files()).toEqual([]);
    expect(site.k3s.events.filter((event) => event.startsWith("Parse"))).toEqual([]);
  } finally {
    site.remove();
  }
}

test("I2, I6, A17, A18, A22: for any behaviour of k3s and any power cut, no object is removed before PRUNE, and afterwards exactly the tree and the left-over objects exist", async () => {
  const numRuns = Number(process.env["SKERRY_RUNS"] ?? (triesAll ? 40 : 12));
  await fc.assert(fc.asyncProperty(anyTree, fc.array(anyRelease, { minLength: 1, maxLength: 4 }), runAll), { numRuns });
}, 600_000);
