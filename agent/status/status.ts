import { join, resolve } from "node:path";
import { canonicalDocument, type Disk, isReason, type Reason, WorldError } from "../../core/index.ts";
import type { AgentConfig, Journal } from "../../wire/index.ts";
import { boundedClock } from "../bounded-clock.ts";
import { askAgent } from "../control/client.ts";
import type { AgentPorts } from "../context.ts";
import { checkStateOwner } from "../local/foreign-state.ts";
import { startCommand } from "../local/start-command.ts";
import { checkPlaces, checkStateFolder } from "../local/state-folder.ts";
import { readConfig } from "../read-config.ts";
import { checkJournalFiles, loadJournal } from "../store/journal-store.ts";
import { cacheFolderFault } from "../store/cache-folder.ts";
import { checkLockFile, isLocked } from "../store/lock.ts";
import { cacheFolderOf, checkAddress } from "../source/git-source.ts";
import { type LastPoll, tryLastPoll } from "../store/last-poll.ts";
import { tryReadKey } from "../store/site-key.ts";
import { Slots } from "../store/slots.ts";
import { readFirstTrust } from "../store/trust-store.ts";
import type { LiveStatus } from "./live-status.ts";
import type { StatusDocument } from "./status-document.ts";
import { statusText } from "./status-text.ts";

/** Reads the state and changes nothing. The agent need not run. */
export async function agentStatus(configPath: string, json: boolean, given: AgentPorts): Promise<string> {
  const ports = { ...given, clock: boundedClock(given.clock) };
  const document = await readStatus(await readConfig(ports.disk, configPath), resolve(configPath), ports);
  return json ? canonicalDocument(document) : `${statusText(document, ports.clock.now(), startCommand(resolve(configPath)))}\n`;
}

async function readStatus(config: AgentConfig, configPath: string, ports: AgentPorts): Promise<StatusDocument> {
  const { isWorking, journal, journalFault, since } = await readState(config, ports);
  const { live, silence } = isWorking ? await askLive(config, ports) : { live: null, silence: null };
  const startFault = isWorking ? null : await tryStartFault(config, configPath, ports);
  const current = journal?.current ?? null;
  const last = live === null ? await tryLastPoll(cacheFolderOf(config, ports.process), config.state) : undefined;
  // With a newer journal the recorded poll is out of date.
  const lastPoll = last === undefined || last.record !== journal?.record ? null : withoutKeys(last);
  return {
    fleet: config.fleet,
    site: config.site,
    isWorking,
    silence,
    state: live?.state ?? journal?.state ?? "PROVISIONING",
    ...(startFault ?? headOf(journal, live, lastPoll)),
    running: current === null ? null : { ...current, since },
    candidate: journal?.candidate ?? null,
    previous: journal?.previous ?? null,
    paused: journal?.paused ?? null,
    retryAt: journal?.retryAt ?? null,
    failed: journal?.failed ?? [],
    trust: journal?.trust.version ?? null,
    lastSign: isWorking ? null : await lastSign(config, lastPoll, ports.disk),
    lastPoll,
    journalFault,
    live,
  };
}

/** An idle agent may write nothing for weeks, so this is the latest time at which it certainly ran, not the time at which it stopped. */
async function lastSign({ state, report }: AgentConfig, lastPoll: StatusDocument["lastPoll"], disk: Disk): Promise<number | null> {
  const paths = [join(state, "journal.0"), join(state, "journal.1"), join(state, "lock"), report];
  const entries = await Promise.all(paths.map((path) => disk.inspect(path)));
  const times = entries.flatMap((entry) => (entry === undefined ? [] : [Math.floor(entry.changedMs / 1000)]));
  const newest = Math.max(0, ...times, lastPoll?.at ?? 0);
  return newest === 0 ? null : newest;
}

function withoutKeys({ format: _format, record: _record, ...said }: LastPoll): NonNullable<StatusDocument["lastPoll"]> {
  return said;
}

/** Warnings about possible later trouble; the running release is not affected. */
const LESSER: readonly Reason[] = ["fallback-impaired", "withheld"];

interface State {
  readonly isWorking: boolean;
  readonly journal: Journal | null;
  readonly journalFault: string | null;
  readonly since: number | null;
}

