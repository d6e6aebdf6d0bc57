import type { Chance } from "../schedule/chance.ts";
import type { Cut } from "./disk-image.ts";
import type { Lie } from "./fleet.ts";
import { NATURES } from "./behaviour.ts";
import type { Line } from "./repository.ts";

/** What may befall a box, as data: a script is a list of these, and prints as such. */
export type Act =
  | { readonly do: "promote"; readonly nature: string; readonly urgent: boolean; readonly isAsked: boolean }
  | { readonly do: "trust"; readonly version: number; readonly isResigned: boolean }
  | { readonly do: "lie"; readonly lie: Lie | "replay" | "stale" | "no-ref" | "broken-trust"; readonly forMs: number }
  | { readonly do: "line"; readonly state: Line["state"]; readonly delayMs: number; readonly forMs: number }
  | { readonly do: "cut"; readonly cut: Cut | "kill"; readonly inCalls: number }
  | { readonly do: "disk"; readonly fault: "full" | "read-only" | "sync-fails" | "io-fails"; readonly forMs: number }
  | { readonly do: "clock"; readonly byMs: number }
  | { readonly do: "drift"; readonly kind: Drift }
  | { readonly do: "rot"; readonly what: Rot }
  | { readonly do: "sick"; readonly forMs: number }
  | { readonly do: "blind"; readonly forMs: number }
  | { readonly do: "held"; readonly forMs: number }
  | { readonly do: "evict" }
  | { readonly do: "say"; readonly word: Word }
  | { readonly do: "ask" };

export type Drift = "edit" | "remove-file" | "extra-file" | "remove-link" | "bend-link";
export type Rot = "slot-a" | "slot-b" | "journal.0" | "journal.1" | "report" | "target" | "trust";

/** What a person at the box asks for. */
export type Word = "pause" | "resume" | "retry" | "fallback";

export interface TimedAct {
  readonly atMs: number;
  readonly act: Act;
}

type Kind = Act["do"];

/** How often each kind is drawn when it is switched on. */
const WEIGHTS: Readonly<Record<Kind, number>> = {
  promote: 5,
  trust: 2,
  lie: 3,
  line: 2,
  cut: 8,
  disk: 2,
  clock: 1,
  drift: 1,
  rot: 1,
  sick: 1,
  blind: 1,
  held: 1,
  evict: 1,
  say: 1,
  ask: 1,
};

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Knobs are drawn first: a schedule of few kinds of faults goes deeper than one of all. */
export function drawScript(chance: Chance): readonly TimedAct[] {
  const kinds = (Object.keys(WEIGHTS) as Kind[]).filter(
    (kind) => kind === "promote" || chance.is(kind === "cut" ? 0.8 : kind === "lie" ? 0.4 : 0.3),
  );
  const bag = kinds.flatMap((kind) => Array.from({ length: WEIGHTS[kind] }, () => kind));
  const gapMs = chance.oneOf([1_000, 5_000, 20_000, 90_000]);
  const script: TimedAct[] = [];
  let atMs = chance.below(20_000);
  for (let left = chance.between(1, 5); left > 0; left--) {
    script.push({ atMs: Math.round(atMs), act: drawAct(script.length === 0 && chance.is(0.8) ? "promote" : chance.oneOf(bag), chance) });
    atMs += -Math.log(1 - chance.fraction()) * gapMs;
  }
  return script;
}

function drawAct(kind: Kind, chance: Chance): Act {
  const forMs = Math.round(chance.oneOf([20_000, 2 * MINUTE_MS, 10 * MINUTE_MS]) * (0.5 + chance.fraction()));
  switch (kind) {
    case "promote":
      return { do: kind, nature: drawNature(chance), urgent: chance.is(0.1), isAsked: chance.is(0.7) };
    case "trust":
      return { do: kind, version: chance.between(2, 4), isResigned: chance.is(0.6) };
    case "lie":
      return { do: kind, lie: chance.oneOf(LIES), forMs };
    case "line":
      return { do: kind, state: chance.oneOf(LINES), delayMs: chance.oneOf([200, 5_000, 90_000]), forMs };
    case "cut":
      return {
        do: kind,
        cut: chance.oneOf(["lost", "lost", "kept", "torn", "torn", "kill"]),
        inCalls: chance.below(chance.oneOf([5, 40, 120])),
      };
    case "disk":
      return { do: kind, fault: chance.oneOf(["full", "read-only", "sync-fails", "io-fails"]), forMs };
    case "clock":
      return { do: kind, byMs: chance.oneOf([-20 * 365, -2, -1 / 24, 1 / 24, 2, 20 * 365]) * DAY_MS };
    case "drift":
      return { do: kind, kind: chance.oneOf(DRIFTS) };
    case "rot":
      return { do: kind, what: chance.oneOf(ROTS) };
    case "sick":
    case "blind":
    case "held":
      return { do: kind, forMs };
    case "say":
      return { do: kind, word: chance.oneOf(["pause", "resume", "retry", "fallback"]) };
    case "evict":
    case "ask":
      return { do: kind };
  }
}

/** Every release of the fleet may come, the plain ones more often; a retirement ends the story, so it comes seldom. */
function drawNature(chance: Chance): string {
  if (chance.is(0.5)) return chance.oneOf(["good-a", "good-b", "good-c", "good-d", "bad-a", "bad-b"]);
  const { name, retired } = chance.oneOf(NATURES);
  return retired !== null && chance.is(0.7) ? "good-a" : name;
}

const LIES = [
  "wrong-site",
  "wrong-fleet",
  "wrong-tree",
  "bad-proof",
  "no-tag",
  "garbled",
  "conflict",
  "replay",
  "stale",
  "no-ref",
  "jump",
  "stranger",
  "broken-trust",
] as const;
const LINES = ["up", "offline", "cut", "portal", "hole", "stuck"] as const;
const DRIFTS = ["edit", "remove-file", "extra-file", "remove-link", "bend-link"] as const;
const ROTS = ["slot-a", "slot-b", "journal.0", "journal.1", "report", "target", "trust"] as const;
