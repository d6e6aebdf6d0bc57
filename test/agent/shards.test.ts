import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { shardOf } from "../../wire/index.ts";
import { sampled } from "../tries-all.ts";
import type { Box } from "./fixtures/box.ts";
import { type Forge, siteFiles } from "./fixtures/forge.ts";
import { Region, SITE } from "./fixtures/region.ts";

/** A box that finds its newest commit in `heads` of its shard, and what somebody who may push the shard can put there. */

let region: Region;
beforeAll(async () => {
  region = await Region.open();
});
afterAll(() => region.close());

const BRANCH = `refs/heads/sites/${SITE}`;
const SHARD = `refs/heads/shards/${shardOf(SITE, 16)}`;
const ONE = Object.fromEntries(siteFiles("one"));
const TWO = Object.fromEntries(siteFiles("two"));

/** Sites of the same shard as `SITE`, before and after it. */
const NEIGHBOURS = Array.from({ length: 2_000 }, (_, index) => `${index % 2 === 0 ? "a" : "z"}${index}`).filter(
  (site) => shardOf(site, 16) === shardOf(SITE, 16),
);

/** A line for each neighbour, and one for the site. */
function heads(own: string, other = "0".repeat(40)): string {
  const lines = [...NEIGHBOURS.map((site) => `${site} ${other}\n`), `${SITE} ${own}\n`];
  return lines.sort().join("");
}

/** A release of the site, named by its shard alone. */
function deliver(forge: Forge, seq: number, text: string): string {
  const id = forge.deliver(SITE, seq, seq, siteFiles(text));
  forge.ref(BRANCH, undefined);
  forge.shard(SITE, heads(id));
  return id;
}

function world(name: string): { readonly forge: Forge; readonly box: Box } {
  const made = region.world(name);
  made.box.configure({ shards: 16 });
  return made;
}

const reasons = (box: Box): (string | undefined)[] => box.lines.map((line) => line.reason);

/** How many requests a poll makes. */
async function requestsOf(box: Box): Promise<number> {
  let requests = 0;
  region.interfere = () => {
    requests++;
    return false;
  };
  await box.once();
  region.interfere = undefined;
  return requests;
}

describe("a box with a shard", () => {
  test("A2, A6: runs what its own line names, and a neighbour's move costs no second fetch and changes nothing", async () => {
    const { forge, box } = world("follows");
    const first = deliver(forge, 1, "one");
    expect(await box.once()).toBe(0);
    expect(box.target()).toEqual(ONE);
    const idle = await requestsOf(box);
    forge.shard(SITE, heads(first, "1".repeat(40)));
    expect(await requestsOf(box)).toBe(idle + 1);
    expect(box.target()).toEqual(ONE);
    deliver(forge, 2, "two");
    expect(await box.once()).toBe(0);
    expect(box.target()).toEqual(TWO);
  });

  test("A2: without its shard, or without its line, says that it was not promoted yet, later that its ref is missing, and keeps its release", async () => {
    const { forge, box } = world("no-line");
    forge.publishTrust();
    expect(await box.once()).toBe(1);
    expect(reasons(box)).toContain("not-promoted-yet");
    forge.shard(SITE, `${NEIGHBOURS[0]} ${"0".repeat(40)}\n`);
    expect(await box.once()).toBe(1);
    expect(reasons(box)).toContain("not-promoted-yet");
    deliver(forge, 1, "one");
    expect(await box.once()).toBe(0);
    forge.shard(SITE, `${NEIGHBOURS[0]} ${"0".repeat(40)}\n`);
    expect(await box.once()).toBe(1);
    expect(reasons(box)).toContain("ref-missing");
    forge.ref(SHARD, undefined);
    expect(await box.once()).toBe(1);
    expect(reasons(box)).toContain("ref-missing");
    expect(box.target()).toEqual(ONE);
  });

  test("on a server that gives out no commit by its id uses the site's own branch, and says so where there is none", async () => {
    const { forge, box } = world("no-ids");
    region.interfere = (request) => {
      // As a proxy does that drops the header: git speaks its protocol 0, which serves only what it lists.
      delete request.headers["git-protocol"];
      return false;
    };
    const id = deliver(forge, 1, "one");
    expect(await box.once()).toBe(3);
    expect(reasons(box)).toContain("ids-not-served");
    expect(box.target()).toBeUndefined();
    forge.ref(BRANCH, id);
    expect(await box.once()).toBe(0);
    expect(box.target()).toEqual(ONE);
    region.interfere = undefined;
  });
});

