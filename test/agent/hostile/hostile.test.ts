import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { cpSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isReason, systemClock, systemProcess, WorldError } from "../../../core/index.ts";
import { describeCache, fetchSite } from "../../../git/index.ts";
import { generateSigningKey } from "../../../trust/index.ts";
import { shardOf } from "../../../wire/index.ts";
import { sampled } from "../../tries-all.ts";
import { Box } from "../fixtures/box.ts";
import { siteFiles } from "../fixtures/forge.ts";
import { copies, entry, offsetDelta, packOf } from "../fixtures/pack-bytes.ts";
import { CONTENTS, NAMES, SHAPES, SIZES } from "./hostile-trees.ts";
import { GRAMMAR, RELEASES, SIGNATURES } from "./hostile-orders.ts";
import { PACKS, TRUST } from "./hostile-packs.ts";
import { type Attack, type Attacks, FIRST, NEXT, SITE, Stage } from "./hostile-stage.ts";

/**
 * One box runs release 1 with seq 5. Then a server tries everything it can think of, each time through the agent's own fetch, and each
 * time the box says which attack it saw, keeps nothing of it, and goes on running release 1.
 */
let stage: Stage;
let untouched: Record<string, string>;

beforeAll(async () => {
  stage = await Stage.open();
  untouched = stage.durable();
  expect(Object.keys(untouched)).toContain("/slots/a/commit");
});

afterAll(() => stage.close());

/** A bomb's worth: no attack may take longer, or make the agent grow more. */
const SECONDS_MAX = 10;
const GROWN_BYTES_MAX = 150_000_000;

/** Of each class the first attack of every threat with every reason word, and the last: a quarter of all. SKERRY_FAULTS=all tries all. */
function tried(attacks: Attacks): readonly (readonly [string, Attack])[] {
  const all = Object.entries(attacks);
  const kinds = all.map(([name, [word]]) => `${name.split(":")[0]} ${word}`);
  return sampled(all, (_, index) => kinds.indexOf(kinds[index] as string) === index || index === all.length - 1);
}

async function refuses(_attack: string, [word, make]: Attack): Promise<void> {
  const blow = await stage.strike(make);
  expect(blow.word).toBe(word);
  expect(isReason(word)).toBe(true);
  expect([1, 3]).toContain(blow.code);
  expect(stage.durable()).toEqual(untouched);
  expect(await stage.box.journal()).toMatchObject({ state: "IDLE", candidate: null, seen: { seq: 5 }, trust: { version: 1 } });
  expect(stage.box.target()).toEqual(Object.fromEntries(FIRST));
  // Whoever asks afterwards, when no agent runs, reads the same word.
  expect(await stage.box.status()).toMatchObject({ isWorking: false, reason: word, detail: blow.detail, running: { seq: 5 } });
  expect(blow.seconds).toBeLessThan(SECONDS_MAX);
  expect(blow.grownBytes).toBeLessThan(GROWN_BYTES_MAX);
}

describe("a hostile server is refused each time with a reason word of the list (I18), and nothing is kept (I3)", () => {
  describe("T1, T7, T10, T23: a commit of another shape", () => {
    test.each(tried(GRAMMAR))("%s", refuses);
  });
  describe("T1, T3, T10, T11: who signed, and for whom: unsigned, by another key, for another site", () => {
    test.each(tried(SIGNATURES))("%s", refuses);
  });
  describe("T1, T2, T3, T6, T11: a release and its seq: replayed, force-pushed, far ahead", () => {
    test.each(tried(RELEASES))("%s", refuses);
  });
  describe("T9: a name in the tree", () => {
    test.each(tried(NAMES))("%s", refuses);
  });
  describe("T4, T8, T9: a tree of another shape", () => {
    test.each(tried(SHAPES))("%s", refuses);
  });
  describe("T7, I15: a tree that is a bomb", () => {
    test.each(tried(SIZES))("%s", refuses);
  });
  describe("T1, T4: the contents of a tree", () => {
    test.each(tried(CONTENTS))("%s", refuses);
  });
  describe("T4, T7, T10, I15: a pack that is damaged, false or a bomb", () => {
    test.each(tried(PACKS))("%s", refuses);
  });
  describe("T7, T9, T10, T13: branch trust", () => {
    test.each(tried(TRUST))("%s", refuses);
  });

  test("T23: with a clock twenty years behind or ahead, each attack on time and key has the same reason", async () => {
    for (const years of [-20, 20]) {
      const clock = { ...systemClock, now: () => systemClock.now() + years * YEAR_MS };
      const timed = Object.entries({ ...SIGNATURES, ...RELEASES }).filter((_, index) => index % 6 === 0);
      for (const [attack, [word, make]] of sampled(timed, (_, index) => index % 2 === 0)) {
        expect({ years, attack, word: (await stage.strike(make, clock)).word }).toEqual({ years, attack, word });
      }
    }
    expect(stage.durable()).toEqual(untouched);
  });

  test("T8: bundles and packs that the server offers at other addresses are never requested", () => {
    const commands = new Set(stage.server.asked.flatMap((body) => /command=([a-z-]+)/.exec(body)?.[1] ?? []));
    expect([...commands].sort()).toEqual(["fetch", "ls-refs"]);
    expect(stage.server.asked.filter((body) => /uri/.test(body))).toEqual([]);
  });

  test("after all attacks a valid release is accepted at once", async () => {
    const blow = await stage.strike((still) => still.signed());
    expect(blow.code).toBe(0);
    expect(stage.box.target()).toEqual(Object.fromEntries(NEXT));
    expect((await stage.box.journal()).previous?.seq).toBe(5);
  });
});

