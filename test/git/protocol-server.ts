import { readdirSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { git, gitBytes } from "./scratch.ts";

/** Packets of git's protocol (gitprotocol-common(5)). */
export const FLUSH = Buffer.from("0000");
export const DELIMITER = Buffer.from("0001");
export const RESPONSE_END = Buffer.from("0002");

export function packet(content: string | Uint8Array): Buffer {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, "0")), bytes]);
}

export function packets(...parts: readonly (string | Uint8Array)[]): Buffer {
  return Buffer.concat(parts.map((part) => (typeof part === "string" ? packet(part) : part)));
}

/** 1 pack, 2 progress, 3 error. */
export function band(number: 1 | 2 | 3, content: string | Uint8Array): Buffer {
  return packet(Buffer.concat([Buffer.from([number]), Buffer.from(content)]));
}

const BAND_BYTES = 65_000;

export function packBands(pack: Uint8Array): Buffer {
  const count = Math.ceil(pack.length / BAND_BYTES);
  return Buffer.concat(Array.from({ length: count }, (_, index) => band(1, pack.subarray(index * BAND_BYTES, (index + 1) * BAND_BYTES))));
}

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** What a server says in the place of an honest answer; each part may be replaced alone. */
export interface Script {
  /** Takes the whole request over; returns false to let the rest answer. */
  readonly http?: (seen: Seen, response: ServerResponse) => boolean;
  readonly greeting?: Buffer;
  readonly refs?: (honest: readonly string[]) => Buffer;
  /** Whole sections before `packfile`. */
  readonly sections?: Buffer;
  /** All after `packfile`. */
  readonly packfile?: (pack: Buffer) => Buffer;
  /** The whole answer to a request for objects. */
  readonly fetched?: (pack: Buffer, asked: string) => Buffer;
}

const TYPE = "application/x-git-upload-pack";

/** Speaks git's protocol 2 over HTTP by itself, so that it can say what no git says. Depth is one: it sends what the wanted commits hold. */
export class ProtocolServer {
  script: Script = {};
  readonly seen: Seen[] = [];
  readonly #folder: string;
  /** By the tips that they hold: objects never change, and git is started once for all polls that ask for the same. */
  readonly #packs = new Map<string, Buffer>();
  readonly #server: ReturnType<typeof createServer>;

  constructor(folder: string, tls?: { readonly cert: string; readonly key: string }) {
    this.#folder = folder;
    const answer = (request: IncomingMessage, response: ServerResponse): void => void this.#answer(request, response);
    this.#server = tls === undefined ? createServer(answer) : createTlsServer(tls, answer);
  }

  async open(): Promise<number> {
    await new Promise<void>((resolve, reject) => this.#server.once("error", reject).listen(0, "127.0.0.1", resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const whole = Buffer.concat(chunks);
    const body = (request.headers["content-encoding"] === "gzip" ? gunzipSync(whole) : whole).toString("latin1");
    const seen = { method: request.method ?? "", url: request.url ?? "", headers: request.headers, body };
    this.seen.push(seen);
    if (this.script.http?.(seen, response)) return;
    const isGreeting = seen.method === "GET";
    response.writeHead(200, { "content-type": `${TYPE}-${isGreeting ? "advertisement" : "result"}` });
    if (isGreeting) response.end(this.script.greeting ?? greeting([]));
    else if (body.includes("command=ls-refs")) response.end(this.#refs());
    else response.end(this.#fetched(body));
  }

  #refs(): Buffer {
    const lines = this.#lines();
    return this.script.refs?.(lines) ?? packets(...lines.map((line) => `${line}\n`), FLUSH);
  }

  /** Without a want by id, all that the refs name. */
  #fetched(asked: string): Buffer {
    const wants = [...asked.matchAll(/want ([0-9a-f]{40})/g)].map((match) => match[1] as string);
    const there = this.#lines().map((line) => line.slice(0, 40));
    const pack = this.#pack(wants.length > 0 && wants.every((id) => there.includes(id)) ? wants : there);
    const { fetched, sections = Buffer.alloc(0), packfile = packBands } = this.script;
    return fetched?.(pack, asked) ?? Buffer.concat([acknowledged(asked), sections, packet("packfile\n"), packfile(pack), FLUSH]);
  }

  #pack(tips: readonly string[]): Buffer {
    const name = tips.join(" ");
    const pack = this.#packs.get(name) ?? packOfTips(this.#folder, tips);
    this.#packs.set(name, pack);
    return pack;
  }

  /** Sorted by name, as git lists them. Nothing packs the refs of a test's repository, so each is a file. */
  #lines(): string[] {
    const entries = readdirSync(join(this.#folder, "refs"), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const paths = entries.map((entry) => join(entry.parentPath, entry.name)).sort();
    return paths.map((path) => `${readFileSync(path, "latin1").trim()} ${path.slice(this.#folder.length + 1)}`);
  }
}

/** A client that has something and does not say that it is done waits for this before the rest. */
export function acknowledged(asked: string): Buffer {
  const have = /have ([0-9a-f]{40})/.exec(asked)?.[1];
  const lines = have === undefined ? ["ready\n"] : [`ACK ${have}\n`, "ready\n"];
  return asked.includes("0009done\n") ? Buffer.alloc(0) : packets("acknowledgments\n", ...lines, DELIMITER);
}

/** An honest one, but for these capabilities. */
export function greeting(capabilities: readonly string[]): Buffer {
  const honest = ["agent=strange", "ls-refs=unborn", "fetch=shallow wait-for-done", "object-format=sha1"];
  const named = capabilities.map((line) => line.split("=")[0]);
  const lines = [...honest.filter((line) => !named.includes(line.split("=")[0])), ...capabilities];
  return packets("# service=git-upload-pack\n", FLUSH, "version 2\n", ...lines.map((line) => `${line}\n`), FLUSH);
}

/** The commits themselves and all below them, without a parent. */
function packOfTips(folder: string, tips: readonly string[]): Buffer {
  const ids = git(folder, ["rev-list", "--objects", "--no-walk", ...tips])
    .split("\n")
    .map((line) => line.slice(0, 40))
    .filter((id) => id !== "");
  return gitBytes(folder, ["pack-objects", "--stdout", "--quiet"], `${ids.join("\n")}\n`);
}

/** A listener that nobody should ever speak to. */
export class Bystander {
  /** What came, a connection each. */
  readonly heard: string[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #server = createTcpServer((socket) => {
    const at = this.heard.push("") - 1;
    this.#sockets.add(socket);
    socket.on("data", (bytes) => {
      this.heard[at] += bytes.toString("latin1");
      socket.end('HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n');
    });
    socket.on("error", () => undefined);
  });

  async open(): Promise<number> {
    await new Promise<void>((resolve, reject) => this.#server.once("error", reject).listen(0, "127.0.0.1", resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
