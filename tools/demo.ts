// The whole process with real programs: synth, sign, release, five agents that follow over git on loopback, a release that changes some
// sites, a rollback of two, a release that fails at two sites while the network is down, and its fix. All files are in .skerry/demo
// afterwards. A step that fails ends the demo with its message.
import { readdirSync, readlinkSync, rmSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { styleText } from "node:util";
import { AirportAgent } from "./demo/airport-agent.ts";
import { FleetCopy, git } from "./demo/fleet-copy.ts";
import { type GitServer, startGitServer } from "./git-server.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const DEMO = join(ROOT, ".skerry/demo");
const FLEET = join(DEMO, "fleet");
const REPOSITORY = join(FLEET, ".skerry/fleet.git");
const AIRPORTS = new Map([
  ["eddm", "Munich, Europe"],
  ["kjfk", "New York, North America"],
  ["rjtt", "Tokyo, Asia"],
  ["faor", "Johannesburg, Africa"],
  ["yssy", "Sydney, Oceania"],
]);
const BACK = ["faor", "yssy"];
/** Their displays are old and cannot show the boards of release 3. */
const OLD_DISPLAYS = ["faor", "yssy"];
const FOLLOWS_WITHIN_MS = 40_000;

const agents: AirportAgent[] = [];
const began = performance.now();
let server: GitServer | undefined;
try {
  await story();
} catch (error) {
  process.stderr.write(
    `\n${styleText("red", "The demo failed.", { stream: process.stderr })} ${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exitCode = 1;
} finally {
  await Promise.all(agents.map((agent) => agent.end()));
  await server?.close();
}

async function story(): Promise<void> {
  rmSync(DEMO, { recursive: true, force: true });
  say("\nThe office\n");
  const fleet = await step("a copy of this repository's fleet in its own git repository", () => new FleetCopy(ROOT, FLEET));
  // A demo cannot watch a release for minutes.
  fleet.edit("stacks/airports.ts", "site.labels.scheduled });", "site.labels.scheduled, deadlineSeconds: 4, quietSeconds: 1 });");
  fleet.commit("Watch departure boards for seconds");
  await step("skerry synth            all airports placed, rendered and checked", () => fleet.skerry("synth"));
  await step("skerry keys             release and promote keys, trust version 1", () => fleet.skerry("keys"));
  await step("skerry release          release 1, one signed commit for each site", () => fleet.skerry("release", "--promote", "all"));
  const firstBytes = packBytes();
  await step("git fsck, verify-tag, verify-commit: plain git agrees", gitAgrees);

  say("\nFive airports on five continents\n");
  const served = (server = await startGitServer(join(FLEET, ".skerry")));
  await step("skerry agent bundle     a folder for each box", () => bundle(fleet, served));
  const received = [await bytesOf(served, () => step("agents fetch, verify and apply release 1", startAgents))];

  say("\nThe next release\n");
  // Urgent, because it is the middle of the day somewhere: otherwise a box takes a release in its own window.
  fleet.edit("stacks/airports/images.ts", "boards:4.2.0@sha256:685d", "boards:4.3.0@sha256:0a1b");
  fleet.commit("Departure boards 4.3.0 at large airports");
  const before = heads();
  await step("skerry release          release 2: new departure boards where size=large", () =>
    fleet.skerry("release", "--promote", "all", "--urgent"),
  );
  const moved = [...heads()].filter(([site, commit]) => before.get(site) !== commit).length;
  const nextBytes = packBytes() - firstBytes;
  received.push(await bytesOf(served, () => step("the five follow", follow)));

  say("\nTwo of them are rolled back\n");
  await step(`skerry rollback         ${BACK.join(" and ")} to release 1, with a higher seq`, () =>
    fleet.skerry("rollback", "--to", "release/1", "--sites", `id=${BACK.join("|")}`, "--urgent"),
  );
  received.push(await bytesOf(served, () => step("both follow", follow)));

  const parted = await badReleaseOffline(fleet, served);
  await cure(fleet, served.port);

  const boxes = await table();
  say(`
${before.size.toLocaleString("en")} sites; release 1 added ${size(firstBytes)} to the fleet repository, release 2 ${size(nextBytes)} and moved ${moved.toLocaleString("en")} sites.
The five agents received ${received
    .map(size)
    .join(" for release 1, ")
    .replace(/(.*) for release 1, (.*)$/, "$1 for release 2, $2 for the rollback")}.

While the network was down:
${parted}
In the end:
${boxes}
See
  ${shown(FLEET).padEnd(40)}the fleet as code: git log shows a commit for each release
  ${shown(REPOSITORY).padEnd(40)}what is published: git log sites/eddm, git show release/2
  ${shown(boxOf("eddm")).padEnd(40)}a box: target has the running tree, state/ both slots and the journal

The demo took ${((performance.now() - began) / 1000).toFixed(1)} s.
`);
}

/** Ends without a git server, with three sites on the new release and two on the old one. Returns the table of the sites. */
async function badReleaseOffline(fleet: FleetCopy, served: GitServer): Promise<string> {
  say("\nA release that fails at two of them, without a network\n");
  fleet.edit("stacks/airports/images.ts", "boards:4.3.0@sha256:0a1b", "boards:5.0.0@sha256:3c2d");
  fleet.edit("stacks/airports/images.ts", "boards:4.2.0@sha256:685d", "boards:5.0.0@sha256:3c2d");
  fleet.commit("Departure boards 5.0.0 everywhere");
  await step("skerry release          release 3: boards that old displays cannot show", () =>
    fleet.skerry("release", "--promote", "all", "--urgent"),
  );
  await step("all five apply it, and watch its health", onTrial);
  await step("the git server is stopped; the agent of Sydney is killed in its trial", () =>
    Promise.all([served.close(), named("yssy").kill()]),
  );
  await step("Munich, New York and Tokyo keep release 3", () => arrived(agents.filter(({ site }) => !OLD_DISPLAYS.includes(site))));
  await step("Johannesburg goes back without the network", () => named("faor").wentBack(FOLLOWS_WITHIN_MS));
  await step("Sydney's agent starts again, applies it once more, and goes back too", () => {
    named("yssy").start();
    return named("yssy").wentBack(FOLLOWS_WITHIN_MS);
  });
  return table();
}

async function cure(fleet: FleetCopy, port: number): Promise<void> {
  say("\nThe fix\n");
  fleet.edit("stacks/airports/images.ts", "boards:5.0.0@sha256:3c2d", "boards:5.1.0@sha256:4e5f");
  fleet.edit("stacks/airports/images.ts", "boards:5.0.0@sha256:3c2d", "boards:5.1.0@sha256:4e5f");
  fleet.commit("Departure boards 5.1.0, which old displays can show");
  await step("skerry release          release 4", () => fleet.skerry("release", "--promote", "all", "--urgent"));
  server = await startGitServer(join(FLEET, ".skerry"), undefined, port);
  await step("the network is back, and all five follow", follow);
}

async function step<T>(what: string, work: () => T | Promise<T>): Promise<T> {
  process.stdout.write(`  ${what.padEnd(78)}`);
  const started = performance.now();
  const result = await work();
  process.stdout.write(`${styleText("green", "done")} ${((performance.now() - started) / 1000).toFixed(2).padStart(6)} s\n`);
  return result;
}

function gitAgrees(): void {
  const signers = ["-c", `gpg.ssh.allowedSignersFile=${join(FLEET, ".skerry/allowed_signers")}`];
  git(REPOSITORY, "fsck", "--strict");
  git(REPOSITORY, ...signers, "verify-tag", "release/1");
  for (const site of AIRPORTS.keys()) git(REPOSITORY, ...signers, "verify-commit", `sites/${site}`);
}

async function bundle(fleet: FleetCopy, { url }: GitServer): Promise<void> {
  await Promise.all(
    [...AIRPORTS.keys()].map((site) => fleet.skerry("agent", "bundle", site, "--repository", url("fleet.git"), ...boxFolders(site))),
  );
}

async function startAgents(): Promise<void> {
  for (const site of AIRPORTS.keys()) {
    const agent = new AirportAgent(ROOT, site, boxOf(site));
    agent.probe([
      "sh",
      join(ROOT, "tools/demo/display-check.sh"),
      join(boxOf(site), "target"),
      OLD_DISPLAYS.includes(site) ? "old" : "new",
    ]);
    agent.start();
    agents.push(agent);
  }
  await arrived();
}

function named(site: string): AirportAgent {
  return agents.find((agent) => agent.site === site) as AirportAgent;
}

async function onTrial(): Promise<void> {
  for (const agent of agents) agent.poll();
  await Promise.all(agents.map((agent) => agent.isOnTrial(FOLLOWS_WITHIN_MS)));
}

/** Every agent polls now; those whose ref moved apply the release. */
async function follow(): Promise<void> {
  for (const agent of agents) agent.poll();
  await arrived();
}

async function arrived(those: readonly AirportAgent[] = agents): Promise<void> {
  await Promise.all(those.map((agent) => agent.runs(seqOf(agent.site), FOLLOWS_WITHIN_MS)));
}

async function bytesOf({ wireBytes }: GitServer, work: () => Promise<unknown>): Promise<number> {
  const before = wireBytes().sent;
  await work();
  return wireBytes().sent - before;
}

async function table(): Promise<string> {
  const rows = [["site", "where", "runs", "seq", "slot", "the tree that the box serves"]];
  for (const agent of agents) {
    const { site } = agent;
    const { running } = await agent.status();
    if (running === null) throw new Error(`${site} reports no running release`);
    const target = join(boxOf(site), readlinkSync(join(boxOf(site), "target")));
    rows.push([site, AIRPORTS.get(site) ?? "", `release ${running.release}`, `${running.seq}`, running.slot, shown(target)]);
  }
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map(
      (row) =>
        `  ${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join("   ")
          .trimEnd()}\n`,
    )
    .join("");
}

/** The folders that a real box has at `/etc/skerry`, `/var/lib/skerry`, on tmpfs and at the target. */
function boxFolders(site: string): string[] {
  const box = boxOf(site);
  return [
    "--to",
    box,
    "--config-folder",
    box,
    "--state",
    join(box, "state"),
    "--cache",
    join(box, "cache"),
    "--target",
    join(box, "target"),
  ];
}

function boxOf(site: string): string {
  return join(DEMO, "sites", site);
}

function seqOf(site: string): number {
  return Number(trailer(site, "Skerry-Seq"));
}

function trailer(site: string, key: string): string {
  return git(REPOSITORY, "log", "-1", `--format=%(trailers:key=${key},valueonly)`, `refs/heads/sites/${site}`).trim();
}

function heads(): Map<string, string> {
  const lines = git(REPOSITORY, "for-each-ref", "--format=%(refname) %(objectname)", "refs/heads/sites").trim().split("\n");
  return new Map(lines.map((line) => line.split(" ") as [string, string]));
}

function packBytes(): number {
  const folder = join(REPOSITORY, "objects/pack");
  return readdirSync(folder)
    .filter((name) => name.endsWith(".pack"))
    .reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

function size(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

function shown(path: string): string {
  return relative(ROOT, path);
}

function say(text: string): void {
  process.stdout.write(text);
}
