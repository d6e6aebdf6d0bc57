import { cpus, loadavg } from "node:os";
import { PeerRepository } from "./agent-peer.ts";
import { ServedFleet } from "./agent-fleet.ts";
import { AGENT_MODULES, BoxProcess, type Memory } from "./agent-process.ts";
import { type StartTimes, startTimes } from "./agent-start.ts";
import { median } from "./measure.ts";

const SITES = 10_000;
const OBJECTS = 500;
const POLLS = 21;
/** One object of many, each. */
const UPDATES = 7;
/** Of one poll: the greeting, the refs, the fetch. */
const REQUESTS = 3;

/** Bytes by git's own count, and of the whole connections with HTTP's headers. */
interface Poll {
  readonly ms: number;
  readonly gitBytes: number;
  readonly wireBytes: number;
}

/** Real agent processes against a real git server on loopback; gives the section of RESULTS.md. */
export async function benchAgent(boxes: number): Promise<string> {
  const [load] = loadavg() as [number];
  const fleet = await benchFleet(boxes);
  const large = await benchLarge();
  return section({ boxes, load }, fleet, large, startTimes(POLLS));
}

type FleetFigures = Awaited<ReturnType<typeof benchFleet>>;
type LargeFigures = Awaited<ReturnType<typeof benchLarge>>;

/** One fleet of 10,000 sites; some of its boxes run, and each takes turns with git itself on the same refs. */
async function benchFleet(boxes: number) {
  await using fleet = await ServedFleet.open(SITES, 0);
  using stack = new DisposableStack();
  const pairs: { readonly agent: BoxProcess; readonly peer: PeerRepository }[] = [];
  for (let box = 0; box < boxes; box++) {
    fleet.isOpen = false;
    const agent = stack.use(new BoxProcess(fleet.folder, `s${box}`, fleet.url));
    await agent.until("poll-failed");
    pairs.push({ agent, peer: stack.use(new PeerRepository(fleet.url, `s${box}`)) });
  }
  fleet.isOpen = true;
  const first = await takeAll(pairs);
  const [one, crowded] = pairs as [(typeof pairs)[0], (typeof pairs)[0]];
  const idle = await pollsOf(fleet, (isServed) => one.agent.askIdle(isServed));
  const among = await pollsOf(fleet, (isServed) => crowded.agent.askIdle(isServed));
  const memory = one.agent.memory();
  const fetching = await pollsOf(fleet, () => one.peer.fetch());
  const listing = await pollsOf(fleet, () => one.peer.list());
  fleet.folder.changeVersion("2.0.0");
  fleet.release();
  const next = await takeAll(pairs);
  return {
    first,
    next,
    idle,
    among,
    listing,
    fetching,
    memory,
    afterwards: await pollsOf(fleet, (isServed) => one.agent.askIdle(isServed)),
  };
}

/** Medians. */
async function takeAll(pairs: readonly { readonly agent: BoxProcess; readonly peer: PeerRepository }[]) {
  const staged: number[] = [];
  const peers: number[] = [];
  for (const { agent, peer } of pairs) {
    peers.push(await peer.fetch());
    staged.push((await agent.take()).stagedMs);
  }
  return { stagedMs: median(staged), peerMs: median(peers) };
}

/** One site with many objects, from one file and from modules. */
async function benchLarge() {
  await using fleet = await ServedFleet.open(1, OBJECTS);
  using file = new BoxProcess(fleet.folder, "s0", fleet.url);
  using modules = new BoxProcess(fleet.folder, "s0", fleet.url, AGENT_MODULES);
  await file.until("poll-failed");
  await modules.until("poll-failed");
  fleet.isOpen = true;
  const first = await file.take();
  await modules.take();
  const updates: Awaited<ReturnType<BoxProcess["take"]>>[] = [];
  for (let update = 2; update < 2 + UPDATES; update++) {
    fleet.folder.changeVersion(`${update}.0.0`);
    fleet.release();
    updates.push(await file.take());
    await modules.take();
  }
  const next = {
    stagedMs: median(updates.map((each) => each.stagedMs)),
    appliedMs: median(updates.map((each) => each.appliedMs)),
    placedMs: median(updates.map((each) => each.appliedMs - each.stagedMs)),
  };
  const children = await file.childrenDuring(() => pollsOf(fleet, (isServed) => file.askIdle(isServed)));
  await pollsOf(fleet, (isServed) => modules.askIdle(isServed));
  return { first, next, memory: file.memory(), modules: modules.memory(), children };
}

