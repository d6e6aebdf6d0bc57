import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { readJournal } from "../../wire/index.ts";
import { type AgentProcess, until } from "../agent/fixtures/agent-process.ts";
import { digestOf } from "../agent/fixtures/forge.ts";
import { deliver, type FaultBox, FaultWorld, filesOf } from "./fault-world.ts";
import { noSmallDisk, SmallDisk } from "./small-disk.ts";

/** A disk that fills up, or becomes read-only, under a real agent. */

const reason = noSmallDisk();
if (reason !== undefined)
  process.stdout.write(`faults: no disk of our own on this machine, so full and read-only disks are not tried: ${reason}\n`);
const onSmallDisk = reason === undefined ? describe : describe.skip;

let world: FaultWorld;
const disks: SmallDisk[] = [];

beforeAll(async () => {
  world = await FaultWorld.open();
});

afterAll(async () => {
  await world.close();
  for (const disk of disks) await disk.unmount();
});

interface OnDisk extends FaultBox {
  readonly disk: SmallDisk;
}

/** A box that runs release 1, with its state, its target or both on a small disk. */
async function boxOn(name: string, bytes: number, parts: readonly ("state" | "site")[]): Promise<OnDisk> {
  const made = { ...world.region.world(name), release: 0 };
  const disk = await SmallDisk.mount(join(made.box.folder, "disk"), bytes);
  disks.push(disk);
  disk.run("mkdir", join(made.box.folder, "disk/site"));
  const at = (part: "state" | "site"): string => join(made.box.folder, parts.includes(part) ? `disk/${part}` : part);
  made.box.configure({
    state: at("state"),
    report: join(at("state"), "report.json"),
    target: { directory: { path: join(at("site"), "current"), mode: "plain" } },
    pollSeconds: 10,
  });
  const there = { ...made, disk };
  deliver(there);
  const first = world.agents.start(there.box, "once", disk.wrapper);
  expect([await first.ended, first.errors]).toEqual([0, ""]);
  return there;
}

/** The release at the target, looked at from outside. */
function standing({ disk, box, release }: OnDisk, part: "disk/site" | "site"): number | undefined {
  const top = part === "site" ? join(box.folder, "site") : join(disk.outside, "site");
  const folder = join(top, readlinkSync(join(top, "current")));
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name));
  const digest = digestOf(new Map(paths.map((path) => [path.slice(folder.length + 1), readFileSync(path)])));
  return [release, release - 1].find((each) => each > 0 && digest === digestOf(filesOf(each)));
}

function seen(box: OnDisk): number {
  const journals = [0, 1].map((index) => join(box.disk.outside, `state/journal.${index}`)).filter((path) => existsSync(path));
  const read = journals.map((path) => readJournal(readFileSync(path)));
  return Math.max(...read.flatMap((each) => ("value" in each ? [each.value.seen?.seq ?? 0] : [])));
}

const said = (agent: AgentProcess): string => agent.output + agent.errors;

onSmallDisk("a disk of a few megabytes (skipped where nobody may mount one)", () => {
  test("disk full: nothing is staged, the running release stays, and with free space the release is applied", async () => {
    const box = await boxOn("full", 16_000_000, ["state", "site"]);
    box.disk.fill(3_000_000);
    deliver(box);
    const full = world.agents.start(box.box, "once", box.disk.wrapper);
    expect([await full.ended, said(full)]).toEqual([3, expect.stringContaining('"disk-full"')]);
    expect(standing(box, "disk/site")).toBe(1);
    expect(seen(box)).toBe(1);
    box.disk.empty();
    expect(await world.agents.start(box.box, "once", box.disk.wrapper).ended).toBe(0);
    expect(standing(box, "disk/site")).toBe(2);
  }, 60_000);

  test("disk full: without space for the journal no effect starts, and the status reports it", async () => {
    const box = await boxOn("packed", 16_000_000, ["state"]);
    box.disk.fill(0);
    deliver(box);
    const full = world.agents.start(box.box, "once", box.disk.wrapper);
    expect([await full.ended, said(full)]).toEqual([3, expect.stringMatching(/disk-full|storage-failed/)]);
    expect(full.errors).not.toMatch(/^ +at /m);
    expect(standing(box, "site")).toBe(1);
    const status = world.agents.start(box.box, "status", box.disk.wrapper);
    expect([await status.ended, status.output]).toEqual([0, expect.stringContaining("release 1 (seq 1")]);
    box.disk.empty();
    expect(await world.agents.start(box.box, "once", box.disk.wrapper).ended).toBe(0);
    expect(standing(box, "site")).toBe(2);
  }, 60_000);

  test("disk full: without space at the target the old tree stays, no seq is lost, and the release is applied again", async () => {
    const box = await boxOn("target", 64_000, ["site"]);
    box.disk.fill(0);
    deliver(box);
    const full = world.agents.start(box.box, "once", box.disk.wrapper);
    expect([await full.ended, said(full)]).toEqual([3, expect.stringContaining("disk-full")]);
    expect(standing(box, "disk/site")).toBe(1);
    expect(await box.box.journal()).toMatchObject({ current: { seq: 1 }, candidate: { seq: 2 } });
  }, 60_000);

  test("volume read-only: storage-failed and no change; when it is writable again, the release is applied", async () => {
    const box = await boxOn("frozen", 16_000_000, ["state", "site"]);
    box.disk.remount("ro");
    deliver(box);
    const frozen = world.agents.start(box.box, "once", box.disk.wrapper);
    expect([await frozen.ended, frozen.errors]).toEqual([3, expect.stringMatching(/^skerry agent: storage-failed: [^\n]*\n$/)]);
    expect(standing(box, "disk/site")).toBe(1);
    const status = world.agents.start(box.box, "status", box.disk.wrapper);
    expect([await status.ended, status.output]).toEqual([0, expect.stringContaining("release 1 (seq 1")]);
    box.disk.remount("rw");
    expect(await world.agents.start(box.box, "once", box.disk.wrapper).ended).toBe(0);
    expect(standing(box, "disk/site")).toBe(2);
  }, 60_000);

  test("disk full under a running agent: it keeps running, reports it, and continues when there is space", async () => {
    const box = await boxOn("living", 16_000_000, ["state"]);
    const asked = (): number => world.region.server.requests.filter((each) => each.path.startsWith("/living.git/")).length;
    const before = asked();
    const agent = world.agents.start(box.box, "run", box.disk.wrapper);
    await until("a first poll", () => asked() >= before + 2);
    box.disk.fill(0);
    deliver(box);
    // nsenter becomes the agent, so its id is the agent's.
    const pid = agent.child.pid as number;
    process.kill(pid, "SIGHUP");
    await until("the word", () => /disk-full|storage-failed/.test(said(agent)));
    expect(standing(box, "site")).toBe(1);
    box.disk.empty();
    process.kill(pid, "SIGHUP");
    await until("the release", () => standing(box, "site") === 2);
    process.kill(pid, "SIGTERM");
    expect(await agent.ended).toBe(0);
  }, 90_000);
});
