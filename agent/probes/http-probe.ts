import type { IncomingMessage, RequestOptions } from "node:http";
import type { Clock } from "../../core/index.ts";
import { AGENT_VERSION } from "../version.ts";
import { type Attempt, attempt } from "./attempt.ts";
import type { ProbeAnswer } from "./probes.ts";
import { hostOf, portOf } from "./tcp-probe.ts";

const REDIRECTS_MAX = 10;
/** As much of a body as is waited for. None of it is kept. */
const BODY_BYTES = 10_240;
const REDIRECT_STATUSES: readonly number[] = [301, 302, 303, 307, 308];

/**
 * Judges as the kubelet does, so that a probe means the same here and in the cluster: 200 to 399 is healthy; redirects are followed on
 * the same host, and one to another host is itself the answer; certificates are not checked, since a probe asks for health, not for
 * identity. A URL with a password in it is the exception: that goes to nobody but the host that it is meant for.
 */
export function askHttp(service: string, base: URL, path: string, clock: Clock, signal: AbortSignal): Promise<ProbeAnswer> {
  const [target = ""] = path.split("#");
  // A query may carry a token, so only the path is told.
  const asked = target.split("?")[0] as string;
  return attempt(service, clock, signal, async (question) => {
    let url = base;
    let below = `${base.pathname.replace(/\/$/, "")}${target}`;
    for (let count = 0; count < REDIRECTS_MAX; count += 1) {
      const { status, location } = await get(url, below, base, question);
      const said = `answered ${status} at ${asked}`;
      if (status < 200 || status >= 400) return { bad: said };
      if (location === undefined || !REDIRECT_STATUSES.includes(status)) return { good: said };
      const next = URL.parse(location, new URL(below, url).href);
      if (next === null || !/^https?:$/.test(next.protocol)) return { bad: `${said} with a redirect to nowhere` };
      if (next.hostname !== base.hostname) return { good: `${said} with a redirect to another host` };
      url = next;
      below = `${next.pathname}${next.search}`;
    }
    return { bad: `redirects more than ${REDIRECTS_MAX} times at ${asked}` };
  });
}

interface Head {
  readonly status: number;
  readonly location: string | undefined;
}

async function get(url: URL, path: string, base: URL, { signal, lookup }: Attempt): Promise<Head> {
  const isTls = url.protocol === "https:";
  // Loaded when it is wanted: a box without http probes is better off by 15 MB.
  const { Agent, request } = isTls ? await import("node:https") : await import("node:http");
  const hasPassword = base.username !== "" || base.password !== "";
  const options: RequestOptions = {
    method: "GET",
    host: hostOf(url),
    port: portOf(url),
    path,
    signal,
    lookup,
    // Agents of our own: Node's global ones can be told by the environment to go through a proxy.
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

/** A Service that breaks off in its first words is not healthy; one that talks on and on is. */
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
    // A bare % in a password, written by hand: meant as it stands.
    return part;
  }
}
