import { describe } from "@jest/globals";
import { constants, deflateRawSync, deflateSync } from "node:zlib";
import type { Scene } from "./scene.ts";
import { aheadOfPack, band, endlessly, type Exchange, packet, type Phase, type Script, withoutPack } from "./server.ts";
import { type Attack, type Attacks, type End, SAID, tryAttacks, tryTogether } from "./strike.ts";

/** Servers that never come to an end: fast, slowly, or not at all. */

/** One phase that never ends; the others are honest. */
function endless(phase: Phase, flow: (exchange: Exchange, honest: Buffer) => undefined): (scene: Scene) => Script {
  return () => async (exchange) => {
    const honest = await exchange.honest();
    return exchange.phase === phase ? flow(exchange, honest) : honest;
  };
}

const TOO_MUCH: readonly End[] = ["too-large", "slow-retrieval"];
const LINES = `${SAID}\n`.repeat(3_000);
const ID = "5".repeat(40);

const FAST: Attacks = {
  "refs without end": {
    ends: TOO_MUCH,
    seconds: 90,
    serve: endless("refs", (exchange) => {
      const refs = Array.from({ length: 500 }, (_, index) => packet(`${ID} refs/heads/${"a".repeat(80)}${index}\n`));
      return endlessly(exchange, Buffer.alloc(0), () => Buffer.concat(refs));
    }),
  },
  "a first answer without end": {
    ends: [...TOO_MUCH, "not-git"],
    seconds: 90,
    serve: endless("info", (exchange, honest) => endlessly(exchange, honest.subarray(0, -4), () => packet("a".repeat(60_000)))),
  },
  "capabilities without end": {
    ends: [...TOO_MUCH, "not-git"],
    seconds: 90,
    serve: endless("info", (exchange, honest) =>
      endlessly(exchange, honest.subarray(0, -4), (index) => packet(`ability-${index}=${"a".repeat(1_000)}\n`)),
    ),
  },
  "shallow lines without end": {
    ends: TOO_MUCH,
    seconds: 90,
    serve: endless("fetch", (exchange) =>
      endlessly(exchange, packet("shallow-info\n"), (index) => packet(`shallow ${index.toString(16).padStart(40, "0")}\n`)),
    ),
  },
  "acknowledgements without end": {
    ends: TOO_MUCH,
    seconds: 90,
    serve: endless("fetch", (exchange) => endlessly(exchange, packet("acknowledgments\n"), () => packet(`ACK ${ID}\n`))),
  },
  "progress without end": {
    ends: TOO_MUCH,
    seconds: 120,
    serve: endless("fetch", (exchange, honest) => endlessly(exchange, withoutPack(honest), () => band(2, LINES))),
  },
  "progress without end and without a line's end": {
    ends: TOO_MUCH,
    seconds: 120,
    serve: endless("fetch", (exchange, honest) => endlessly(exchange, withoutPack(honest), () => band(2, "x".repeat(60_000)))),
  },
  "headers without end": {
    ends: [...TOO_MUCH, "offline", "not-git"],
    seconds: 90,
    serve: raw("HTTP/1.1 200 OK\r\n", () => `X-${"a".repeat(50)}: ${"b".repeat(8_000)}\r\n`),
  },
  "one header without end": {
    ends: [...TOO_MUCH, "offline", "not-git"],
    seconds: 90,
    serve: raw("HTTP/1.1 200 OK\r\nX-A: ", () => "b".repeat(64_000)),
  },
  "100 Continue without end": {
    ends: [...TOO_MUCH, "offline", "not-git"],
    seconds: 120,
    serve: raw("", () => "HTTP/1.1 100 Continue\r\n\r\n".repeat(100)),
  },
  "chunks of one byte without end": {
    ends: [...TOO_MUCH, "not-git"],
    seconds: 120,
    serve: raw("HTTP/1.1 200 OK\r\nContent-Type: application/x-git-upload-pack-advertisement\r\nTransfer-Encoding: chunked\r\n\r\n", () =>
      `1;${"a".repeat(200)}\r\n0\r\n`.repeat(50),
    ),
  },
};

/** Bytes straight on the socket, without HTTP's own rules. */
function raw(begin: string, next: () => string): () => Script {
  return () => (exchange) => {
    const { socket } = exchange.request;
    socket.on("error", () => socket.destroy());
    const pump = (): void => {
      for (let left = 64; left > 0 && !socket.destroyed; left--) if (!socket.write(next())) return;
      if (!socket.destroyed) setImmediate(pump);
    };
    socket.write(begin);
    socket.on("drain", pump);
    pump();
    return undefined;
  };
}