async function pollsOf(fleet: ServedFleet, poll: (isServed: () => boolean) => Promise<number>): Promise<Poll> {
  const polls: Poll[] = [];
  for (let number = 0; number < POLLS; number++) {
    fleet.server.reset();
    const before = fleet.server.wireBytes();
    const ms = await poll(() => fleet.server.requests.length >= REQUESTS);
    const after = fleet.server.wireBytes();
    const gitBytes = fleet.server.requests.reduce((sum, { requestBytes, responseBytes }) => sum + requestBytes + responseBytes, 0);
    polls.push({ ms, gitBytes, wireBytes: after.received + after.sent - before.received - before.sent });
  }
  const middle = (name: keyof Poll): number => median(polls.map((each) => each[name]));
  return { ms: middle("ms"), gitBytes: middle("gitBytes"), wireBytes: middle("wireBytes") };
}

function section(
  { boxes, load }: { readonly boxes: number; readonly load: number },
  fleet: FleetFigures,
  large: LargeFigures,
  start: StartTimes,
): string {
  const { first, next, idle, among, listing, fetching, afterwards } = fleet;
  const poll = ({ ms, gitBytes, wireBytes }: Poll): string =>
    `${ms.toFixed(0)} ms, ${kilobytes(gitBytes)} (${kilobytes(wireBytes)} with HTTP's headers)`;
  const taken = ({ stagedMs, peerMs }: typeof first): string[] => [
    `${stagedMs.toFixed(0)} ms`,
    `\`git fetch\` of the same, nothing judged: ${peerMs.toFixed(0)} ms`,
  ];
  const rows = [
    ["fetch, verify, stage: first tree, 30 objects", "300 ms", ...taken(first)],
    ["fetch, verify, stage: one object changed", "150 ms", ...taken(next)],
    [
      "idle poll",
      "2.4 kB above the transport",
      poll(idle),
      `\`git fetch\` of one ref ${poll(fetching)}; \`git ls-remote\` ${poll(listing)}`,
    ],
    ["idle poll, an id that 1,110 others begin with", "the same", poll(among), "git lists refs by the beginning of their names"],
    ["idle poll after one more release everywhere", "the same", poll(afterwards), ""],
    ["start to end of a command, one file", "150 ms", `${start.file.toFixed(0)} ms`, besides(start)],
    [
      "first tree of 500 objects: asked to applied",
      "2.0 s",
      `${large.first.appliedMs.toFixed(0)} ms`,
      `staged after ${large.first.stagedMs.toFixed(0)} ms`,
    ],
    [
      "one object of 500 changed: after the poll, staged to applied",
      "0.5 s",
      `${large.next.placedMs.toFixed(0)} ms`,
      `asked to applied ${large.next.appliedMs.toFixed(0)} ms, of which fetched, verified and staged after ${large.next.stagedMs.toFixed(0)} ms`,
    ],
    ["memory at rest, 30 objects", "", memory(fleet.memory), ""],
    [
      "memory at rest, 500 objects",
      "90 MB (40 anonymous)",
      memory(large.memory),
      `from modules ${memory(large.modules)}; ratio ${(large.memory.rssBytes / large.modules.rssBytes).toFixed(2)}`,
    ],
    ["git's processes in a poll, together, at most", "", `${megabytes(large.children)} MB`, "gone after the poll"],
  ];
  return `## The agent

\`npm run bench -- --agent\`: the one file of \`npm run build\` as a running process, git over HTTP on loopback, ${SITES.toLocaleString("en")} site refs on the server (one for the rows of 500 objects), state on disk, cache on memory.
Medians of ${boxes} boxes, ${POLLS} polls, ${POLLS} starts; of 500 objects one first tree and ${UPDATES} updates. A release is asked for by SIGHUP; a time ends when the agent says so.
Load average when it began: ${load.toFixed(1)} on ${cpus().length} cores.${load > cpus().length / 2 ? " The machine was busy: read each time beside its peer, not beside its budget." : ""}

| work | budget | measured | beside it |
|---|---|---|---|
${rows.map((row) => `| ${row.join(" | ")} |`).join("\n")}
`;
}

function besides({ node, file, modules, cached }: StartTimes): string {
  return `Node alone ${node.toFixed(0)} ms; from modules ${modules.toFixed(0)} ms, ratio ${(file / modules).toFixed(2)}; with a compile cache ${cached.toFixed(0)} ms`;
}

function memory({ rssBytes, anonymousBytes }: Memory): string {
  return `${megabytes(rssBytes)} MB (${megabytes(anonymousBytes)} anonymous)`;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1e3).toFixed(bytes < 1e5 ? 2 : 0)} kB`;
}
