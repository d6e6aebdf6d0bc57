import { describe } from "@jest/globals";
import { deflateRawSync, constants } from "node:zlib";
import { copies, entry, namedDelta, offsetDelta, packOf, sealed } from "../agent/fixtures/pack-bytes.ts";
import { band, endlessly, FLUSH, on, withoutPack } from "./server.ts";
import { type Attack, type Attacks, type End, tryAttacks } from "./strike.ts";

/** Packs that are small on the line and large, long or endless in the box. */

type Swap = (objects: readonly Uint8Array[]) => Buffer;

function swapped(ends: readonly End[], swap: Swap, more: Partial<Attack> = {}): Attack {
  return {
    ends,
    serve: (scene) => async (exchange) => {
      if (exchange.phase === "fetch") scene.forger.swap = swap;
      const answer = await exchange.honest();
      scene.forger.swap = undefined;
      return answer;
    },
    ...more,
  };
}

const MEGABYTE = 1_000_000;
const SLOW = { seconds: 90 } as const;

/** Each delta copies its base two hundred times; each is the base of none, so nothing is kept and all is computed. */
function chain(deltas: number, times: number): Buffer[] {
  const base = entry("blob", Buffer.alloc(MEGABYTE, "x"));
  const made: Buffer[] = [base];
  for (let before = base.length; made.length <= deltas; before += (made.at(-1) as Buffer).length)
    made.push(offsetDelta(before, copies(MEGABYTE, MEGABYTE, times)));
  return made;
}

/** A chain in which each link copies the whole of the one before it: as deep as it is long. */
function deepChain(depth: number): Buffer[] {
  const made = [entry("blob", Buffer.alloc(MEGABYTE, "x"))];
  while (made.length <= depth) made.push(offsetDelta((made.at(-1) as Buffer).length, copies(MEGABYTE, MEGABYTE, 1)));
  return made;
}

const ZEROS_EACH = 10 * MEGABYTE;

/** One blob of so many megabytes of zeros, a thousandth of it on the line. */
function zeros(megabytes: number): Buffer {
  const pieces = Math.ceil((megabytes * MEGABYTE) / ZEROS_EACH);
  const size = pieces * ZEROS_EACH;
  const piece = deflateRawSync(Buffer.alloc(ZEROS_EACH), { finishFlush: constants.Z_FULL_FLUSH, level: 9 });
  const checksum = Buffer.alloc(4);
  // Adler-32 of zeros: the first sum stays 1, the second counts the bytes.
  checksum.writeUInt32BE((size % 65_521) * 65_536 + 1);
  const last = Buffer.from([0x03, 0x00]);
  const head = entry("blob", Buffer.alloc(0), size);
  const header = head.subarray(0, head.length - entry("blob", Buffer.alloc(0)).length + 1);
  return Buffer.concat([header, Buffer.from([0x78, 0xda]), ...Array.from({ length: pieces }, () => piece), last, checksum]);
}

/** Stored blocks of no byte: a stream that never gets anywhere. */
function nothing(blocks: number): Buffer {
  const head = entry("blob", Buffer.alloc(0), 1_000);
  const header = head.subarray(0, 2);
  return Buffer.concat([header, Buffer.from([0x78, 0x01]), Buffer.alloc(blocks * 5, Buffer.from([0x00, 0x00, 0x00, 0xff, 0xff]))]);
}

function tiny(count: number): Buffer[] {
  return Array.from({ length: count }, (_, index) => entry("blob", Buffer.from(String(index))));
}

const BOMBS: Attacks = {
  "a delta chain of 70 kB that means hours": swapped(["too-large"], (objects) => packOf([...chain(1_000, 200), ...objects]), SLOW),
  "2,000 deltas, each on the one before it": swapped(
    ["too-large", "taken", "bad-object"],
    (objects) => packOf([...deepChain(2_000), ...objects]),
    SLOW,
  ),
  // Nothing refers to it: within the bounds of a poll it does no harm.
  "8 GB of zeros in one blob of 8 MB": swapped(["too-large", "taken"], (objects) => packOf([zeros(8_000), ...objects]), SLOW),
  "8 GB of zeros in 160 blobs": swapped(
    ["too-large"],
    (objects) => packOf([...Array.from({ length: 160 }, () => zeros(50)), ...objects]),
    SLOW,
  ),
  "2 GB of zeros in 100 blobs that are all bases": swapped(
    ["too-large", "taken", "bad-object"],
    (objects) => {
      const bases = Array.from({ length: 100 }, () => zeros(20));
      const deltas: Buffer[] = [];
      let distance = (bases.at(-1) as Buffer).length;
      for (let index = 0; index < 100; index++) {
        deltas.push(offsetDelta(distance, copies(20 * MEGABYTE, MEGABYTE, 20)));
        distance += (deltas.at(-1) as Buffer).length + (bases[98 - index]?.length ?? 0);
      }
      return packOf([...bases, ...deltas, ...objects]);
    },
    SLOW,
  ),
  "300 MB of zeros in one blob": swapped(["too-large", "taken"], (objects) => packOf([zeros(300), ...objects])),
  "250,000 blobs of a few bytes": swapped(["too-large", "taken"], (objects) => packOf([...tiny(250_000), ...objects]), SLOW),
  "a stream of five million empty blocks": swapped(
    ["bad-object", "too-large"],
    (objects) => packOf([nothing(2_500_000), ...objects]),
    SLOW,
  ),
};

