import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import { EXPOSITION_TYPE } from "./exposition.ts";
import type { Health } from "./health.ts";

/** Called for each request; nothing is stored. */
export interface Views {
  readonly health: () => Health;
  /** undefined while the agent reads its journal. */
  readonly metrics: () => string | undefined;
}

export interface ObserveServer {
  /** The port that it listens on. */
  readonly port: number;
  close(): Promise<void>;
}

const PATIENCE_MS = 5_000;
const CONNECTIONS_MAX = 8;
const HEAD_BYTES_MAX = 8_192;

/**
 * `/healthz` and `/metrics` over plain HTTP, read-only. `listen` is a loopback address and a port, which agent.json's reader checks: it cannot
 * be reached from outside, and a collector on the box needs no password. Throws `NodeJS.ErrnoException`s.
 */
export async function openObserve(listen: string, views: Views, onFault: (error: unknown) => void): Promise<ObserveServer> {
  // Loaded when needed: most boxes have no collector, and the module takes 15 MB.
  const { createServer } = await import("node:http");
  const server = createServer(
    { maxHeaderSize: HEAD_BYTES_MAX, requestTimeout: PATIENCE_MS, headersTimeout: PATIENCE_MS, keepAliveTimeout: PATIENCE_MS },
    answerWith(views),
  );
  server.maxConnections = CONNECTIONS_MAX;
  await listening(server, listen);
  server.on("error", onFault);
  const address = server.address() as { readonly port: number };
  return { port: address.port, close: () => closed(server) };
}

function answerWith(views: Views): RequestListener {
  return (request, response) => {
    const [path] = (request.url ?? "").split("?");
    if (path !== "/healthz" && path !== "/metrics") return say(request, response, 404, "not found: only /healthz and /metrics exist\n");
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.setHeader("Allow", "GET, HEAD");
      return say(request, response, 405, "method not allowed: use GET or HEAD\n");
    }
    if (path === "/metrics") {
      const metrics = views.metrics();
      return metrics === undefined
        ? say(request, response, 503, "the agent is starting\n")
        : say(request, response, 200, metrics, EXPOSITION_TYPE);
    }
    const { isWell, text } = views.health();
    return say(request, response, isWell ? 200 : 503, text);
  };
}

function say(request: IncomingMessage, response: ServerResponse, code: number, text: string, type = "text/plain; charset=utf-8"): void {
  const bytes = Buffer.from(text);
  // An unread request body would be parsed as the next request.
  if (request.method !== "GET" && request.method !== "HEAD") response.setHeader("Connection", "close");
  response.writeHead(code, {
    "Content-Type": type,
    "Content-Length": bytes.length,
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
  });
  response.end(bytes);
}

function listening(server: Server, listen: string): Promise<void> {
  const colon = listen.lastIndexOf(":");
  const host = listen.slice(0, colon).replace(/^\[|\]$/g, "");
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port: Number(listen.slice(colon + 1)) }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