test("T7: a few bytes of deltas that expand to hours of work end at git's CPU limit: too-large", () =>
  staged(async ({ box, forge, server }) => {
    forge.promote(SITE, forge.signed(forge.commit(SITE, 2, 6, forge.tree(NEXT))));
    const base = entry("blob", Buffer.alloc(1_000_000, "x"));
    const deltas: Buffer[] = [];
    for (let before = base.length; deltas.length < 1_000; before += (deltas.at(-1) as Buffer).length) {
      deltas.push(offsetDelta(before, copies(1_000_000, 1_000_000, 200)));
    }
    server.swap = (objects) => packOf([base, ...deltas, ...objects]);
    const cache = describeCache(join(box.folder, "small"), box.config.repository, systemProcess);
    const limits = { ...cache.limits, cpuSeconds: 1 };
    const refs = { site: `refs/heads/sites/${SITE}`, trust: "refs/heads/trust" };
    const result = await fetchSite({ ...cache, limits }, refs, { clock: systemClock, deadlineMs: 60_000 });
    expect(result).toEqual({ fault: { reason: "too-large", detail: expect.any(String) } });
  }));

const YEAR_MS = 31_557_600_000;

async function staged(use: (stage: Stage) => Promise<void>): Promise<void> {
  const own = await Stage.open();
  try {
    await use(own);
  } finally {
    await own.close();
  }
}

test("T12: bad objects at the site's ref do not block a revocation: trust is updated, and the refusal has its reason", () =>
  staged(async (own) => {
    const rubbish = ["T9: a folder named ..", "T9: two entries of one name"].map((name) => NAMES[name] as Attack);
    for (const [index, [word, make]] of [...rubbish, GRAMMAR["T10: two tree headers"] as Attack].entries()) {
      own.forge.nextTrust({});
      own.forge.publishTrust();
      own.forge.promote(SITE, make(own) as Buffer);
      expect(await own.box.once()).toBe(3);
      expect(own.box.lines.at(-1)?.reason).toBe(word);
      expect(await own.box.journal()).toMatchObject({ trust: { version: 2 + index }, seen: { seq: 5 }, candidate: null });
    }
  }));

test("T5: a bad object instead of the freshness note does not stop a release", () =>
  staged(async ({ box, forge, server }) => {
    const freshness = `refs/heads/freshness/${shardOf(SITE)}`;
    forge.ref(freshness, forge.object("commit", `tree ${forge.rawTree([["40000", "..", forge.tree(FIRST)]])}\n\nno note\n`));
    const cache = describeCache(join(box.folder, "fresh"), box.config.repository, systemProcess);
    const refs = { site: `refs/heads/sites/${SITE}`, trust: "refs/heads/trust", freshness };
    const result = await fetchSite(cache, refs, { clock: systemClock, deadlineMs: 20_000 });
    expect(result).toEqual({ tips: { site: expect.any(String), trust: expect.any(String) } });
    expect(server.asked.some((body) => body.includes(freshness))).toBe(true);
  }));

test("missed key rotations: fifty trust versions are verified one by one in one poll, and the release by the newest key is applied", () =>
  staged(async ({ forge, box }) => {
    const { keys, roles } = forge.keySet.trust.signed;
    let promote = forge.key("promote");
    for (let version = 2; version <= 51; version++) {
      promote = generateSigningKey(`promote-${version}`);
      const { fingerprint, line } = promote.publicKey;
      forge.nextTrust({
        keys: { ...keys, [fingerprint]: line },
        roles: { ...roles, promote: { threshold: 1, keys: [fingerprint] } },
      });
    }
    forge.publishTrust();
    forge.promote(SITE, forge.signed(forge.commit(SITE, 2, 6, forge.tree(NEXT))));
    expect(await box.once()).toBe(1);
    expect(box.lines.at(-1)?.reason).toBe("wrong-role");
    forge.promote(SITE, forge.signed(forge.commit(SITE, 2, 6, forge.tree(NEXT)), promote));
    expect(await box.once()).toBe(0);
    expect(await box.journal()).toMatchObject({ trust: { version: 51 }, current: { seq: 6 } });
  }));

