import { canonicalDocument, reasons, type Reason } from "../core/index.ts";
import type { Journal, JournalSlot } from "../wire/index.ts";
import { type LiveStatus, liveStatusPath } from "./live-status.ts";
import { cacheFolderOf } from "./repository.ts";
import { type AgentPorts, readConfig } from "./start.ts";
import { tryRead } from "./store/durable.ts";
import { loadJournal } from "./store/journal-store.ts";
import { isLocked } from "./store/lock.ts";
import { Slots } from "./store/slots.ts";

/** What `agent status` knows: the journal is true after any crash, `live` only while the agent works. Times in seconds since 1970. */
export interface StatusDocument {
  readonly fleet: string;
  readonly site: string;
  readonly isWorking: boolean;
  readonly state: string;
  readonly reason: Reason;
  readonly detail: string;
  readonly running: (JournalSlot & { readonly since: number | null }) | null;
  readonly candidate: JournalSlot | null;
  readonly previous: JournalSlot | null;
  readonly trust: number | null;
  readonly live: LiveStatus | null;
}

/** Answers at once, and changes nothing: the agent need not run. */
export async function agentStatus(configPath: string, json: boolean, ports: AgentPorts): Promise<string> {
  const config = await readConfig(ports.disk, configPath);
  const isWorking = await isLocked(config.state);
  const state = await loadJournal(ports.disk, config.state);
  const journal = "journal" in state ? state.journal : null;
  const live = isWorking ? await tryLive(ports, cacheFolderOf(config, ports.process)) : null;
  const current = journal?.current ?? null;
  const since = current === null ? null : ((await new Slots(ports.disk, config.state).tryCommitted(current.slot)) ?? null);
  const document: StatusDocument = {
    fleet: config.fleet,
    site: config.site,
    isWorking,
    state: live?.state ?? journal?.state ?? "PROVISIONING",
    ...headOf(journal, live),
    running: current === null ? null : { ...current, since },
    candidate: journal?.candidate ?? null,
    previous: journal?.previous ?? null,
    trust: journal?.trust.version ?? null,
    live,
  };
  return json ? canonicalDocument(document) : `${textOf(document, ports.clock.now())}\n`;
}

/** Without a living agent the journal alone speaks; it knows no line and no drift. */
function headOf(journal: Journal | null, live: LiveStatus | null): { readonly reason: Reason; readonly detail: string } {
  if (live) return { reason: live.reason as Reason, detail: live.detail };
  if (journal?.refused) return { reason: journal.refused.reason, detail: `commit ${journal.refused.commit}` };
  const mark = journal?.failed.find(({ seq }) => seq === journal.seen?.seq);
  if (mark) return { reason: mark.reason, detail: `the release with seq ${mark.seq} failed, and the site went back` };
  if (journal?.candidate) return { reason: "staged", detail: "a verified release waits" };
  return journal?.current
    ? { reason: "committed", detail: "the release runs" }
    : { reason: "not-started", detail: "no release was seen yet" };
}

async function tryLive({ disk }: AgentPorts, cacheFolder: string): Promise<LiveStatus | null> {
  const bytes = await tryRead(disk, liveStatusPath(cacheFolder));
  return bytes === undefined ? null : (JSON.parse(bytes.toString("utf8")) as LiveStatus);
}

/** For somebody who was woken: what runs, since when, what is wrong, what comes next and when. */
function textOf(status: StatusDocument, nowMs: number): string {
  const { running, candidate, live } = status;
  const lines = [
    ["site", `${status.site} of fleet ${status.fleet}`],
    ["agent", status.isWorking ? `works, state ${status.state}` : "DOES NOT RUN: start it, nothing is watched or repaired until then"],
    [
      "runs",
      running
        ? `release ${running.release} (seq ${running.seq}, slot ${running.slot})${running.since === null ? "" : ` since ${time(running.since, nowMs)}`}`
        : "nothing yet",
    ],
    ["waits", candidate ? `release ${candidate.release} (seq ${candidate.seq})${applyText(live, nowMs)}` : "nothing"],
    [
      "kept",
      status.previous
        ? `release ${status.previous.release}, in the other slot`
        : candidate
          ? "nothing: the waiting release took its place"
          : "nothing",
    ],
    ["trust", status.trust === null ? "not read yet" : `version ${status.trust}`],
    ["wrong", troubleText(status, nowMs)],
    ["next", live ? `asks for news ${time(live.pollAt, nowMs)}` : status.isWorking ? "asks for news" : "nothing"],
  ] as const;
  return lines.map(([name, text]) => `${`${name}:`.padEnd(13)}${text}`).join("\n");
}

/** When a waiting release goes in is the first question at 3 a.m.; only the living agent knows. */
function applyText(live: LiveStatus | null, nowMs: number): string {
  if (live === null) return "";
  const why = reasons[live.reason as Reason];
  return live.applyAt === null ? `: ${why}` : ` until ${time(live.applyAt, nowMs)}: ${why}`;
}

function troubleText({ live, reason, detail, isWorking }: StatusDocument, nowMs: number): string {
  const found =
    live?.troubles.map((each) => `${each.reason} since ${time(each.since, nowMs)}: ${reasons[each.reason]} (${each.detail})`) ?? [];
  if (found.length > 0) return found.join(`\n${" ".repeat(13)}`);
  // These are words of progress, not of trouble.
  const isFine = ["committed", "unproven", "staged", "not-started", "window-closed", "on-trial"].includes(reason);
  const text = `${reason}: ${reasons[reason]} (${detail})`;
  if (isWorking) return isFine ? "nothing" : text;
  return isFine ? "the agent does not run" : `the agent does not run; ${text}`;
}

function time(seconds: number, nowMs: number): string {
  return `${new Date(seconds * 1000).toISOString().replace(".000", "")} (${distanceText(seconds - nowMs / 1000)})`;
}

function distanceText(seconds: number): string {
  const minutes = Math.round(Math.abs(seconds) / 60);
  if (minutes === 0) return seconds > 0 ? "at once" : "just now";
  const distance =
    minutes < 120 ? `${minutes} min` : minutes < 2880 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} days`;
  return seconds > 0 ? `in ${distance}` : `${distance} ago`;
}
