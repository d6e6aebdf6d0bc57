import type { Read } from "../core/index.ts";
import * as z from "zod/mini";
import { type JsonFormat, checkJsonValue, writeJsonDocument } from "./grammar/json-document.ts";
import { count, dnsLabel, fields, fleetId, list, map, siteId, text, whole, word } from "./grammar/json-fields.ts";
import { httpProbe, type PlanProbe, tcpProbe } from "./plan/plan-schema.ts";
import { SHARD_COUNTS, type ShardCount } from "./shard.ts";
import { readLooseJson } from "./grammar/loose-json.ts";

/** `agent.json`: the configuration of one box. People edit it by hand, so any layout of JSON is accepted. */
export interface AgentConfig {
  readonly format: "skerry.agent/1";
  readonly fleet: string;
  readonly site: string;
  /** A folder or any URL that git accepts. */
  readonly repository: string;
  /** Number of the fleet's shards; absent for a fleet that has a branch for each site alone. */
  readonly shards?: ShardCount;
  /** PEM file of certificate authorities for an https repository, instead of the machine's. */
  readonly caFile?: string;
  /** Folder for slots, journal, trust and report. */
  readonly state: string;
  /** Folder for the temporary git cache, on a memory file system. */
  readonly cache?: string;
  /** File of the trust document that was installed with the box. */
  readonly trust: string;
  /** The lowest seq that is accepted. */
  readonly seqFloor: number;
  readonly target: AgentTarget;
  /** `namespace/name:port` -> URL, for a target without a cluster to resolve Services. */
  readonly services?: Readonly<Record<string, string>>;
  /** Unit -> probes in addition to the plan's. Only these may run a command: whoever can write this file controls the box anyway. */
  readonly probes: Readonly<Record<string, readonly AgentProbe[]>>;
  /** File that the newest report is written to. */
  readonly report: string;
  /** How images are pulled and pinned. */
  readonly images?: { readonly containerd: { readonly socket: string } };
  /** Overrides the plan's. */
  readonly pollSeconds?: number;
  /** Loopback address and port of `/healthz` and `/metrics`; absent for none. */
  readonly listen?: string;
}

export type AgentTarget =
  | { readonly directory: { readonly path: string; readonly mode: "plain" | "k3s" } }
  | { readonly kubernetes: { readonly kubeconfig: string } | { readonly inCluster: true } };

export type AgentProbe = PlanProbe | { readonly exec: { readonly command: readonly string[]; readonly timeoutSeconds: number } };

const plainText = text("text of 1 to 4096 characters without control characters", (value) => /^[^\p{Cc}]{1,4096}$/u.test(value));
const path = text("an absolute path", (value) => value.startsWith("/") && /^[^\p{Cc}]{1,4096}$/u.test(value));
const execProbe = fields({ exec: fields({ command: list(plainText, 1, 100), timeoutSeconds: whole(1, 3_600) }) });
const probe = z.union([httpProbe, tcpProbe, execProbe], {
  error: 'a probe {"http": ...}, {"tcp": ...} or {"exec": ...} with all its fields',
});

const target = z.union(
  [
    fields({ directory: fields({ path, mode: word(["plain", "k3s"]) }) }),
    fields({ kubernetes: z.union([fields({ kubeconfig: path }), fields({ inCluster: z.literal(true) })]) }),
  ],
  { error: '{"directory": {"path", "mode": "plain" or "k3s"}}, {"kubernetes": {"kubeconfig"}} or {"kubernetes": {"inCluster": true}}' },
);

const schema = fields({
  format: word(["skerry.agent/1"]),
  fleet: fleetId,
  site: siteId,
  repository: plainText,
  shards: z.exactOptional(z.literal(SHARD_COUNTS, { error: "1, 16, 64 or 256" })),
  caFile: z.exactOptional(path),
  state: path,
  cache: z.exactOptional(path),
  trust: path,
  seqFloor: count,
  target,
  services: z.exactOptional(map(text('a service "namespace/name:port"', isServicePort), text("an http or https URL", isHttpUrl))),
  probes: map(dnsLabel, list(probe, 0, 16)),
  report: path,
  images: z.exactOptional(fields({ containerd: fields({ socket: path }) })),
  pollSeconds: z.exactOptional(whole(10, 86_400)),
  listen: z.exactOptional(text('a loopback address and a port, such as "127.0.0.1:9469" or "[::1]:9469"', isLoopback)),
});

const format: JsonFormat<AgentConfig> = {
  name: "agent.json",
  format: "skerry.agent/1",
  unknownFormat: "agent-too-old: ",
  bytesMax: 1_000_000,
  fieldsByHand: Object.keys(schema.shape),
  schema,
};

/** The fault has a line for each problem. */
export function readAgentConfig(bytes: Uint8Array): Read<AgentConfig> {
  const read = readLooseJson(bytes, format.bytesMax);
  return "fault" in read ? read : checkJsonValue(format, read.value);
}

/** Canonical JSON, like every document that a program writes. */
export function writeAgentConfig(config: AgentConfig): string {
  return writeJsonDocument(format, config);
}

function isServicePort(value: string): boolean {
  return /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\/[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?:[1-9][0-9]{0,4}$/.test(value);
}

function isHttpUrl(value: string): boolean {
  return URL.canParse(value) && /^https?:\/\//.test(value);
}

/** Numeric addresses only: a name like `localhost` may resolve to anything. */
function isLoopback(value: string): boolean {
  const [, byte, port] = /^(?:127\.0\.0\.(0|[1-9][0-9]{0,2})|\[::1\]):([1-9][0-9]{0,4})$/.exec(value) ?? [];
  return port !== undefined && Number(port) <= 65_535 && Number(byte ?? 1) <= 254 && byte !== "0";
}
