import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { join } from "node:path";
import { systemClock, systemProcess } from "../../core/index.ts";
import { describeCache, fetchSite } from "../../git/index.ts";
import { SITE } from "../agent/fixtures/region.ts";
import { triesAll } from "../tries-all.ts";
import { FaultProxy, type LineFault } from "./fault-proxy.ts";
import { deliver, type FaultBox, expectCured, FaultWorld, standing } from "./fault-world.ts";

/** One line between a box and its server, and every fault at every part of an exchange. */

let world: FaultWorld;
let proxy: FaultProxy;
let box: FaultBox;
/** Bytes of the answers of one fetch that brings a release, a connection each. */
let exchange: number;

beforeAll(async () => {
  world = await FaultWorld.open();
  proxy = await FaultProxy.open(world.region.server.port);
  box = await world.running("line");
  box.box.configure({ repository: `http://127.0.0.1:${proxy.port}/line.git` });
  // The first fetch by another address brings everything; the second is what an update is.
  for (const _ of ["everything", "an update"]) {
    deliver(box);
    proxy.answers.length = 0;
    expect(await box.box.once()).toBe(0);
  }
  exchange = Math.max(...proxy.answers);
});

afterAll(async () => {
  await proxy.close();
  await world.close();
});

/** A poll of a new release over a bad line, and one over a good line. */
async function poll(fault: LineFault, words: readonly string[]): Promise<void> {
  deliver(box);
  await pollFails(fault, words);
  await expectCured({ fault }, box);
}

/** Nothing of the release comes through, and the poll's word is one of these. */
async function pollFails(fault: LineFault, words: readonly string[]): Promise<void> {
  proxy.fault = fault;
  const code = await box.box.once();
  proxy.fault = undefined;
  const said = box.box.lines.filter((line) => line.level === "warn").map((line) => line.reason as string);
  expect({ fault, code, said, standing: standing(box) }).toEqual({ fault, code: 3, said: [expect.any(String)], standing: box.release - 1 });
  expect(words).toContain(said[0]);
  expect(await box.box.journal()).toMatchObject({ seen: { seq: box.release - 1 }, candidate: null });
}

/** Places along the exchange; the first bytes are HTTP's, the last the pack's. */
function places(sample: number): number[] {
  const count = triesAll ? 40 : sample;
  return Array.from({ length: count }, (_, index) => Math.floor(((index + 0.2) * exchange) / count));
}

const BROKEN = ["offline", "not-git", "bad-object"];

describe("the network", () => {
  test("network cut mid-fetch: the fetch fails, and the next one gets everything", async () => {
    for (const cutAfter of places(3)) await poll({ cutAfter }, BROKEN);
  }, 300_000);

  test("partial or truncated pack: never visible", async () => {
    for (const truncateAfter of places(3)) await poll({ truncateAfter }, BROKEN);
  }, 300_000);

  test("a flipped bit in transit is detected, or has no effect", async () => {
    for (const flipAt of places(3)) {
      deliver(box);
      proxy.fault = { flipAt };
      const code = await box.box.once();
      proxy.fault = undefined;
      // HTTP's date and the like may say what they want: then the release is whole, and is taken.
      expect({ flipAt, code, standing: standing(box) }).toEqual({ flipAt, code, standing: code === 0 ? box.release : box.release - 1 });
      await expectCured({ flipAt }, box);
    }
  }, 300_000);

  test("slow drip and silence: aborted at the deadline, slow-retrieval", async () => {
    deliver(box);
    const refs = { site: `refs/heads/sites/${SITE}`, trust: "refs/heads/trust" };
    const faults: LineFault[] = [
      { dripAfter: 0, everyMs: 1000 },
      { dripAfter: 700, everyMs: 1000 },
      { stallAfter: 0 },
      { stallAfter: 700 },
    ];
    for (const [index, fault] of faults.entries()) {
      proxy.fault = fault;
      const cache = describeCache(join(world.region.root, `slow-${index}`), `http://127.0.0.1:${proxy.port}/line.git`, systemProcess);
      const begun = performance.now();
      const result = await fetchSite(cache, refs, { clock: systemClock, deadlineMs: 500 });
      proxy.fault = undefined;
      expect({ fault, result }).toEqual({ fault, result: { fault: { reason: "slow-retrieval", detail: expect.any(String) } } });
      expect(performance.now() - begun).toBeLessThan(10_000);
    }
    await expectCured({}, box);
  }, 60_000);

  (triesAll ? test : test.skip)(
    "slow drip: git itself ends a line below 1 KB/s after a minute (long runs only)",
    async () => {
      await poll({ dripAfter: 0, everyMs: 1000 }, ["slow-retrieval"]);
      await poll({ stallAfter: 700 }, ["slow-retrieval"]);
    },
    300_000,
  );

  const page = "<html><title>Welcome on board</title>Please accept our terms.</html>";
  const http = (status: string, headers = "", body = page): string =>
    `HTTP/1.1 ${status}\r\nContent-Type: text/html\r\n${headers}Content-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`;
  const STRANGERS: Readonly<Record<string, readonly [string, readonly string[]]>> = {
    "HTML with 200": [http("200 OK"), ["not-git"]],
    "a redirect to another host": [http("302 Found", "Location: http://portal.invalid/\r\n"), ["redirected"]],
    "a redirect to another protocol": [http("301 Moved", "Location: file:///etc/passwd\r\n"), ["redirected"]],
    "a login": [http("401 Unauthorized", 'WWW-Authenticate: Basic realm="x"\r\n'), ["access-refused"]],
    "511": [http("511 Network Authentication Required"), ["not-git"]],
    "another protocol": ["SSH-2.0-OpenSSH_9.2\r\n", ["offline", "not-git"]],
    "TLS where none was asked for": ["\u0015\u0003\u0003\u0000\u0002\u0002\u0028", ["offline", "not-git"]],
    "nothing at all": ["", ["offline"]],
    "headers without end": [
      `HTTP/1.1 200 OK\r\n${"X-Filler: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n".repeat(20_000)}`,
      ["offline", "not-git", "too-large"],
    ],
  };

  test.each(Object.entries(STRANGERS))(
    "captive portal and other strangers: %s: treated as offline, the reason named, nobody followed",
    async (_stranger, [say, words]) => {
      // All of them stand before the same release.
      if (standing(box) === box.release) deliver(box);
      await pollFails({ say }, words);
    },
  );

  test("after the strangers one poll brings the release that was delivered meanwhile", () => expectCured({}, box));
});
