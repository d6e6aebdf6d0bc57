import { existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { type Clock, type Outcome, type Place, type Problem, quoted, refused } from "../core/index.ts";
import { folderOfFileUrl, isRemote, openRepository, readObjects, redact, type Repository, type RepositoryOptions } from "../git/index.ts";
import { type FleetCommit, readFleetCommitMessage, readFleetDocument, type ShardCount } from "../wire/index.ts";

/** Which fleet, and where it is published. */
export interface FleetPlace {
  /** Fleet id. */
  readonly fleet: string;
  /** A folder (a bare repository), a URL, or `user@host:path`. */
  readonly repository: string;
  /** Where the repository is configured. @default `fleet.repository`, without a file */
  readonly repositoryAt?: Place;
  /** Where the mirror of a remote repository is kept on this machine; unused for a folder. */
  readonly mirror: string;
  /** Trust documents as this office knows them, version 1 first: its own root of trust, whatever the repository says. */
  readonly trust: readonly Uint8Array[];
  /** @default the system's */
  readonly clock?: Clock;
}

export const FLEET_BRANCH = "refs/heads/fleet";
export const TRUST_BRANCH = "refs/heads/trust";

export function releaseTagRef(release: number): string {
  return `refs/tags/release/${release}`;
}

/** The last release, as branch `fleet` names it. */
export interface FleetTip extends FleetCommit {
  readonly commit: string;
  /** Id of the fleet tree. */
  readonly tree: string;
}

export interface FleetState {
  readonly refs: ReadonlyMap<string, string>;
  /** undefined before the first release. */
  readonly tip: FleetTip | undefined;
  /** Numbers of all releases, ascending. */
  readonly releases: readonly number[];
  /** undefined before the first release, which fixes it. */
  readonly shards: ShardCount | undefined;
}

/** Fleets of that version have no number in `fleet.json`; their next release writes this one. */
const SHARDS_OF_VERSION_0_1: ShardCount = 64;

/** Opens the repository; whoever gets it closes it. */
export async function openFleetRepository(place: FleetPlace, access: RepositoryOptions["access"]): Promise<Outcome<Repository>> {
  const at = [place.repositoryAt ?? { path: "fleet.repository" }];
  if (!isRemote(place.repository) && isBelowFile(place.repository)) return refused({ ...noFolder(place.repository), at });
  const folder = folderOfFileUrl(place.repository);
  if (folder !== undefined && !existsSync(folder)) return refused({ ...noRemote(place.repository, folder), at });
  const clock = place.clock ? { clock: place.clock } : {};
  const opened = await openRepository({ location: place.repository, mirror: place.mirror, access, ...clock });
  if ("value" in opened) return opened;
  return refused({
    code: "bad-repository",
    message: `the fleet repository ${quoted(redact(place.repository), ADDRESS_LENGTH)} ${opened.fault}`,
    at,
    next: existsSync(place.repository) || access === "create" || access === "preview" ? OTHER_FOLDER : NOT_YET,
  });
}

const ADDRESS_LENGTH = 300;
const NOT_YET = "release first: skerry release. If this is not the repository that you mean, correct fleet.repository in cdk8s.yaml";
const OTHER_FOLDER = "name a folder that is empty or does not exist, or a bare git repository";

function isBelowFile(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? isBelowFile(dirname(resolve(path))) : !found.isDirectory();
}

function noFolder(repository: string): Omit<Problem, "severity" | "at"> {
  return {
    code: "bad-repository",
    message: `the fleet repository ${quoted(repository, ADDRESS_LENGTH)} is a file, or lies below one`,
    next: OTHER_FOLDER,
  };
}

/** git makes no repository behind an address, not even behind one of this machine. */
function noRemote(repository: string, folder: string): Omit<Problem, "severity" | "at"> {
  return {
    code: "bad-repository",
    message: `the fleet repository ${quoted(redact(repository), ADDRESS_LENGTH)} does not exist`,
    next: `correct fleet.repository in cdk8s.yaml, or create the repository: git init --bare ${folder}`,
  };
}

/** What has been released so far. A repository of another fleet, or of something else altogether, is a problem. */
export async function readFleetState(
  repository: Repository,
  refs: ReadonlyMap<string, string>,
  fleet: string,
): Promise<Outcome<FleetState>> {
  const releases = [...refs.keys()]
    .map((name) => Number(/^refs\/tags\/release\/([1-9][0-9]{0,15})$/.exec(name)?.[1]))
    .filter(Number.isSafeInteger);
  releases.sort((a, b) => a - b);
  const commit = refs.get(FLEET_BRANCH);
  if (commit === undefined) {
    if (releases.length === 0) return { value: { refs, tip: undefined, releases, shards: undefined } };
    return refused(foreign("it has release tags, but no branch fleet"));
  }
  const bodies: (Buffer | undefined)[] = [];
  await readObjects(repository.folder, [commit, `${commit}:fleet.json`], (_, object) => void bodies.push(object?.body));
  const tip = tryReadTip(commit, bodies[0]);
  const named = bodies[1] && readFleetDocument(bodies[1]);
  if (!tip || !named || "fault" in named) return refused(foreign("branch fleet holds a commit that skerry did not make"));
  if (named.value.fleet !== fleet || tip.fleet !== fleet) return refused(wrongFleet(fleet, named.value.fleet));
  return { value: { refs, tip, releases, shards: named.value.shards ?? SHARDS_OF_VERSION_0_1 } };
}

function tryReadTip(commit: string, body: Buffer | undefined): FleetTip | undefined {
  const text = body?.toString("latin1") ?? "";
  const tree = /^tree ([0-9a-f]{40})\n/.exec(text)?.[1];
  const message = readFleetCommitMessage(text.slice(text.indexOf("\n\n") + 2));
  return tree === undefined || "fault" in message ? undefined : { ...message.value, commit, tree };
}

function foreign(because: string): Omit<Problem, "severity"> {
  return {
    code: "bad-repository",
    message: "the repository is not a fleet repository",
    at: [{ path: "fleet.repository" }],
    because,
    next: "name another repository in cdk8s.yaml: a fleet repository holds only what skerry writes",
  };
}

function wrongFleet(fleet: string, found: string): Omit<Problem, "severity"> {
  return {
    code: "wrong-fleet",
    message: `the repository belongs to the fleet "${found}", not to "${fleet}"`,
    at: [{ path: "fleet.repository" }],
    because: "each fleet's sites refuse the other fleet's commits, and one id would name two sites",
    next: `give the fleet "${fleet}" a repository of its own`,
  };
}