const COUNTS: Attacks = {
  "2^31 objects, as the pack counts": swapped(["bad-object", "too-large"], (objects) => packOf(objects, 2 ** 31)),
  "2^32 - 1 objects, as the pack counts": swapped(["bad-object", "too-large"], (objects) => packOf(objects, 2 ** 32 - 1)),
  "four million objects, as the pack counts": swapped(["bad-object", "too-large", "offline"], (objects) => packOf(objects, 4_000_000)),
  "no object, as the pack counts": swapped(["bad-object"], (objects) => packOf(objects, 0)),
};

const one = "7".repeat(40);
const other = "8".repeat(40);

const DELTAS: Attacks = {
  "two deltas that name each other as base": swapped(
    ["bad-object"],
    (objects) => packOf([...objects, namedDelta(one, copies(9, 9, 1)), namedDelta(other, copies(9, 9, 1))]),
    {},
  ),
  "a delta that is its own base by distance": swapped(["bad-object"], (objects) => packOf([...objects, offsetDelta(0, copies(9, 9, 1))])),
  "a thin pack whose bases nobody has": swapped(["bad-object"], (objects) =>
    packOf([...objects, ...Array.from({ length: 50 }, (_, index) => namedDelta(index.toString(16).padStart(40, "3"), copies(9, 9, 1)))]),
  ),
  "a delta that makes 4 GB": swapped(
    ["too-large", "bad-object"],
    (objects) =>
      packOf([
        entry("blob", Buffer.alloc(MEGABYTE, "x")),
        offsetDelta(entry("blob", Buffer.alloc(MEGABYTE, "x")).length, copies(MEGABYTE, MEGABYTE, 4_000)),
        ...objects,
      ]),
    {},
  ),
};

const SHAPES: Attacks = {
  "rubbish after the pack": {
    ends: ["taken", "bad-object", "not-git", "offline"],
    serve: () =>
      on({
        fetch: (honest) =>
          Buffer.concat([
            honest.subarray(0, -FLUSH.length),
            ...Array.from({ length: 20 }, () => band(1, Buffer.alloc(60_000, "x"))),
            FLUSH,
          ]),
      }),
  },
  "rubbish without end after the pack": {
    ends: ["too-large", "bad-object", "not-git", "offline", "slow-retrieval"],
    ...SLOW,
    serve: () => async (exchange) => {
      const honest = await exchange.honest();
      const rubbish = band(1, Buffer.alloc(60_000, "x"));
      return exchange.phase === "fetch" ? endlessly(exchange, honest.subarray(0, -FLUSH.length), () => rubbish) : honest;
    },
  },
  "a pack without end": {
    ends: ["too-large"],
    seconds: 60,
    serve: () => async (exchange) => {
      const honest = await exchange.honest();
      if (exchange.phase !== "fetch") return honest;
      const head = packOf([], 4_000_000_000 - 1).subarray(0, 12);
      return endlessly(exchange, Buffer.concat([withoutPack(honest), band(1, head)]), (index) =>
        band(1, entry("blob", noise(50_000, index))),
      );
    },
  },
  "a pack of 40 MB": swapped(
    ["too-large"],
    (objects) => packOf([...objects, ...Array.from({ length: 45 }, (_, index) => entry("blob", noise(900_000, index)))]),
    {},
  ),
  "a pack of version 3 with an extension": swapped(
    ["bad-object", "taken"],
    (objects) => sealed(versioned(packOf(objects).subarray(0, -20))),
    {},
  ),
  "an object type that nobody has": swapped(
    ["bad-object"],
    (objects) => packOf([Buffer.concat([Buffer.from([0x51]), entry("blob", Buffer.from("x")).subarray(1)]), ...objects]),
    {},
  ),
};

/** Bytes that no compression shortens. */
function noise(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = 88_172_645 + seed * 7_919;
  for (let index = 0; index < length; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[index] = state & 0xff;
  }
  return bytes;
}

function versioned(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes);
  changed.writeUInt32BE(3, 4);
  return changed;
}

describe("T7, T10: a pack that is small on the line", () => {
  tryAttacks({ ...BOMBS, ...COUNTS, ...DELTAS, ...SHAPES });
});
