import type { Plan } from "../../../wire/index.ts";

/** How the workload of a tree behaves once it is in place. */
export type Behaviour = "good" | "bad" | "stuck" | "flapping" | "slow" | "late" | "deadly";

/** A release of the prepared fleet: what it is, and how it turns out. */
export interface Nature {
  readonly name: string;
  readonly behaviour: Behaviour;
  readonly dataVersion: number;
  readonly window: Plan["agent"]["window"];
  readonly isProbed: boolean;
  readonly retired: "keep" | "erase" | null;
  /** Images that its workload needs, by digest. */
  readonly images: readonly string[];
  /** Whose tree it brings once more, under a release number and a tag of its own; else its own. */
  readonly again: string | null;
}

export const DEADLINE_SECONDS = 14;
export const QUIET_SECONDS = 8;
/** A `slow` tree is healthy after this, a `late` one only when its deadline is over. */
export const SLOW_SECONDS = 7;
export const LATE_SECONDS = 40;
/** A `flapping` tree changes its mind this often: never healthy for a whole quiet time. */
export const FLAP_SECONDS = 3;
/** What an ordinary workload needs to start. */
export const START_SECONDS = 3;

const OFTEN = { cron: "*/10 * * * *", minutes: 4, timeZone: "Europe/Berlin" };

const plain: Omit<Nature, "name"> = {
  behaviour: "good",
  dataVersion: 1,
  window: null,
  isProbed: true,
  retired: null,
  images: [],
  again: null,
};

/** Release n is the n-th of them. */
export const NATURES: readonly Nature[] = [
  { ...plain, name: "good-a" },
  { ...plain, name: "good-b" },
  { ...plain, name: "good-c" },
  { ...plain, name: "good-d" },
  { ...plain, name: "bad-a", behaviour: "bad" },
  { ...plain, name: "bad-b", behaviour: "bad" },
  { ...plain, name: "flapping", behaviour: "flapping" },
  { ...plain, name: "slow", behaviour: "slow" },
  { ...plain, name: "late", behaviour: "late" },
  { ...plain, name: "deadly", behaviour: "deadly" },
  { ...plain, name: "one-way", dataVersion: 2 },
  { ...plain, name: "one-way-bad", behaviour: "bad", dataVersion: 3 },
  { ...plain, name: "windowed", window: OFTEN },
  { ...plain, name: "windowed-bad", behaviour: "bad", window: OFTEN },
  { ...plain, name: "unprobed", isProbed: false },
  { ...plain, name: "retired-keep", retired: "keep" },
  { ...plain, name: "retired-erase", retired: "erase" },
  { ...plain, name: "good-a-again", again: "good-a" },
  // On its way for ever, and never unhealthy: a rollout that does not move.
  { ...plain, name: "stuck", behaviour: "stuck" },
];

export type NatureName = string;

/** Whether the site can be expected to run it in the end. */
export function isSound({ behaviour }: Nature): boolean {
  return behaviour === "good" || behaviour === "slow";
}

export function natureOf(name: NatureName): Nature {
  const found = NATURES.find((nature) => nature.name === name);
  if (found === undefined) throw new Error(`the prepared fleet has no release "${name}"`);
  return found;
}