test("T19: a cloned box continues from the same counter: two different reports with one key and one number", () =>
  staged(async ({ forge, box, server }) => {
    const clone = new Box(SITE, await server.open(), forge.trustBytes);
    try {
      cpSync(box.config.state, clone.config.state, { recursive: true });
      cpSync(join(box.folder, "site"), join(clone.folder, "site"), { recursive: true, verbatimSymlinks: true });
      forge.promote(SITE, forge.signed(forge.commit(SITE, 2, 6, forge.tree(NEXT))));
      expect(await box.once()).toBe(0);
      forge.promote(SITE, forge.signed(forge.commit(SITE, 2, 7, forge.tree(NEXT))));
      expect(await clone.once()).toBe(0);
      const [own, other] = [box.report(), clone.report()];
      expect(own.counter).toBe(other.counter);
      expect(own.running?.seq).not.toBe(other.running?.seq);
    } finally {
      clone.remove();
    }
  }));

describe("time", () => {
  test("T11, I14: a signature of a revoked key is refused for any date", () =>
    staged(async ({ forge, box }) => {
      const { keys, roles } = forge.keySet.trust.signed;
      const [lost, fresh] = [forge.key("promote").publicKey, generateSigningKey("promote-2").publicKey];
      forge.nextTrust({
        keys: { ...keys, [fresh.fingerprint]: fresh.line },
        roles: { ...roles, promote: { threshold: 1, keys: [lost.fingerprint, fresh.fingerprint] } },
        revoked: [{ key: lost.fingerprint, reason: "left in a train" }],
      });
      forge.publishTrust();
      for (const seconds of [1, 1_000_000_000, 1_795_000_006, 4_102_444_799]) {
        forge.promote(SITE, forge.signed(forge.commit(SITE, 2, 6, forge.tree(NEXT), { seconds })));
        expect(await box.once()).toBe(1);
        expect({ seconds, word: box.lines.at(-1)?.reason }).toEqual({ seconds, word: "revoked-key" });
      }
      expect(box.target()).toEqual(Object.fromEntries(FIRST));
    }));

  test("T23: valid releases are applied with a clock at 1970, twenty years behind, and twenty years ahead, one after the other", () =>
    staged(async ({ forge, box }) => {
      let seq = 5;
      for (const now of [0, Date.now() - 20 * YEAR_MS, Date.now() + 20 * YEAR_MS, Date.now()]) {
        seq++;
        forge.deliver(SITE, seq, seq, siteFiles(`at-${now}`));
        expect({ now, code: await box.once({ ...systemClock, now: () => now }) }).toEqual({ now, code: 0 });
        expect(box.target()).toEqual(Object.fromEntries(siteFiles(`at-${now}`)));
      }
    }));

  test("T23, A11: a promoter's clock that is far ahead moves the newest signed time at most a year beyond the release", () =>
    staged(async ({ forge, box }) => {
      forge.deliver(SITE, 2, 6, NEXT, { seconds: 4_102_444_799 });
      expect(await box.once()).toBe(0);
      const { signedTime } = await box.journal();
      expect(signedTime).toBe(1_795_000_000 + 366 * 86_400);
      for (const record of ["journal.0", "journal.1"]) truncateSync(join(box.config.state, record), 0);
      forge.deliver(SITE, 3, 7, FIRST);
      expect(await box.once()).toBe(0);
      expect(await box.journal()).toMatchObject({ signedTime, seen: { seq: 7 } });
    }));
});

test("T26: one changed byte anywhere in the state changes neither the running release nor the accepted seq", () =>
  staged(async ({ box }) => {
    const files = readdirSync(box.config.state, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== "lock")
      .map((entry) => join(entry.parentPath, entry.name));
    expect(files.length).toBeGreaterThan(9);
    const halves = files.flatMap((file, index) => [0, 1].map((half) => ({ file, half, isSampled: half === index % 2 })));
    // A byte in one half of every file, and with SKERRY_FAULTS=all one in each half.
    for (const { file, half } of sampled(halves, ({ isSampled }) => isSampled)) {
      const bytes = readFileSync(file);
      if (bytes.length === 0) continue;
      const place = Math.floor(((half + 0.5) * bytes.length) / 2);
      writeFileSync(file, flipped(bytes, place));
      const ended = await box.once().catch((error: unknown) => error);
      // Nothing but the site's key is worth stopping for: whoever made another would be a stranger to the office.
      if (ended instanceof Error) expect([file, ended]).toEqual([expect.stringMatching(/site\.key$/), expect.any(WorldError)]);
      writeFileSync(file, file.endsWith("site.key") ? bytes : readFileSync(file));
      expect([file, place, box.target()]).toEqual([file, place, Object.fromEntries(FIRST)]);
      expect(await box.journal()).toMatchObject({ state: "IDLE", current: { seq: 5 }, seen: { seq: 5 }, trust: { version: 1 } });
    }
  }));

function flipped(bytes: Buffer, place: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[place] = (changed[place] as number) ^ 0x01;
  return changed;
}
