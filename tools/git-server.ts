import { spawn } from "node:child_process";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** One request as the server saw it. Bytes are git's own, without HTTP's headers; `wire` counts whole connections. */
export interface GitRequest {
  readonly method: string;
  readonly path: string;
  readonly requestBytes: number;
  readonly responseBytes: number;
}

export interface GitServer {
  readonly port: number;
  /** `http://127.0.0.1:<port>/<name>` for a repository `<root>/<name>`. */
  url(name: string): string;
  readonly requests: readonly GitRequest[];
  /** Bytes of all closed and open connections, HTTP's headers included. */
  wireBytes(): { readonly received: number; readonly sent: number };
  /** Resets the counters. */
  reset(): void;
  close(): Promise<void>;
}

/** Answers instead of git; returns false to let git answer. For tests of captive portals, cut connections and the like. */
export type Interference = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * Smart HTTP on a free loopback port, or on one that was free a moment ago, over `git http-backend`, read only. `GIT_PROTOCOL` is passed on: without it every
 * client falls back to protocol 0 and lists all refs at each poll.
 */
export async function startGitServer(root: string, interfere: Interference = () => false, onPort = 0): Promise<GitServer> {
  const requests: GitRequest[] = [];
  const sockets = new Set<Socket>();
  const closed = { received: 0, sent: 0 };
  const server = createServer((request, response) => {
    if (!interfere(request, response)) serve(root, request, response, requests);
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => {
      sockets.delete(socket);
      closed.received += socket.bytesRead;
      closed.sent += socket.bytesWritten;
    });
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(onPort, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: (name) => `http://127.0.0.1:${port}/${name}`,
    requests,
    wireBytes: () => {
      const open = [...sockets];
      return {
        received: open.reduce((sum, socket) => sum + socket.bytesRead, closed.received),
        sent: open.reduce((sum, socket) => sum + socket.bytesWritten, closed.sent),
      };
    },
    reset: () => {
      requests.length = 0;
      closed.received = 0;
      closed.sent = 0;
    },
    close: async () => {
      const ended = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await ended;
    },
  };
}

function serve(root: string, request: IncomingMessage, response: ServerResponse, requests: GitRequest[]): void {
  const url = new URL(request.url ?? "/", "http://127.0.0.1");
  const child = spawn("git", ["http-backend"], { env: environmentOf(root, request, url), stdio: "pipe" });
  const count = { in: 0, out: 0 };
  request.on("data", (chunk: Buffer) => (count.in += chunk.length));
  request.pipe(child.stdin);
  child.stdin.on("error", () => undefined);
  let head = Buffer.alloc(0);
  child.stdout.on("data", (chunk: Buffer) => {
    if (response.headersSent) return forward(chunk);
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) return;
    writeHead(response, head.toString("latin1", 0, end));
    forward(head.subarray(end + 4));
  });
  const forward = (chunk: Buffer): void => {
    count.out += chunk.length;
    if (chunk.length > 0 && !response.write(chunk)) {
      child.stdout.pause();
      response.once("drain", () => child.stdout.resume());
    }
  };
  response.on("close", () => child.kill());
  child.on("error", (error) => response.writeHead(500).end(String(error)));
  child.stdout.on("end", () => {
    // When git ends before a header, the client gets a server error.
    if (!response.headersSent) response.writeHead(500);
    requests.push({ method: request.method ?? "", path: request.url ?? "", requestBytes: count.in, responseBytes: count.out });
    response.end();
  });
}

function environmentOf(root: string, request: IncomingMessage, url: URL): NodeJS.ProcessEnv {
  const header = (name: string): string => String(request.headers[name] ?? "");
  const length = header("content-length");
  return {
    PATH: process.env["PATH"],
    GIT_PROJECT_ROOT: root,
    GIT_HTTP_EXPORT_ALL: "1",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_PROTOCOL: header("git-protocol"),
    REQUEST_METHOD: request.method,
    PATH_INFO: decodeURIComponent(url.pathname),
    QUERY_STRING: url.search.slice(1),
    CONTENT_TYPE: header("content-type"),
    HTTP_CONTENT_ENCODING: header("content-encoding"),
    REMOTE_ADDR: "127.0.0.1",
    ...(length === "" ? {} : { CONTENT_LENGTH: length }),
  };
}

function writeHead(response: ServerResponse, text: string): void {
  let status = 200;
  for (const line of text.split("\r\n")) {
    const colon = line.indexOf(":");
    const value = line.slice(colon + 1).trim();
    if (line.slice(0, colon).toLowerCase() === "status") status = Number.parseInt(value, 10);
    else response.setHeader(line.slice(0, colon), value);
  }
  response.writeHead(status);
}