const PIECE = 10_000_000;

/** The first bytes as they are, then so many gigabytes of one character, a thousandth of it on the line. */
function bomb(phase: Phase, fill: string, gigabytes: number, encoding: "gzip" | "deflate"): Attack {
  return {
    ends: [...TOO_MUCH, "not-git", "bad-object"],
    seconds: 90,
    serve: () => async (exchange) => {
      const honest = await exchange.honest();
      if (exchange.phase !== phase) return honest;
      const flush = { finishFlush: constants.Z_FULL_FLUSH };
      const head = encoding === "gzip" ? Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]) : deflateSync("").subarray(0, 2);
      const begin = Buffer.concat([head, deflateRawSync(phase === "fetch" ? withoutPack(honest) : honest.subarray(0, -4), flush)]);
      const piece = deflateRawSync(Buffer.alloc(PIECE, fill), flush);
      const pieces = (gigabytes * 1_000_000_000) / PIECE;
      const kind = phase === "info" ? "advertisement" : "result";
      exchange.response.writeHead(200, { "content-encoding": encoding, "content-type": `application/x-git-upload-pack-${kind}` });
      exchange.response.end(Buffer.concat([begin, ...Array.from({ length: pieces }, () => piece)]));
      return undefined;
    },
  };
}

const COMPRESSED: Attacks = {
  "10 GB of one packet in a compressed first answer": { ...bomb("info", "0005a", 10, "gzip") },
  "10 GB of refs in a compressed answer": bomb("refs", packet(`${ID} refs/heads/sites/eddm\n`).toString(), 10, "gzip"),
  "10 GB of progress in a compressed answer": bomb("fetch", band(2, `${SAID}\n`).toString(), 10, "gzip"),
  "10 GB of pack in a compressed answer": bomb("fetch", band(1, "x".repeat(1_000)).toString(), 10, "deflate"),
};

const SLOW: readonly End[] = ["slow-retrieval"];
/** A minute below the limit of git and the agent, and some for the start. */
const MINUTES = 100;

const CRAWLING: Attacks = {
  "a first answer of a byte a second": {
    ends: SLOW,
    seconds: MINUTES,
    serve: endless("info", (exchange, honest) => endlessly(exchange, Buffer.alloc(0), (index) => honest.subarray(index, index + 1), 1_000)),
  },
  "a pack of a byte a second": {
    ends: SLOW,
    seconds: MINUTES,
    serve: endless("fetch", (exchange, honest) =>
      endlessly(
        exchange,
        honest.subarray(0, -400),
        (index) => honest.subarray(honest.length - 400 + index, honest.length - 399 + index),
        1_000,
      ),
    ),
  },
  "an empty packet of the pack's band each second": { ends: SLOW, seconds: MINUTES, serve: alive(() => band(1, ""), 1_000) },
  "a line of progress each second": { ends: SLOW, seconds: MINUTES, serve: alive(() => band(2, "still counting\n"), 1_000) },
  // More than git's limit of bytes a second, and no byte of a pack.
  "3 KB of progress each second": {
    ends: SLOW,
    seconds: 150,
    serve: alive(() => band(2, "still counting\n".repeat(200)), 1_000),
  },
  "3 KB of refs each second": {
    ends: [...SLOW, "too-large"],
    seconds: 150,
    serve: endless("refs", (exchange) =>
      endlessly(
        exchange,
        Buffer.alloc(0),
        () => Buffer.concat(Array.from({ length: 30 }, () => packet(`${ID} refs/heads/${"a".repeat(60)}\n`))),
        1_000,
      ),
    ),
  },
  "silence in the place of the first answer": { ends: SLOW, seconds: MINUTES, serve: endless("info", () => undefined) },
  "silence in the middle of the pack": {
    ends: SLOW,
    seconds: MINUTES,
    serve: endless("fetch", (exchange, honest) => endlessly(exchange, honest.subarray(0, -100), () => Buffer.alloc(0), 60_000)),
  },
};

/** All but the last of a pack, then what keeps the line alive. */
function alive(next: () => Buffer, everyMs: number): (scene: Scene) => Script {
  return endless("fetch", (exchange, honest) => endlessly(exchange, aheadOfPack(withoutPack(honest), band(1, "PACK")), next, everyMs));
}

describe("T7: a server without an end, as fast as it can", () => {
  tryAttacks({ ...FAST, ...COMPRESSED }, ["10 GB of one packet in a compressed first answer"]);
});

describe("T7: a server that keeps the agent waiting", () => {
  tryTogether(CRAWLING);
});
