import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { Socket } from "node:net";
import { type Clock, systemClock } from "../../../core/index.ts";
import { CHANGED_MAX, type RetainedObjects, type Target } from "../../../agent/targets/target.ts";
import { smallTree, type SmallTree } from "../fixtures/small-trees.ts";

/** What a target asked of the machine, in order, and a way to let calls fail. Each call is one line that starts with what it does. */
export interface CallLog {
  readonly calls: string[];
  /** Those of `calls` that change something. */
  readonly writes: readonly string[];
  /** Whether a call fails, with `code`, instead of being made. */
  fails: (call: string) => boolean;
  code: string;
}

/** A place for a tree, empty when the test begins, and how to look at it from outside. */
export interface TargetUnderTest {
  /** The target as an agent opens it at its start. What an earlier one left there is found again. */
  open(clock: Clock): { readonly target: Target; readonly log: CallLog };
  /** The `data.text` of every object that whoever reads the target sees, sorted. */
  seen(): readonly string[];
  /** Files or objects of the agent's own that are left anywhere, for a message. */
  remains(): readonly string[];
  /** Whether a call of the log puts something in the place of what was there. */
  replaces(call: string): boolean;
  /** Whether it does so where a reader of the target sees it. */
  shows(call: string): boolean;
  /** Whether it fails on a full disk. */
  needsRoom(call: string): boolean;
  /** Ways to change by hand what lies there, each undone by `reconcile`. */
  readonly drift: Readonly<Record<string, () => void>>;
  /** Puts something of somebody else's where the agent would write, and gives the file that holds it. */
  occupy(): string;
  /** Takes everything away, as on a new box. */
  empty(): void;
  /** The test is over. */
  remove(): void;
}

/** Nobody waits in a test: a sleep is a jump of this clock. */
export class JumpingClock implements Clock {
  offsetMs = 0;

  now(): number {
    return systemClock.now() + this.offsetMs;
  }

  monotonic(): number {
    return systemClock.monotonic() + this.offsetMs;
  }

  async sleep(ms: number): Promise<void> {
    this.offsetMs += ms;
  }
}

export const NOTHING: RetainedObjects = { keep: [], other: null };

/** Two trees: from one to two, one object changes, one is dropped and one is new. */
export const ONE = smallTree({
  "10-base/boards /Namespace//boards": "one namespace",
  "40-apps/boards apps/Deployment/boards/boards": "one deployment",
  "40-apps/boards /ConfigMap/boards/dropped": "one dropped",
});
export const TWO = smallTree({
  "10-base/boards /Namespace//boards": "two namespace",
  "40-apps/boards apps/Deployment/boards/boards": "two deployment",
  "40-apps/clock /ConfigMap/boards/clock": "two clock",
});
const DROPPED = ["/ConfigMap/boards/dropped"];
const ADDED = ["/ConfigMap/boards/clock"];

export const textsOf = (tree: SmallTree): string[] => tree.objects.map(({ text }) => text).sort();

/**
 * What every target must do, whatever it writes to: the conformance suite of the port `Target`. `make` gives an empty place for each test.
 */
