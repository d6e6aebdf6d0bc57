import { join } from "node:path";
import { type AgentConfig, writeAgentConfig } from "../wire/index.ts";
import type { ProbedService } from "./bundle-services.ts";

/** What the office knows of a box. Credentials are not among it: reading the repository is arranged by whoever runs the box. */
export interface BundleRequest {
  readonly fleet: string;
  readonly site: string;
  /** As the box reaches it. */
  readonly repository: string;
  /** Bytes of `trust/1.json`. */
  readonly trust: Uint8Array;
  /** Lowest seq that the box accepts: the one that it was promoted to last, or 1. */
  readonly seqFloor: number;
  /** Where the bundle will lie at the box. @default "/etc/skerry" */
  readonly configFolder?: string;
  /** @default "/var/lib/skerry" */
  readonly stateFolder?: string;
  /** On memory. @default the agent's own: $RUNTIME_DIRECTORY, else /run/skerry */
  readonly cacheFolder?: string;
  /** `plain`: a link at the running tree. `k3s`: the folder from which k3s applies manifests. @default "plain" */
  readonly targetMode?: "plain" | "k3s";
  /** @default "/srv/skerry/current", or in mode `k3s` "/var/lib/rancher/k3s/server/manifests" */
  readonly targetPath?: string;
  /** What the plan's probes ask; those with a URL go into `services`. */
  readonly services: readonly ProbedService[];
  /** Instead of the plan's. */
  readonly pollSeconds?: number;
}

export interface BundleFile {
  /** Relative to the bundle's folder. */
  readonly path: string;
  readonly content: string | Uint8Array;
}

const TARGET_PATHS = { plain: "/srv/skerry/current", k3s: "/var/lib/rancher/k3s/server/manifests" } as const;

/** Everything that makes an empty box the box of this site. Holds no secret; what it says of trust must reach the box unchanged. */
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
    { path: "agent.json", content: writeAgentConfig(config) },
    { path: "trust/1.json", content: request.trust },
    { path: "README.md", content: readme(config, configFolder, request.services) },
  ];
}

function readme({ fleet, site, state, report, target }: AgentConfig, configFolder: string, services: readonly ProbedService[]): string {
  const isK3s = "directory" in target && target.directory.mode === "k3s";
  const k3s = " k3s's folder belongs to root: install the drop-in `k3s.conf` first, as docs/install-agent.md says.";
  return `# ${site} of fleet ${fleet}

docs/install-agent.md of Skerry says all of this at length, and what else may be needed. In short:

1. Install the agent: the Debian packages \`skerry-agent\` and \`skerry-node\`, which bring its unit and its user, and whose program is \`skerry-agent\`. Elsewhere Node 24, git 2.36 or newer, util-linux (\`flock\`) and the npm package \`skerry\`, whose program is \`skerry agent\`.
2. Copy this folder to \`${configFolder}\` by a way that you trust: \`trust/1.json\` says whom this box believes.
3. Let the box read the repository named in \`agent.json\`: an SSH key of the agent's user, or user and token in the address (then \`agent.json\` is a secret), with read access only.
4. Start it: \`systemctl start skerry-agent\`. Without the packages keep \`skerry agent run --config ${configFolder}/agent.json\` running, by a unit after \`packaging/skerry-agent.service\`.${isK3s ? k3s : ""}
5. Look at it: \`skerry-agent status --config ${configFolder}/agent.json\`, or \`skerry agent status\` with the same. docs/operating.md explains each row.
6. Copy \`${join(state, "site.key.pub")}\` into the site's \`reportKey\` in the inventory, so that its reports (\`${report}\`) count.

${probesText(services, isK3s)}`;
}

function probesText(services: readonly ProbedService[], isK3s: boolean): string {
  const head = "## Probes\n\n";
  if (services.length === 0) return `${head}The site's plan has no probe. The agent cannot ask whether a new release works.\n`;
  const mapped = services.flatMap(({ service, url }) => (url === undefined ? [] : [`- \`${service}\`: ${url}\n`]));
  const unmapped = services.filter(({ url }) => url === undefined);
  const known =
    mapped.length === 0
      ? ""
      : `The agent asks at these addresses (\`services\` in \`agent.json\`). See that each is right for this box: a wrong one lets every release fail.\n\n${mapped.join("")}\n`;
  if (unmapped.length === 0) return `${head}${known}`.trimEnd() + "\n";
  const missing = unmapped.map(
    ({ service, units }) => `- \`${service}\` is not mapped: nothing will ask whether ${units.join(", ")} is healthy\n`,
  );
  const how = isK3s
    ? `After the first release find the address with \`kubectl -n <namespace> get service <name> -o jsonpath={.spec.clusterIP}\`, and use the port of the Service.\n`
    : "Use the address and port at which this box reaches the program.\n";
  return `${head}${known}${missing.join("")}\nAdd each to \`services\` in \`agent.json\`, or make the bundle again with \`--service <namespace>/<name>:<port>=<url>\`. ${how}`;
}
