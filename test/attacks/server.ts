import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createRawServer, type Server, type Socket } from "node:net";
import { gunzipSync } from "node:zlib";

/** Which request of git's protocol 2 over HTTP this is; `other` is none of its three. */
export type Phase = "info" | "refs" | "fetch" | "other";

export interface Exchange {
  readonly phase: Phase;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The request's body, unpacked. */
  readonly body: Buffer;
  /** What an honest server answers, by default the one that the attack stands in front of, to a client of this protocol's version. */
  honest(from?: string, version?: 0 | 1 | 2): Promise<Buffer>;
}

/** Answers one request: bytes for code 200 and git's content type, or nothing when it answered by itself. */
export type Script = (exchange: Exchange) => Buffer | undefined | Promise<Buffer | undefined>;

type Part = (honest: Buffer, exchange: Exchange) => Buffer | undefined;

/** Changes the answers of some phases, and leaves the others honest. */
export function on(parts: Partial<Record<Phase, Part>>): Script {
  return async (exchange) => {
    const honest = await exchange.honest();
    const part = parts[exchange.phase];
    return part === undefined ? honest : part(honest, exchange);
  };
}

interface SeenRequest {
  readonly line: string;
  readonly bytes: number;
  readonly authorization: string | undefined;
}

/** Stands between the agent and an honest server, and changes what it likes. */
export class AttackServer {
  script: Script | undefined;
  /** Address of the repository that honest answers come from. */
  upstream = "";
  readonly requests: SeenRequest[] = [];
  readonly #server = createServer((request, response) => this.answer(request, response));

  async open(): Promise<string> {
    return `http://127.0.0.1:${await listen(this.#server)}/fleet.git`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** For servers of another kind, such as TLS, in front of the same scripts. */
  readonly answer: RequestListener = (request, response) => {
    response.on("error", () => undefined);
    request.on("error", () => undefined);
    // A script that fails is a fault of the suite, and shall not look like an attack that worked.
    this.#answer(request, response).catch((error: unknown) => response.headersSent || response.writeHead(599).end(String(error)));
  };

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const sent = Buffer.concat(chunks);
    const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(sent) : sent;
    const line = `${request.method} ${request.url}`;
    this.requests.push({ line, bytes: sent.length, authorization: request.headers.authorization });
    const honest = (from = this.upstream, version = 2): Promise<Buffer> => relayed(request, body, from, version);
    const exchange = { phase: phaseOf(request, body), request, response, body, honest };
    const answer = await (this.script ?? ((each) => each.honest()))(exchange);
    if (answer === undefined) return;
    const kind = request.method === "GET" ? "advertisement" : "result";
    response.writeHead(200, { "content-type": `application/x-git-upload-pack-${kind}` }).end(answer);
  }
}

function phaseOf({ method, url }: IncomingMessage, body: Buffer): Phase {
  if (method === "GET") return url?.includes("/info/refs?service=") ? "info" : "other";
  if (body.includes("command=ls-refs")) return "refs";
  return body.includes("command=fetch") ? "fetch" : "other";
}

async function relayed(
  { method = "GET", url = "", headers }: IncomingMessage,
  body: Buffer,
  from: string,
  version: number,
): Promise<Buffer> {
  const asked = new Headers({ "git-protocol": `version=${version}` });
  if (headers["content-type"] !== undefined) asked.set("content-type", headers["content-type"]);
  const path = url.replace(/^.*?\/fleet\.git/, "");
  const response = await fetch(from + path, { method, headers: asked, ...(method === "GET" ? {} : { body: new Uint8Array(body) }) });
  return Buffer.from(await response.arrayBuffer());
}

const VISIT_CHARS_MAX = 2_000;

/** A third address, where no agent has any business: it takes down who comes and what they bring, and invites them to bring more. */
export class Elsewhere {
  /** What each connection brought, up to a limit; empty for one that brought nothing. */
  readonly visits: string[] = [];
  /** What a visitor with credentials gets; one without is asked for them. */
  gives: Buffer = Buffer.alloc(0);
  readonly #sockets = new Set<Socket>();
  readonly #server = createRawServer((socket) => this.#receive(socket));
  #port = 0;

  async open(): Promise<void> {
    this.#port = await listen(this.#server);
  }

  /** Another name than the repository's host, and another port. */
  get host(): string {
    return `localhost:${this.#port}`;
  }

  get samehost(): string {
    return `127.0.0.1:${this.#port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #receive(socket: Socket): void {
    const visit = this.visits.push("") - 1;
    this.#sockets.add(socket);
    socket.on("error", () => socket.destroy()).on("close", () => void this.#sockets.delete(socket));
    socket.on("data", (chunk) => {
      const text = chunk.toString("latin1");
      this.visits[visit] = `${this.visits[visit]}${text.replaceAll("\r\n", " | ")}`.slice(0, VISIT_CHARS_MAX);
      const isKnown = /^authorization:/im.test(text);
      const status = isKnown ? "200 OK" : '401 Unauthorized\r\nWWW-Authenticate: Basic realm="elsewhere"';
      const body = isKnown ? this.gives : Buffer.alloc(0);
      socket.write(Buffer.concat([Buffer.from(`HTTP/1.1 ${status}\r\nContent-Length: ${body.length}\r\n\r\n`), body]));
    });
  }
}

export function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

export const FLUSH = Buffer.from("0000");
export const DELIMITER = Buffer.from("0001");
const PACKFILE = Buffer.from("000dpackfile\n");

export function packet(text: string | Uint8Array): Buffer {
  const bytes = Buffer.from(text as string);
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, "0")), bytes]);
}

/** Band 1 is the pack, 2 is progress for people, 3 ends the fetch with a message. */
export function band(number: 1 | 2 | 3, text: string | Uint8Array): Buffer {
  return packet(Buffer.concat([Buffer.from([number]), Buffer.from(text as string)]));
}

/** Puts bytes between the sections of a fetch's answer and its pack. */
export function beforePack(answer: Buffer, ...bytes: readonly Buffer[]): Buffer {
  const place = answer.indexOf(PACKFILE);
  return Buffer.concat([answer.subarray(0, place), ...bytes, answer.subarray(place)]);
}

/** Puts packets of bands before the pack's own. */
export function aheadOfPack(answer: Buffer, ...bytes: readonly Buffer[]): Buffer {
  const place = answer.indexOf(PACKFILE) + PACKFILE.length;
  return Buffer.concat([answer.subarray(0, place), ...bytes, answer.subarray(place)]);
}

/** All of a fetch's answer up to its pack. */
export function withoutPack(answer: Buffer): Buffer {
  return answer.subarray(0, answer.indexOf(PACKFILE) + PACKFILE.length);
}

/** Sends `begin`, then what `next` makes for as long as somebody listens: at once, or a piece each `everyMs`. */
export function endlessly({ request, response }: Exchange, begin: Buffer, next: (index: number) => Buffer, everyMs = 0): undefined {
  const kind = request.method === "GET" ? "advertisement" : "result";
  if (!response.headersSent) response.writeHead(200, { "content-type": `application/x-git-upload-pack-${kind}` });
  response.write(begin);
  let index = 0;
  if (everyMs > 0) {
    const timer = setInterval(() => response.write(next(index++)), everyMs);
    response.on("close", () => clearInterval(timer));
    return undefined;
  }
  const pump = (): void => {
    for (let left = 64; left > 0 && !response.destroyed; left--) if (!response.write(next(index++))) return;
    if (!response.destroyed) setImmediate(pump);
  };
  response.on("drain", pump);
  pump();
  return undefined;
}
