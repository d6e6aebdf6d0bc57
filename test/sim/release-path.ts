import { HAS_TRIAL } from "./safety-checks.ts";
import type { Stage } from "./stage.ts";

/** A way that a release can go, whose every disk call is a point at which the power can go. */
export interface ReleasePath {
  readonly name: string;
  /** Promoted, and come to rest, before it begins. */
  readonly before: readonly string[];
  readonly begin: (stage: Stage) => void;
  /** What the target may show at rest, whatever was cut; undefined: nothing was ever there. */
  readonly ends: readonly (string | undefined)[];
}

const always: readonly ReleasePath[] = [
  { name: "first release", before: [], begin: (stage) => stage.promote("good-a"), ends: [undefined, "good-a"] },
  { name: "update", before: ["good-a"], begin: (stage) => stage.promote("good-b"), ends: ["good-a", "good-b"] },
  { name: "second update", before: ["good-a", "good-b"], begin: (stage) => stage.promote("good-c"), ends: ["good-b", "good-c"] },
  { name: "restamp", before: ["good-a"], begin: (stage) => stage.promote("good-a"), ends: ["good-a"] },
  { name: "trust rotation with a release", before: ["good-a"], begin: (stage) => stage.raiseTrust(3), ends: ["good-a", "good-b"] },
];

const withTrial: readonly ReleasePath[] = [
  { name: "bad update, fallback", before: ["good-a"], begin: (stage) => stage.promote("bad-a"), ends: ["good-a"] },
  { name: "bad first release", before: [], begin: (stage) => stage.promote("bad-a"), ends: [undefined, "bad-a"] },
];

export const RELEASE_PATHS: readonly ReleasePath[] = HAS_TRIAL ? [...always, ...withTrial] : always;
