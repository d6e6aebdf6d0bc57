import { basename, dirname, join, normalize, relative, resolve } from "node:path";
import type { Read } from "../../core/index.ts";
import type { AgentConfig } from "../../wire/index.ts";

/** The agent's own names in the state folder. */
const STATE_NAMES = ["journal.0", "journal.1", "slots", "trust", "left-over", "k3s-files", "site.key", "site.key.pub", "lock", "control"];

/** File systems of the kernel. Of them only `MEMORY` holds ordinary files. */
const KERNEL = ["/proc", "/sys", "/dev"];
const MEMORY = "/dev/shm";

interface Place {
  readonly field: string;
  readonly path: string;
}

/**
 * `agent.json` with normalised paths: without `//`, `/./` and a slash at the end, which matter to `basename` and `rename`. A path with `..`,
 * one in a file system of the kernel, and two that conflict are errors; otherwise the agent would meet them in the middle of a release and
 * report a disk fault. The fault has a line for each path.
 */
export function placedConfig(config: AgentConfig, configPath: string): Read<AgentConfig> {
  const faults = placesOf(config).map(spellingFault).filter(isFault);
  if (faults.length > 0) return { fault: faults.join("\n") };
  const placed = respelled(config);
  const clash = clashOf(placed, resolve(configPath));
  return clash === undefined ? { value: placed } : { fault: clash };
}

function isFault(fault: string | undefined): fault is string {
  return fault !== undefined;
}

function placesOf({ state, cache, trust, report, target, images }: AgentConfig): readonly Place[] {
  return [
    { field: "state", path: state },
    ...(cache === undefined ? [] : [{ field: "cache", path: cache }]),
    { field: "trust", path: trust },
    { field: "report", path: report },
    ...("directory" in target ? [{ field: "target.directory.path", path: target.directory.path }] : []),
    ...(images === undefined ? [] : [{ field: "images.containerd.socket", path: images.containerd.socket }]),
  ];
}

function spellingFault({ field, path }: Place): string | undefined {
  if (path.split("/").includes(".."))
    return `${field} must be a path without "..", which means another folder when a symbolic link is on the path`;
  const one = oneSpelling(path);
  if (one === "/") return `${field} must not be the root folder`;
  const kernel = KERNEL.find((folder) => isWithin(one, folder));
  if (kernel !== undefined && !isWithin(one, MEMORY))
    return `${field} must not be in ${kernel}, a file system of the kernel; only ${MEMORY} there holds ordinary files`;
  return undefined;
}

function oneSpelling(path: string): string {
  const one = normalize(path);
  return one.length > 1 && one.endsWith("/") ? one.slice(0, -1) : one;
}

function respelled(config: AgentConfig): AgentConfig {
  const { cache, target, images } = config;
  return {
    ...config,
    state: oneSpelling(config.state),
    trust: oneSpelling(config.trust),
    report: oneSpelling(config.report),
    ...(cache === undefined ? {} : { cache: oneSpelling(cache) }),
    ...("directory" in target ? { target: { directory: { ...target.directory, path: oneSpelling(target.directory.path) } } } : {}),
    ...(images === undefined ? {} : { images: { containerd: { socket: oneSpelling(images.containerd.socket) } } }),
  };
}

/** The first two paths that conflict, as a fault. */
function clashOf(config: AgentConfig, configPath: string): string | undefined {
  const places = [...placesOf(config), { field: "agent.json itself", path: configPath }];
  const twice = places.flatMap((one, at) => places.slice(at + 1).flatMap((other) => (one.path === other.path ? [[one, other]] : [])))[0];
  if (twice !== undefined) return `${twice[0]?.field} and ${twice[1]?.field} must not be the same path (${twice[0]?.path})`;
  for (const owner of ownersOf(config)) {
    const inner = places.find(({ field, path }) => field !== owner.field && !owner.allows(field, path) && isWithin(path, owner.path));
    if (inner !== undefined) return `${inner.field} (${inner.path}) must not be in ${owner.what} (${owner.path}), ${owner.because}`;
  }
  return undefined;
}

interface Owner extends Place {
  readonly what: string;
  readonly because: string;
  /** Paths that are allowed in it. */
  allows(field: string, path: string): boolean;
}

function ownersOf({ fleet, site, state, cache, target }: AgentConfig): readonly Owner[] {
  const owners: Owner[] = [];
  const nothing = (): boolean => false;
  if (cache !== undefined) {
    const lost = "which should be on tmpfs and is then lost at each boot";
    owners.push({ field: "cache", path: cache, what: "cache", because: lost, allows: (field) => field !== "state" });
    const own = join(cache, `${fleet}.${site}`);
    owners.push({ field: "cache", path: own, what: "the cache of this site", because: "which the agent deletes", allows: nothing });
  }
  if ("directory" in target) {
    const { path, mode } = target.directory;
    const field = "target.directory.path";
    const because = mode === "plain" ? "where the agent puts trees" : "whose files k3s applies";
    owners.push({ field, path, what: field, because, allows: nothing });
    const home = join(dirname(path), `.${basename(path)}.skerry`);
    if (mode === "plain") owners.push({ field, path: home, what: "the folder of the target's trees", because, allows: nothing });
  }
  owners.push({ field: "state", path: state, what: "state", because: "where the agent keeps its own files", allows: isFree });
  return owners;

  /** Other files may be in the state folder unless they have one of the agent's names. */
  function isFree(field: string, path: string): boolean {
    if (field === "cache" || field === "target.directory.path") return false;
    const [first = ""] = relative(state, path).split("/");
    const name = first.replace(/\.new$/, "");
    return field === "trust" && path === join(state, "trust/1.json") ? true : !STATE_NAMES.includes(name);
  }
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
