import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { AgentProcess } from "../agent/fixtures/agent-process.ts";

/** What a poll cost, as the kernel tells it, sampled from /proc. */
export interface Cost {
  /** Exit code, signal, or undefined when the agent had to be stopped because it did not end in time. */
  readonly code: number | string | undefined;
  readonly seconds: number;
  /** Of the agent and all that it started. */
  readonly cpuSeconds: number;
  readonly agentBytes: number;
  /** Of all that the agent started, together, at one moment. */
  readonly childrenBytes: number;
  /** Command lines of processes that outlived the agent. */
  readonly leftBehind: readonly string[];
}

const EVERY_MS = 60;
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4_096;
/** A killed child is gone within this. */
const GRACE_MS = 500;

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
  readonly ticks: number;
  readonly bytes: number;
  readonly begun: string;
}

/** Watches an agent until it ends; one that does not is killed after `secondsMax`, with all that it started. */
export async function watch(agent: AgentProcess, secondsMax: number): Promise<Cost> {
  const begun = performance.now();
  const pid = agent.child.pid as number;
  const seen = new Map<number, Process>();
  const most = { ticks: 0, agent: 0, children: 0 };
  let code: number | string | undefined;
  let isOver = false;
  void agent.ended.then((end) => {
    isOver = true;
    code = end;
  });
  while (!isOver && performance.now() - begun < secondsMax * 1_000) {
    sample(pid, seen, most);
    await Promise.race([agent.ended, delay(EVERY_MS)]);
  }
  const seconds = (performance.now() - begun) / 1_000;
  if (!isOver) agent.child.kill("SIGKILL");
  const deadline = performance.now() + GRACE_MS;
  while (alive(seen).length > 0 && performance.now() < deadline) await delay(EVERY_MS);
  const left = alive(seen).filter((each) => each.pid !== pid);
  for (const each of left) process.kill(each.pid, "SIGKILL");
  await agent.ended;
  const leftBehind = isOver ? left.map(({ name }) => name) : [];
  return { code, seconds, cpuSeconds: most.ticks / TICKS_PER_SECOND, agentBytes: most.agent, childrenBytes: most.children, leftBehind };
}

function sample(pid: number, seen: Map<number, Process>, most: { ticks: number; agent: number; children: number }): void {
  const all = processes();
  const family = new Set([pid]);
  // A parent that ended leaves its children to somebody else: those that were ours once stay ours.
  for (const [child, before] of seen) if (all.get(child)?.begun === before.begun) family.add(child);
  for (let size = 0; size !== family.size; ) {
    size = family.size;
    for (const each of all.values()) if (family.has(each.parent)) family.add(each.pid);
  }
  const ours = [...family].flatMap((member) => all.get(member) ?? []);
  for (const each of ours) seen.set(each.pid, each);
  const children = ours.filter((each) => each.pid !== pid);
  most.ticks = Math.max(
    most.ticks,
    ours.reduce((sum, each) => sum + each.ticks, 0),
  );
  most.agent = Math.max(most.agent, all.get(pid)?.bytes ?? 0);
  most.children = Math.max(
    most.children,
    children.reduce((sum, each) => sum + each.bytes, 0),
  );
}

function alive(seen: ReadonlyMap<number, Process>): Process[] {
  const all = processes();
  return [...seen.values()].filter((each) => all.get(each.pid)?.begun === each.begun);
}

/** Every process that is no zombie. `ticks` counts its ended children too. */
function processes(): Map<number, Process> {
  const found = new Map<number, Process>();
  for (const name of readdirSync("/proc")) {
    const stat = /^[0-9]+$/.test(name) ? tryStat(name) : undefined;
    const [, command = "", rest = ""] = /^\d+ \((.*)\) (.*)$/s.exec(stat ?? "") ?? [];
    const fields = rest.split(" ");
    if (rest === "" || fields[0] === "Z") continue;
    const ticks = [11, 12, 13, 14].reduce((sum, field) => sum + Number(fields[field]), 0);
    const process = { pid: Number(name), parent: Number(fields[1]), name: command, ticks, begun: fields[19] as string };
    found.set(process.pid, { ...process, bytes: Number(fields[21]) * PAGE_BYTES });
  }
  return found;
}

function tryStat(pid: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    // ended between the list and the look
    return undefined;
  }
}