describe("heads that nobody of the fleet wrote", () => {
  let forge: Forge;
  let box: Box;
  let running: string;
  let count = 0;
  beforeEach(async () => {
    ({ forge, box } = world(`forged-${++count}`));
    running = deliver(forge, 1, "one");
    expect(await box.once()).toBe(0);
  });

  const who = "Skerry <skerry@fleet.invalid> 1795000000 +0000";
  const shardOn = (tree: string, parents = ""): void =>
    forge.ref(SHARD, forge.object("commit", `tree ${tree}\n${parents}author ${who}\ncommitter ${who}\n\nshard\n`));
  const blob = (text: string): string => forge.object("blob", text);

  const forgeries: readonly (readonly [what: string, reason: string, forge: () => void])[] = [
    ["heads without a line end", "bad-commit", () => void forge.shard(SITE, heads(running).trimEnd())],
    ["heads with CRLF", "bad-commit", () => void forge.shard(SITE, heads(running).replaceAll("\n", "\r\n"))],
    ["heads out of order", "bad-commit", () => void forge.shard(SITE, heads(running).split("\n").reverse().join("\n"))],
    [
      "heads that name the site twice",
      "bad-commit",
      () => void forge.shard(SITE, heads(running).replace(`${SITE} `, `${SITE} ${running}\n${SITE} `)),
    ],
    ["heads with a site of another shard", "bad-commit", () => void forge.shard(SITE, `${heads(running)}zz-elsewhere-0 ${running}\n`)],
    [
      "heads of random bytes",
      "bad-commit",
      () => void forge.shard(SITE, String.fromCharCode(...Array.from({ length: 999 }, (_, index) => (index * 7919) % 256))),
    ],
    ["heads over 1 MB", "bad-commit", () => void forge.shard(SITE, `${SITE} ${running}\n`.repeat(22_000))],
    ["an id of 41 digits", "bad-commit", () => void forge.shard(SITE, heads(`${running}0`))],
    ["a ref name in place of an id", "bad-commit", () => void forge.shard(SITE, heads("refs/heads/trust"))],
    ["an option in place of an id", "bad-commit", () => void forge.shard(SITE, heads("--upload-pack=touch /tmp/owned"))],
    ["a tree without heads", "bad-commit", () => shardOn(forge.rawTree([["100644", "other", blob(heads(running))]]))],
    [
      "a tree with another file",
      "bad-commit",
      () =>
        shardOn(
          forge.rawTree([
            ["100644", "heads", blob(heads(running))],
            ["100644", "more", blob("x")],
          ]),
        ),
    ],
    ["heads as an executable", "bad-commit", () => shardOn(forge.rawTree([["100755", "heads", blob(heads(running))]]))],
    ["heads as a link", "bad-commit", () => shardOn(forge.rawTree([["120000", "heads", blob("/etc/passwd")]]))],
    ["heads as a folder", "bad-commit", () => shardOn(forge.rawTree([["40000", "heads", forge.rawTree([["100644", "x", blob("x")]])]]))],
    ["the branch of a fleet commit", "bad-commit", () => shardOn(forge.tree(new Map([["fleet.json", "{}\n"]])))],
    [
      "a shard commit over 64 kB",
      "bad-commit",
      () => shardOn(forge.rawTree([["100644", "heads", blob(heads(running))]]), `parent ${running}\n`.repeat(2_000)),
    ],
    ["the id of branch trust's commit", "bad-commit", () => void forge.shard(SITE, heads(forge.publishTrust()))],
    ["the id of a tree", "bad-commit", () => void forge.shard(SITE, heads(forge.tree(siteFiles("two"))))],
    ["the id of a file", "bad-commit", () => void forge.shard(SITE, heads(blob("x")))],
    ["the id of a file of 20 MB", "too-large", () => void forge.shard(SITE, heads(forge.object("blob", randomBytes(20_000_000))))],
    [
      "the id of a tag",
      "bad-commit",
      () => void forge.shard(SITE, heads(forge.object("tag", `object ${running}\ntype commit\ntag v\ntagger ${who}\n\nv\n`))),
    ],
    [
      "the id of another site's commit",
      "wrong-site",
      () => {
        forge.release(
          2,
          new Map([
            ["aaaa", `sha256:${"0".repeat(64)}`],
            [SITE, `sha256:${"1".repeat(64)}`],
          ]),
        );
        forge.publishTrust();
        const other = forge.object("commit", forge.signed(forge.commit("aaaa", 2, 9, forge.tree(siteFiles("two")))));
        forge.shard(SITE, heads(other));
      },
    ],
    [
      "the id of an unsigned commit",
      "unsigned",
      () => {
        const id = forge.deliver(SITE, 2, 2, siteFiles("two"));
        const raw = forge.signed(forge.commit(SITE, 2, 3, forge.tree(siteFiles("two")))).toString("latin1");
        forge.ref(BRANCH, undefined);
        expect(id).toBeDefined();
        forge.shard(SITE, heads(forge.object("commit", raw.replace(/gpgsig [^]*?SIGNATURE-----\n(?=\n)/, ""))));
      },
    ],
    ["an id that the server does not have", "ids-not-served", () => void forge.shard(SITE, heads("f".repeat(40)))],
  ];
  test.each(sampled(forgeries, (_, index) => index % 9 === 0))("%s", async (_what, reason, forgeIt) => {
    const before = await box.journal();
    forgeIt();
    expect(await box.once()).not.toBe(0);
    expect(reasons(box)).toContain(reason);
    expect(box.target()).toEqual(ONE);
    expect((await box.journal()).seen).toEqual(before.seen);
    deliver(forge, 5, "two");
    expect(await box.once()).toBe(0);
    expect(box.target()).toEqual(TWO);
  });

  const blocks: readonly (readonly [what: string, forge: () => void])[] = [
    ["an id that the server does not have", () => void forge.shard(SITE, heads("f".repeat(40)))],
    ["a file of 20 MB", () => void forge.shard(SITE, heads(forge.object("blob", randomBytes(20_000_000))))],
    ["heads that are none", () => void forge.shard(SITE, "?")],
    ["no shard", () => forge.ref(SHARD, undefined)],
  ];
  test.each(sampled(blocks, (_, index) => index === 0))("T12: %s does not keep a new trust version from the box", async (_what, block) => {
    block();
    forge.nextTrust({});
    forge.publishTrust();
    expect(await box.once()).not.toBe(0);
    expect((await box.journal()).trust.version).toBe(2);
    expect(box.target()).toEqual(ONE);
  });

  test("a line moved back to the commit before", async () => {
    deliver(forge, 2, "two");
    expect(await box.once()).toBe(0);
    forge.shard(SITE, heads(running));
    expect(await box.once()).not.toBe(0);
    expect(reasons(box)).toContain("rollback");
    expect(box.target()).toEqual(TWO);
  });

  test("two ids in turn, neither of them the site's", async () => {
    const [one, two] = [blob("1"), blob("2")];
    for (const id of [one, two, one, two]) {
      forge.shard(SITE, heads(id));
      expect(await box.once()).not.toBe(0);
      expect(box.target()).toEqual(ONE);
    }
    forge.shard(SITE, heads(running));
    expect(await box.once()).toBe(0);
  });
});
