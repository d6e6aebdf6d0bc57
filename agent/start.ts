import { type Clock, type Disk, WorldError } from "../core/index.ts";
import type { AgentConfig, Journal } from "../wire/index.ts";
import type { Started } from "./machine/event.ts";
import { emptyMemory } from "./machine/memory.ts";
import type { Machine } from "./machine/state.ts";
import { DURABLE } from "./machine/table.ts";
import { Containerd } from "./images/containerd.ts";
import { firstJournal, rebuiltJournal } from "./store/rebuilt-journal.ts";
import { guardedRepository } from "./local/guarded-repository.ts";
import { cacheFolderOf, gitRepository } from "./source/git-source.ts";
import { diskFault } from "./effects/perform-faults.ts";
import { JournalRefused } from "./store/journal-refused.ts";
import { loadJournal, saveJournal } from "./store/journal-store.ts";
import { boxProbes } from "./probes/box-probes.ts";
import { makeDurableFolder } from "./store/durable.ts";
import { LastPollNote } from "./store/last-poll.ts";
import { lastReport } from "./store/report-file.ts";
import { siteKey } from "./store/site-key.ts";
import { Slots } from "./store/slots.ts";
import { TrustStore } from "./store/trust-store.ts";
import { plainDirectory } from "./targets/plain-directory.ts";
import type { Target } from "./targets/target.ts";
import { AGENT_VERSION } from "./version.ts";
import { tryFacts } from "./effects/slot-facts.ts";
import type { AgentPorts, AgentContext } from "./context.ts";
import { ConfigRefused } from "./read-config.ts";

const BOOT_ID_BYTES = 256;

/**
 * Opens the stores of a box that this process has locked. Trust first, then the key, so that a box with the wrong bundle creates no key.
 * No effect was started yet, so every fault here ends the process with a message instead of a stack.
 */
export async function openContext(config: AgentConfig, ports: AgentPorts): Promise<AgentContext> {
  const { clock, random, disk } = ports;
  const cacheFolder = cacheFolderOf(config, ports.process);
  await makeDurableFolder(disk, config.state);
  return {
    config,
    clock,
    random,
    disk,
    log: ports.log,
    cacheFolder,
    repository: guardedRepository(gitRepository(config, cacheFolder, clock, ports.process), cacheFolder, disk, ports.log),
    target: await targetOf(config, disk, clock),
    images: config.images && new Containerd(config.images.containerd.socket, clock, ports.process),
    treeImages: new Map(),
    probes: boxProbes(config, clock, ports.process, disk),
    slots: new Slots(disk, config.state),
    lastPoll: new LastPollNote(disk, cacheFolder),
    rechecked: undefined,
    trust: await TrustStore.open(disk, config.state, config.trust, config.fleet),
    key: await siteKey(disk, config.state, config.site, random),
    boot: (await disk.read("/proc/sys/kernel/random/boot_id", BOOT_ID_BYTES)).toString("latin1").trim(),
  };
}

/** Other targets may be added behind the same port; a box that is configured for an unknown one is refused before anything is changed. */
async function targetOf({ target, state }: AgentConfig, disk: Disk, clock: Clock): Promise<Target> {
  if (!("directory" in target))
    throw new ConfigRefused(`agent.json: this agent has the target {"directory": {"path", "mode": "plain" or "k3s"}} only`);
  const { path, mode } = target.directory;
  if (mode === "plain") return plainDirectory(path, disk, clock);
  // Only mode k3s reads manifests, and loading that code takes a third of the start time.
  const { k3sDirectory } = await import("./targets/k3s-directory.ts");
  return k3sDirectory(path, state, disk, clock);
}

/**
 * The machine of the journal, and its first event. `isDoubtful`: a journal write failed before, so what can be read now may be lost after a
 * power cut (R1); it is written again before anything depends on it.
 */
export async function loadMachine(
  context: AgentContext,
  now: boolean,
  isDoubtful = false,
): Promise<{ readonly machine: Machine; readonly started: Started }> {
  const { config, disk } = context;
  // Before the journal, because a lost journal takes its counter from the last report.
  const report = await lastReport(context);
  const state = await loadJournal(disk, config.state);
  const read =
    "journal" in state ? state.journal : state.lost ? await rebuilt(context, report.counter, state.because) : firstJournal(context);
  const journal = isDoubtful ? await savedAgain(context, read) : read;
  if (!DURABLE.includes(journal.state)) {
    throw new WorldError(
      "agent-too-old",
      `the journal is in state ${journal.state}, which this agent does not have`,
      "Run the agent version that wrote it",
    );
  }
  const settings = {
    fleet: config.fleet,
    site: config.site,
    version: AGENT_VERSION,
    pollSeconds: config.pollSeconds,
    settleSeconds: context.target.settleSeconds,
    services: Object.keys(config.services ?? {}),
    hasImages: context.images !== undefined,
  };
  const started: Started = {
    type: "started",
    boot: context.boot,
    current: await tryFacts(journal.current, context),
    candidate: await tryFacts(journal.candidate, context),
    previous: await tryFacts(journal.previous, context),
    reported: report.body,
    now,
  };
  return { machine: { settings, phase: journal.state, journal, memory: emptyMemory(context.boot) }, started };
}

/** No real boot: starts that a disk fault ended are not crashes, so they must not count as starts of one boot, which fail a release (A15). */
const NO_BOOT = "00000000-0000-0000-0000-000000000000";

async function savedAgain({ disk, config }: AgentContext, read: Journal): Promise<Journal> {
  const journal = { ...read, record: read.record + 1, boot: NO_BOOT };
  try {
    await saveJournal(disk, config.state, journal);
    return journal;
  } catch (error) {
    throw new JournalRefused(diskFault(error).detail);
  }
}

/** Durable at once, so that the next start does not rebuild it a second time, from slots that may have changed. */
async function rebuilt(context: AgentContext, counter: number, because: string): Promise<Journal> {
  const journal = await rebuiltJournal(context, counter, because);
  await saveJournal(context.disk, context.config.state, journal);
  return journal;
}