async function readState({ state }: AgentConfig, { disk }: AgentPorts): Promise<State> {
  try {
    const found = await loadJournal(disk, state);
    const journal = "journal" in found ? found.journal : null;
    const current = journal?.current ?? null;
    const since = current === null ? null : ((await new Slots(disk, state).tryCommitted(current.slot)) ?? null);
    const journalFault = "because" in found ? found.because : null;
    return { isWorking: await isLocked(state), journal, journalFault, since };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // The state folder is a file, which is reported as the fault of the next start.
    if (code === "ENOTDIR") return { isWorking: false, journal: null, journalFault: null, since: null };
    if (code !== "EACCES" && code !== "EPERM") throw error;
    throw new WorldError("no-access", `only root and the agent's user may read the state in ${state}`, "Use sudo", { cause: error });
  }
}

/** Why an agent could not start or fetch, in the agent's own words. Neither journal nor last poll have that. */
async function tryStartFault(
  config: AgentConfig,
  configPath: string,
  { disk, process }: AgentPorts,
): Promise<{ readonly reason: Reason; readonly detail: string } | null> {
  try {
    await checkStateFolder(config.state);
    await checkPlaces(config, configPath, disk);
    await checkLockFile(config.state, disk);
    await checkStateOwner(config, disk);
    await readFirstTrust(disk, config.trust, config.fleet);
    await tryReadKey(disk, config.state);
    await checkJournalFiles(disk, config.state);
    checkAddress(config, process);
  } catch (error) {
    if (error instanceof WorldError && isReason(error.code)) return { reason: error.code, detail: `${error.message}. ${error.next}` };
    throw error;
  }
  const because = await cacheFolderFault(cacheFolderOf(config, process), disk);
  return because === undefined ? null : { reason: "unsafe-path", detail: because };
}

/** When the agent is starting, stopping or stuck, the journal can still be read. */
async function askLive(
  { state }: AgentConfig,
  { clock }: AgentPorts,
): Promise<{ readonly live: LiveStatus | null; readonly silence: string | null }> {
  try {
    const answer = await askAgent(state, { do: "status" }, clock);
    // Both sides are the same program; a status of another version is refused by its format.
    const live = answer.ok ? (answer.status as LiveStatus) : null;
    if (live?.format === "skerry.status/1") return { live, silence: null };
    return { live: null, silence: answer.ok ? "it is another version" : answer.text };
  } catch (error) {
    if (!(error instanceof WorldError)) throw error;
    // The lock is held, so an agent runs; the client's message for a missing socket would say the opposite.
    return { live: null, silence: error.code === "no-agent" ? "its socket does not exist; it is starting or stopping" : error.message };
  }
}

/** Without a running agent: from the journal, which knows neither network trouble nor drift, and from the last poll's record of those. */
function headOf(
  journal: Journal | null,
  live: LiveStatus | null,
  lastPoll: StatusDocument["lastPoll"],
): { readonly reason: Reason; readonly detail: string } {
  if (live) return { reason: live.reason, detail: live.detail };
  const trouble = lastPoll?.troubles.find(({ reason }) => !LESSER.includes(reason));
  if (trouble !== undefined) return { reason: trouble.reason, detail: trouble.detail };
  if (journal?.state === "DEGRADED") return { reason: "degraded", detail: "according to the journal" };
  if (journal?.state === "RETIRED") return { reason: "retired", detail: "the site was retired" };
  if (journal?.refused) return { reason: journal.refused.reason, detail: `commit ${journal.refused.commit}` };
  const mark = journal?.failed.find(({ seq }) => seq === journal.seen?.seq);
  if (mark) return { reason: mark.reason, detail: `the release with seq ${mark.seq} failed` };
  if (journal?.retryAt != null) return { reason: "interrupted", detail: "the release is applied again later" };
  if (journal?.candidate) return { reason: "staged", detail: "a verified release is waiting" };
  if (journal?.current && lastPoll?.unproven !== undefined) return { reason: "unproven", detail: lastPoll.unproven };
  return journal?.current
    ? { reason: "committed", detail: "the release runs" }
    : { reason: "not-started", detail: "no release has been seen yet" };
}
