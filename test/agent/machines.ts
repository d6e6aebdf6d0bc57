import type { Journal, JournalSlot } from "../../wire/index.ts";
import type { Effect, Event } from "../../agent/machine/event.ts";
import type { Machine, Memory } from "../../agent/machine/state.ts";
import type { Moment } from "../../agent/machine/moment.ts";
import type { SlotFacts } from "../../agent/machine/slot-facts.ts";
import { step } from "../../agent/machine/step.ts";
import type { Order } from "../../agent/verify/verified-release.ts";

/** Machines, orders and events for tests of the core. */

export const tree = (letter: string): string => `sha256:${letter.repeat(64)}`;
export const FACTS: SlotFacts = {
  pollSeconds: 300,
  window: null,
  urgent: false,
  retired: null,
  units: { boards: { dataVersion: 1, deadlineSeconds: 60, quietSeconds: 10 } },
  objects: [{ id: "apps/Deployment/boards/boards", unit: "boards" }],
  consents: [],
  probes: [],
};
export const PROBED: SlotFacts = {
  ...FACTS,
  probes: [{ unit: "boards", object: "/Service/boards/boards", probe: { tcp: { namespace: "boards", service: "boards", port: 80 } } }],
};
export const NOW: Moment = { wallMs: 1_795_100_000_000, monotonicMs: 1_000_000, fraction: 0.5 };
export const later = (ms: number): Moment => ({ ...NOW, wallMs: NOW.wallMs + ms, monotonicMs: NOW.monotonicMs + ms });

export const JOURNAL: Journal = {
  format: "skerry.journal/1",
  record: 7,
  state: "IDLE",
  current: { slot: "a", release: 1, seq: 1, tree: tree("1") },
  candidate: null,
  previous: null,
  starts: 0,
  boot: "00000000-0000-4000-8000-000000000000",
  failed: [],
  refused: null,
  owned: [],
  baseline: {},
  retryAt: null,
  paused: null,
  seen: { seq: 1, commit: "1".repeat(40), tree: tree("1") },
  trust: { version: 1, sha256: "0".repeat(64) },
  signedTime: 1_795_000_000,
  unsureSeconds: 0,
  counter: 3,
};

export const MEMORY: Memory = {
  boot: JOURNAL.boot,
  pollAtMs: 0,
  driftAtMs: 0,
  unsureAtMs: 0,
  pullAtMs: 0,
  retryAtMs: 0,
  pausedUntilMs: 0,
  pruneAtMs: null,
  noteAtMs: 9e15,
  note: null,
  noteFault: null,
  contactAt: null,
  failures: 0,
  isAsked: false,
  polls: 0,
  runsSinceMs: 0,
  askAtMs: 0,
  askSinceMs: null,
  falls: 0,
  isHurried: false,
  isStopping: false,
  isInPlace: false,
  healing: false,
  repaired: 0,
  pulled: false,
  pullFailures: 0,
  isFallbackAsked: false,
  hasGivenWay: false,
  watch: null,
  round: 0,
  blocked: [],
  tips: null,
  judged: null,
  current: FACTS,
  candidate: null,
  previous: null,
  currentIsVoid: false,
  contact: null,
  trust: null,
  refusal: null,
  going: null,
  care: null,
  repairsMs: [],
  back: null,
  reportAtMs: 0,
  reported: null,
};

export function machineOf(journal: Partial<Journal> = {}, memory: Partial<Memory> = {}): Machine {
  const whole = { ...JOURNAL, ...journal };
  const settings = { fleet: "airports", site: "eddm", version: "0.1.0", pollSeconds: undefined, settleSeconds: 0, hasImages: false };
  return { settings, phase: whole.state, journal: whole, memory: { ...MEMORY, ...memory } };
}

export const CURRENT = JOURNAL.current as JournalSlot;
export const NEXT: JournalSlot = { slot: "b", release: 2, seq: 2, tree: tree("2") };
export const SEEN = { seq: 2, commit: "2".padStart(40, "0"), tree: tree("2") };

/** On trial: the new tree is in place, its first look is due. */
export function onTrial(facts: SlotFacts = PROBED, journal: Partial<Journal> = {}, current: SlotFacts | null = PROBED): Machine {
  const start = machineOf({ state: "APPLY", candidate: NEXT, starts: 1, seen: SEEN, ...journal }, { candidate: facts, current });
  return run(start, [{ type: "applied" }]).machine;
}

export function orderOf(seq: number, letter: string, change: Partial<Order["commit"]> = {}): Order {
  const commit = { seq, release: seq, treeDigest: tree(letter), seconds: 1_795_000_000 + seq, urgent: false, ...change };
  return { id: String(seq).padStart(40, "0"), commit, plan: { units: FACTS.units }, signedTime: commit.seconds } as unknown as Order;
}

export const TIPS = { site: "2".padStart(40, "0"), trust: "f".repeat(40) };
export const WALKED: Event = {
  type: "trust-walked",
  version: 1,
  sha256: JOURNAL.trust.sha256,
  reset: null,
  broken: null,
  fallen: null,
  note: null,
};
export const STARTED: Event = {
  type: "started",
  boot: JOURNAL.boot,
  current: FACTS,
  candidate: null,
  previous: null,
  reported: null,
  now: false,
};
export const placed = (order: Order, slot: "a" | "b"): JournalSlot => ({
  slot,
  release: order.commit.release,
  seq: order.commit.seq,
  tree: order.commit.treeDigest,
});

export interface Run {
  machine: Machine;
  effects: readonly Effect[];
  /** Journals that reached the disk, in order. */
  saved: Journal[];
}

/** Feeds events one after the other, as the runner does. */
export function run(start: Machine, events: readonly Event[], moment = NOW): Run {
  const done: Run = { machine: start, effects: [], saved: [] };
  for (const event of events) {
    const { machine, effects } = step(done.machine, event, moment);
    if (machine.journal !== done.machine.journal) done.saved.push(machine.journal);
    done.machine = machine;
    done.effects = effects;
  }
  return done;
}

export function staged(order: Order, slot: "a" | "b", facts: Partial<SlotFacts> = {}): Event[] {
  return [
    { type: "poll-due" },
    { type: "fetched", tips: { ...TIPS, site: order.id } },
    WALKED,
    { type: "accepted", order },
    { type: "staged", slot: placed(order, slot), facts: { ...FACTS, ...facts }, order },
  ];
}
