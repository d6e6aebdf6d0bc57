import { connect } from "node:net";
import type { Clock } from "../../core/index.ts";
import { type Attempt, attempt } from "./attempt.ts";
import type { ProbeAnswer } from "./probes.ts";

/** Healthy when the URL's host and port accept a connection; nothing is sent. */
export function askTcp(service: string, url: URL, clock: Clock, signal: AbortSignal): Promise<ProbeAnswer> {
  return attempt(service, clock, signal, async (question) => {
    await touch(hostOf(url), portOf(url), question);
    return { good: "accepts connections" };
  });
}

/** Connects, and closes the connection at once. */
export function touch(host: string, port: number, { signal, lookup }: Attempt): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, lookup, signal });
    socket.once("connect", () => {
      socket.destroy();
      resolve();
    });
    socket.once("error", reject);
  });
}

/** Without the brackets of an IPv6 address, as `connect` expects it. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, "$1");
}

export function portOf({ port, protocol }: URL): number {
  return port === "" ? (protocol === "https:" ? 443 : 80) : Number(port);
}
