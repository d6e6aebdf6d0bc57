import type { FileHandle } from "node:fs/promises";
import { resolve } from "node:path";
import { WorldError } from "../core/index.ts";
import type { AgentConfig } from "../wire/index.ts";
import { boundedClock } from "./bounded-clock.ts";
import { type Endpoints, openEndpoints } from "./endpoints.ts";
import { failedBefore } from "./log-line.ts";
import type { Machine } from "./machine/state.ts";
import { diskFault } from "./effects/perform-faults.ts";
import { Runner } from "./runner.ts";
import { JournalRefused } from "./store/journal-refused.ts";
import { loadMachine, openContext } from "./start.ts";
import type { AgentPorts, AgentContext } from "./context.ts";
import { ConfigRefused, readConfig } from "./read-config.ts";
import { checkStateOwner } from "./local/foreign-state.ts";
import { checkPlaces, openStateFolder } from "./local/state-folder.ts";
import { lockState } from "./store/lock.ts";

/** Signals to and from a running agent. */
export interface AgentSignals {
  /** Aborted to stop the agent: it finishes the current step first. */
  readonly stop: AbortSignal;
  /** Called with a function that triggers a poll. */
  readonly onReady?: (ask: () => void) => void;
  /** Called with the final machine. */
  readonly onEnd?: (machine: Machine) => void;
}

/** Exit codes as everywhere in Skerry. */
export type ExitCode = 0 | 1 | 2 | 3;

/** Exit code of a fault outside of the release: 2 when only a change of agent.json helps. */
export function exitCodeOf(code: string): 2 | 3 {
  return code === "bad-address" ? 2 : 3;
}

/**
 * One poll and everything that follows from it. Exit code 0: the site runs the newest release or waits for it; 1: the release was refused or
 * failed; 2: the repository's address is not valid; 3: network, disk or target failed.
 */
export async function agentOnce(configPath: string, ports: AgentPorts, signals: AgentSignals): Promise<ExitCode> {
  const machine = await withAgent(configPath, ports, (context, endpoints) => work(context, endpoints, signals, true));
  const { pollTrouble, rolloutTrouble, driftTrouble, trustTrouble: trust, refusal } = machine.memory;
  const isFailed = machine.journal.failed.some(({ seq }) => seq === machine.journal.seen?.seq);
  if (pollTrouble !== null) return exitCodeOf(pollTrouble.reason);
  if (driftTrouble !== null || machine.phase === "DEGRADED" || (rolloutTrouble !== null && !isFailed)) return 3;
  return isFailed || trust !== null || refusal !== null ? 1 : 0;
}

/** Polls until stopped. */
export async function agentRun(configPath: string, ports: AgentPorts, signals: AgentSignals): Promise<ExitCode> {
  await withAgent(configPath, ports, (context, endpoints) => workForEver(context, endpoints, signals));
  return 0;
}

async function withAgent<T>(
  configPath: string,
  given: AgentPorts,
  use: (context: AgentContext, endpoints: Endpoints) => Promise<T>,
): Promise<T> {
  const ports = { ...given, clock: boundedClock(given.clock) };
  const config: AgentConfig = await readConfig(ports.disk, configPath);
  const lock = await opening(() => lockedState(config, configPath, ports));
  try {
    const context = await opening(() => openContext(config, ports));
    const endpoints = await openEndpoints(context);
    try {
      return await use(context, endpoints);
    } finally {
      await endpoints.close();
    }
  } finally {
    // Last, because the holder of the lock owns the socket.
    await lock.close();
  }
}

/** Opens the folder before the check: between a check and a creation somebody else could create it. */
async function lockedState(config: AgentConfig, configPath: string, { disk }: AgentPorts): Promise<FileHandle> {
  const folder = await openStateFolder(disk, config.state);
  try {
    await checkPlaces(config, resolve(configPath), disk);
    const lock = await lockState(config.state);
    await checkStateOwner(config, disk).catch((error: unknown) => lock.close().then(() => Promise.reject(error as Error)));
    return lock;
  } finally {
    await folder.close();
  }
}

/** Before the first effect every operating system error is a fault of the box, reported without a stack. */
async function opening<T>(open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    // The refused journal is a WorldError too.
    if (error instanceof WorldError || error instanceof ConfigRefused) throw error;
    throw new WorldError("storage-failed", diskFault(error).detail, "Check the disk and the permissions of the agent's user", {
      cause: error,
    });
  }
}

/** Delay before a retry after a failed journal write. */
const REFUSED_MS = 60_000;

/** After a failed journal write all state is read from the disk again, as after a power cut: a later successful flush proves nothing about the failed one. */
async function workForEver(context: AgentContext, endpoints: Endpoints, signals: AgentSignals): Promise<void> {
  let isDoubtful = false;
  while (!signals.stop.aborted) {
    try {
      await work(context, endpoints, signals, false, isDoubtful);
    } catch (error) {
      if (!(error instanceof JournalRefused)) throw error;
      isDoubtful = true;
      context.log({ level: "error", event: "journal", reason: "storage-failed", detail: error.message });
      endpoints.refuse(error.message, context.clock.now() + REFUSED_MS);
      await context.clock.sleep(REFUSED_MS, signals.stop);
    }
  }
}

async function work(
  context: AgentContext,
  endpoints: Endpoints,
  { stop, onReady, onEnd }: AgentSignals,
  once: boolean,
  isDoubtful = false,
): Promise<Machine> {
  const { machine, started } = await opening(() => loadMachine(context, once, isDoubtful));
  const runner = new Runner(context, machine);
  onReady?.(() => runner.pollNow());
  endpoints.serve(runner);
  try {
    const ended = await runner.run(started, stop, once);
    const line = once ? failedBefore(machine, ended) : undefined;
    if (line !== undefined) context.log(line);
    onEnd?.(ended);
    return ended;
  } finally {
    endpoints.serve(undefined);
  }
}
