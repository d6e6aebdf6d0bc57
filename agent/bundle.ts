import { join } from "node:path";
import { type AgentConfig, writeAgentConfig } from "../wire/index.ts";

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
  /** The symlink that the agent keeps. @default "/srv/skerry/current" */
  readonly targetPath?: string;
  /** Instead of the plan's. */
  readonly pollSeconds?: number;
}

export interface BundleFile {
  /** Relative to the bundle's folder. */
  readonly path: string;
  readonly content: string | Uint8Array;
}

/** Everything that makes an empty box the box of this site. Holds no secret; what it says of trust must reach the box unchanged. */
export function bundleFiles(request: BundleRequest): readonly BundleFile[] {
  const configFolder = request.configFolder ?? "/etc/skerry";
  const state = request.stateFolder ?? "/var/lib/skerry";
  const config: AgentConfig = {
    format: "skerry.agent/1",
    fleet: request.fleet,
    site: request.site,
    repository: request.repository,
    state,
    ...(request.cacheFolder === undefined ? {} : { cache: request.cacheFolder }),
    trust: join(configFolder, "trust/1.json"),
    seqFloor: request.seqFloor,
    target: { directory: { path: request.targetPath ?? "/srv/skerry/current", mode: "plain" } },
    probes: {},
    report: join(state, "report.json"),
    ...(request.pollSeconds === undefined ? {} : { pollSeconds: request.pollSeconds }),
  };
  return [
    { path: "agent.json", content: writeAgentConfig(config) },
    { path: "trust/1.json", content: request.trust },
    { path: "README.md", content: readme(config, configFolder) },
  ];
}

function readme({ fleet, site, state, report }: AgentConfig, configFolder: string): string {
  return `# ${site} of fleet ${fleet}

docs/install-agent.md of Skerry says all of this at length, and what else may be needed. In short:

1. Install the agent: the Debian packages \`skerry-agent\` and \`skerry-node\`, which bring its unit and its user, and whose program is \`skerry-agent\`. Elsewhere Node 24, git 2.36 or newer, util-linux (\`flock\`) and the npm package \`skerry\`, whose program is \`skerry agent\`.
2. Copy this folder to \`${configFolder}\` by a way that you trust: \`trust/1.json\` says whom this box believes.
3. Let the box read the repository named in \`agent.json\`: an SSH key of the agent's user, or user and token in the address (then \`agent.json\` is a secret), with read access only.
4. Start it: \`systemctl start skerry-agent\`. Without the packages keep \`skerry agent run --config ${configFolder}/agent.json\` running, by a unit after \`packaging/skerry-agent.service\`.
5. Look at it: \`skerry-agent status --config ${configFolder}/agent.json\`, or \`skerry agent status\` with the same. docs/operating.md explains each row.
6. Copy \`${join(state, "site.key.pub")}\` into the site's \`reportKey\` in the inventory, so that its reports (\`${report}\`) count.
`;
}