export function describeTarget(name: string, make: () => TargetUnderTest): void {
  let site: TargetUnderTest;
  const open = (): { target: Target; log: CallLog } => site.open(new JumpingClock());
  const target = (): Target => open().target;
  const first = async (): Promise<void> => {
    await target().apply(ONE, NOTHING, true);
    await target().prune(ONE, NOTHING, []);
  };
  const release = async (to: Target): Promise<void> => {
    expect(await to.apply(TWO, { keep: DROPPED, other: ONE }, false)).toEqual({ done: true });
    expect(await to.prune(TWO, { keep: [], other: ONE }, DROPPED)).toEqual({ done: true, blocked: [] });
  };

  describe(`${name}, like every target`, () => {
    beforeEach(() => void (site = make()));
    afterEach(() => site.remove());

    test("A13: a dry run writes nothing", async () => {
      const { target, log } = open();
      expect(await target.dryRun(ONE)).toEqual({ done: true });
      expect(log.writes).toEqual([]);
    });

    test("A17: a new tree is applied completely, and after PRUNE nothing of the old one is left", async () => {
      const opened = target();
      expect(await opened.apply(ONE, NOTHING, true)).toEqual({ done: true });
      expect(site.seen()).toEqual(textsOf(ONE));
      await release(opened);
      expect(site.seen()).toEqual(textsOf(TWO));
    });

    test("R2: every call can be repeated, and the second one changes no byte", async () => {
      const { target, log } = open();
      const twice = async (call: () => Promise<unknown>): Promise<void> => {
        const answer = await call();
        const seen = site.seen();
        log.calls.length = 0;
        expect(await call()).toEqual(answer);
        expect(site.seen()).toEqual(seen);
      };
      await twice(() => target.apply(ONE, NOTHING, true));
      await twice(() => target.prune(ONE, NOTHING, []));
      await twice(() => target.apply(TWO, { keep: DROPPED, other: ONE }, false));
      await twice(() => target.prune(TWO, { keep: [], other: ONE }, DROPPED));
      expect(log.writes.filter((call) => site.replaces(call))).toEqual([]);
      await twice(() => target.reconcile(TWO, NOTHING));
      expect(log.writes).toEqual([]);
      await twice(() => target.erase(NOTHING, TWO.ids));
    });

    test("power cut: after a cut before any call of a release, a new agent ends with the new tree or the old one", async () => {
      for (const back of [false, true]) {
        for (let cut = 0, ended = false; !ended; cut++) {
          site.empty();
          await first();
          const { target: cutOff, log } = open();
          let calls = 0;
          // What comes after the cut never happens.
          log.fails = () => calls++ >= cut;
          const applied = await cutOff.apply(TWO, { keep: DROPPED, other: ONE }, false);
          if (applied.done) ended = (await cutOff.prune(TWO, { keep: [], other: ONE }, DROPPED)).done;
          else expect(applied.reason).toBe("storage-failed");
          const isBack = back && !applied.done;
          if (isBack) {
            expect(await target().apply(ONE, { keep: ADDED, other: TWO }, false)).toEqual({ done: true });
            expect(await target().prune(ONE, { keep: [], other: TWO }, ADDED)).toEqual({ done: true, blocked: [] });
          } else await release(target());
          expect({ cut, seen: site.seen() }).toEqual({ cut, seen: textsOf(isBack ? ONE : TWO) });
          expect(await target().reconcile(isBack ? ONE : TWO, NOTHING)).toEqual({ done: true, repaired: 0 });
        }
      }
    });

    test("disk full: each call that needs space reports it, and nothing changes until there is space again", async () => {
      await first();
      let isFull = false;
      for (let room = 0; !isFull || room < 1; room++) {
        const { target, log } = open();
        log.code = "ENOSPC";
        let writes = 0;
        log.fails = (call) => site.needsRoom(call) && writes++ >= room;
        const answer = await target.apply(TWO, { keep: DROPPED, other: ONE }, false);
        if (answer.done) break;
        expect(answer).toMatchObject({ done: false, reason: "disk-full" });
        isFull = true;
        if (!log.calls.some((call) => site.shows(call))) expect(site.seen()).toEqual(textsOf(ONE));
      }
      expect(isFull).toBe(true);
      await release(target());
      expect(site.seen()).toEqual(textsOf(TWO));
    });

    test("drift or deletion by hand: every kind is found, counted and repaired", async () => {
      const opened = target();
      await opened.apply(ONE, NOTHING, true);
      await opened.prune(ONE, NOTHING, []);
      expect(await opened.reconcile(ONE, NOTHING)).toEqual({ done: true, repaired: 0 });
      for (const [drift, make] of Object.entries(site.drift)) {
        make();
        const answer = await opened.reconcile(ONE, NOTHING);
        expect({ drift, ...answer }).toEqual({ drift, done: true, repaired: expect.any(Number), changed: expect.any(Array) });
        const { repaired = 0, changed = [] } = answer as { readonly repaired?: number; readonly changed?: readonly string[] };
        expect(repaired).toBeGreaterThan(0);
        // By name, and never more than a log line holds.
        expect(changed.length).toBe(Math.min(repaired, CHANGED_MAX));
        expect({ drift, seen: site.seen() }).toEqual({ drift, seen: textsOf(ONE) });
        expect(await target().reconcile(ONE, NOTHING)).toEqual({ done: true, repaired: 0 });
      }
    });

    test("target-occupied: foreign files are overwritten neither by a first tree nor by a repair", async () => {
      const theirs = site.occupy();
      const before = readFileSync(theirs, "utf8");
      expect(await target().apply(ONE, NOTHING, true)).toMatchObject({ done: false, reason: "target-occupied" });
      expect(site.seen()).toEqual([]);
      expect(await target().reconcile(ONE, NOTHING)).toMatchObject({ done: false, reason: "target-occupied" });
      expect(readFileSync(theirs, "utf8")).toBe(before);
    });

    test("A20: after an erasure nothing of the agent is left; an interrupted one is repeated", async () => {
      for (let cut = 0, ended = false; !ended; cut++) {
        await target().apply(ONE, NOTHING, true);
        const { target: cutOff, log } = open();
        let calls = 0;
        log.fails = () => calls++ >= cut;
        ended = (await cutOff.erase(NOTHING, ONE.ids)).done;
        expect(await target().erase(NOTHING, ONE.ids)).toEqual({ done: true, blocked: [] });
        expect(site.seen()).toEqual([]);
        expect(site.remains()).toEqual([]);
      }
    });

    test("I10, R6: no call opens a connection", async () => {
      const connect = jest.spyOn(Socket.prototype, "connect").mockImplementation(() => {
        throw new Error("the network is not there");
      });
      try {
        const opened = target();
        await opened.apply(ONE, NOTHING, true);
        await release(opened);
        await opened.reconcile(TWO, NOTHING);
        await opened.erase(NOTHING, TWO.ids);
        expect(connect).not.toHaveBeenCalled();
      } finally {
        connect.mockRestore();
      }
    });
  });
}
