import { join } from "node:path";
import { type AgentConfig, type ShardCount, writeAgentConfig } from "../wire/index.ts";
import type { ProbedService } from "./bundle-services.ts";

/** What the office knows about a box. Without credentials: access to the repository is set up on the box. */
export interface BundleRequest {
  readonly fleet: string;
  readonly site: string;
  /** The address that the box uses. */
  readonly repository: string;
  /** Of the fleet. */
  readonly shards: ShardCount;
  /** Bytes of `trust/1.json`. */
  readonly trust: Uint8Array;
  /** Lowest seq that the box accepts: the seq of its last promotion, or 1. */
  readonly seqFloor: number;
  /** The bundle's folder on the box. @default "/etc/skerry" */
  readonly configFolder?: string;
  /** @default "/var/lib/skerry" */
  readonly stateFolder?: string;
  /** On tmpfs. @default the agent's own: $RUNTIME_DIRECTORY, else /run/skerry */
  readonly cacheFolder?: string;
  /** `plain`: a symlink to the running tree. `k3s`: the folder whose manifests k3s applies. @default "plain" */
  readonly targetMode?: "plain" | "k3s";
  /** @default "/srv/skerry/current", or in mode `k3s` "/var/lib/rancher/k3s/server/manifests" */
  readonly targetPath?: string;
  /** The Services that the plan's probes use; those with a URL go into `services`. */
  readonly services: readonly ProbedService[];
  /** Overrides the plan's. */
  readonly pollSeconds?: number;
}

export interface BundleFile {
  /** Relative to the bundle's folder. */
  readonly path: string;
  readonly content: string | Uint8Array;
}

const TARGET_PATHS = { plain: "/srv/skerry/current", k3s: "/var/lib/rancher/k3s/server/manifests" } as const;

/** Everything that makes an empty box the box of this site. Holds no secret, but its trust document must reach the box unchanged. */
export function bundleFiles(request: BundleRequest): readonly BundleFile[] {
  const configFolder = request.configFolder ?? "/etc/skerry";
  const state = request.stateFolder ?? "/var/lib/skerry";
  const mode = request.targetMode ?? "plain";
  const services = request.services.flatMap(({ service, url }) => (url === undefined ? [] : [[service, url] as const]));
  const config: AgentConfig = {
    format: "skerry.agent/1",
    fleet: request.fleet,
    site: request.site,
    repository: request.repository,
    shards: request.shards,
    state,
    ...(request.cacheFolder === undefined ? {} : { cache: request.cacheFolder }),
    trust: join(configFolder, "trust/1.json"),
    seqFloor: request.seqFloor,
    target: { directory: { path: request.targetPath ?? TARGET_PATHS[mode], mode } },
    ...(services.length === 0 ? {} : { services: Object.fromEntries(services) }),
    probes: {},
    report: join(state, "report.json"),
    ...(request.pollSeconds === undefined ? {} : { pollSeconds: request.pollSeconds }),
  };
  return [
    // People edit it at the box, so it has a line for each field.
    { path: "agent.json", content: `${JSON.stringify(JSON.parse(writeAgentConfig(config)), null, 2)}\n` },
    { path: "trust/1.json", content: request.trust },
    { path: "README.md", content: readme(config, configFolder, request.services) },
  ];
}

function readme({ fleet, site, state, report, target }: AgentConfig, configFolder: string, services: readonly ProbedService[]): string {
  const isK3s = "directory" in target && target.directory.mode === "k3s";
  const k3s = " the folder of k3s belongs to root: install the drop-in `k3s.conf` first, as docs/install-agent.md says.";
  return `# ${site} of fleet ${fleet}

docs/install-agent.md of Skerry describes these steps in full, and what else may be needed. In short:

1. Install the agent: the Debian packages \`skerry-agent\` and \`skerry-node\`, which install the program \`skerry-agent\`, its unit and its user. Elsewhere install Node 24, git 2.36 or newer, util-linux (\`flock\`) and the npm package \`skerry\`, whose program is \`skerry agent\`.
2. Copy this folder to \`${configFolder}\` over a channel that you trust: \`trust/1.json\` names the keys that this box trusts.
3. Give the box read access to the repository named in \`agent.json\`: with an SSH key of the agent's user, or with user and token in the address (then \`agent.json\` is a secret).
4. Start it: \`systemctl start skerry-agent\`. Without the packages run \`skerry agent run --config ${configFolder}/agent.json\` as a service, with a unit modelled on \`packaging/skerry-agent.service\`.${isK3s ? k3s : ""}
5. Check its status: \`skerry-agent status --config ${configFolder}/agent.json\`, or \`skerry agent status\` with the same. docs/operating.md explains each row.
6. Copy \`${join(state, "site.key.pub")}\` into the site's \`reportKey\` in the inventory, so that the office accepts its reports (\`${report}\`).

${probesText(services, isK3s)}`;
}

function probesText(services: readonly ProbedService[], isK3s: boolean): string {
  const head = "## Probes\n\n";
  if (services.length === 0) return `${head}The site's plan has no probe, so the agent cannot check whether a new release works.\n`;
  const mapped = services.flatMap(({ service, url }) => (url === undefined ? [] : [`- \`${service}\`: ${url}\n`]));
  const unmapped = services.filter(({ url }) => url === undefined);
  const known =
    mapped.length === 0
      ? ""
      : `The agent's probes use these addresses (\`services\` in \`agent.json\`). Check that each is right for this box: a wrong one makes every release fail.\n\n${mapped.join("")}\n`;
  if (unmapped.length === 0) return `${head}${known}`.trimEnd() + "\n";
  const missing = unmapped.map(
    ({ service, units }) => `- \`${service}\` is not mapped, so the health of ${units.join(", ")} is not checked\n`,
  );
  const how = isK3s
    ? `After the first release, get the address with \`kubectl -n <namespace> get service <name> -o jsonpath={.spec.clusterIP}\`, and use the port of the Service.\n`
    : "Use the address and port at which this box reaches the program.\n";
  return `${head}${known}${missing.join("")}\nAdd each to \`services\` in \`agent.json\`, or create the bundle again with \`--service <namespace>/<name>:<port>=<url>\`. ${how}`;
}
