import type { IncomingMessage, RequestOptions } from "node:http";
import type { Clock } from "../../core/index.ts";
import { AGENT_VERSION } from "../version.ts";
import { type Attempt, attempt } from "./attempt.ts";
import type { ProbeAnswer } from "./probes.ts";
import { hostOf, portOf } from "./tcp-probe.ts";

const REDIRECTS_MAX = 10;
/** Reads this much of a body, and keeps none of it. */
const BODY_BYTES = 10_240;
const REDIRECT_STATUSES: readonly number[] = [301, 302, 303, 307, 308];

/**
 * Judges as the kubelet does, so that a probe means the same here and in the cluster: 200 to 399 is healthy; redirects are followed on the
 * same host, and a redirect to another host counts as the answer; certificates are not checked, because a probe checks health, not identity.
 * Exception: with a password in the URL they are checked, and the password is sent only to the URL's own origin.
 */
export function askHttp(service: string, base: URL, path: string, clock: Clock, signal: AbortSignal): Promise<ProbeAnswer> {
  const [target = ""] = path.split("#");
  // A query may hold a token, so only the path appears in the detail.
  const asked = target.split("?")[0] as string;
  return attempt(service, clock, signal, async (question) => {
    let url = base;
    let below = `${base.pathname.replace(/\/$/, "")}${target}`;
    for (let count = 0; count < REDIRECTS_MAX; count += 1) {
      const { status, location } = await get(url, below, base, question);
      const text = `answered ${status} at ${asked}`;
      if (status < 200 || status >= 400) return { bad: text };
      if (location === undefined || !REDIRECT_STATUSES.includes(status)) return { good: text };
      const next = URL.parse(location, new URL(below, url).href);
      if (next === null || !/^https?:$/.test(next.protocol)) return { bad: `${text} with an invalid redirect` };
      if (next.hostname !== base.hostname) return { good: `${text} with a redirect to another host` };
      url = next;
      below = `${next.pathname}${next.search}`;
    }
    return { bad: `answered with more than ${REDIRECTS_MAX} redirects at ${asked}` };
  });
}

interface Head {
  readonly status: number;
  readonly location: string | undefined;
}

async function get(url: URL, path: string, base: URL, { signal, lookup }: Attempt): Promise<Head> {
  const isTls = url.protocol === "https:";
  // Loaded when needed: a box without HTTP probes saves 15 MB.
  const { Agent, request } = isTls ? await import("node:https") : await import("node:http");
  const hasPassword = base.username !== "" || base.password !== "";
  const options: RequestOptions = {
    method: "GET",
    host: hostOf(url),
    port: portOf(url),
    path,
    signal,
    lookup,
    // Not Node's global agents, which environment variables can direct through a proxy.
    agent: new Agent(isTls ? { keepAlive: false, rejectUnauthorized: hasPassword } : { keepAlive: false }),
    headers: { "user-agent": `skerry-agent/${AGENT_VERSION}`, accept: "*/*" },
    ...(hasPassword && url.origin === base.origin ? { auth: `${decoded(base.username)}:${decoded(base.password)}` } : {}),
  };
  return new Promise((resolve, reject) => {
    const ask = request(options);
    ask.once("response", (response) => {
      drain(response).then(() => {
        resolve({ status: response.statusCode as number, location: response.headers.location });
      }, reject);
    });
    ask.once("error", reject);
    ask.end();
  });
}

/** A Service that breaks the connection within the first bytes is not healthy; one that sends a long body is. */
async function drain(response: IncomingMessage): Promise<void> {
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES) break;
  }
  response.destroy();
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // A bare % in a hand-written password is meant literally.
    return part;
  }
}
