import type { Stage } from "../world/stage.ts";

/** A way that a release can go, whose every disk call is a point at which the power can go. */
export interface ReleasePath {
  readonly name: string;
  /** Promoted, and come to rest, before it begins. */
  readonly before: readonly string[];
  readonly begin: (stage: Stage) => void;
  /** Beginning with the first call of the first start, at which the box makes its key. */
  readonly isFromStart?: true;
  /** The first poll that could bring it finds the disk full. */
  readonly isDiskFull?: true;
  /** What the target may show at rest, whatever was cut; undefined: nothing was ever there. */
  readonly ends: readonly (string | undefined)[];
}

export const RELEASE_PATHS: readonly ReleasePath[] = [
  { name: "first start", before: [], begin: () => undefined, isFromStart: true, ends: [undefined] },
  { name: "first release", before: [], begin: (stage) => stage.promote("good-a"), ends: [undefined, "good-a"] },
  { name: "bad first release", before: [], begin: (stage) => stage.promote("bad-a"), ends: [undefined, "bad-a"] },
  { name: "update", before: ["good-a"], begin: (stage) => stage.promote("good-b"), ends: ["good-a", "good-b"] },
  { name: "second update", before: ["good-a", "good-b"], begin: (stage) => stage.promote("good-c"), ends: ["good-b", "good-c"] },
  { name: "update to nothing probed", before: ["good-a"], begin: (stage) => stage.promote("unprobed"), ends: ["good-a", "unprobed"] },
  { name: "bad update, fallback", before: ["good-a"], begin: (stage) => stage.promote("bad-a"), ends: ["good-a"] },
  { name: "update that never becomes ready", before: ["good-a"], begin: (stage) => stage.promote("stuck"), ends: ["good-a"] },
  {
    name: "bad update over changed data",
    before: ["one-way"],
    begin: (stage) => stage.promote("one-way-bad"),
    ends: ["one-way", "one-way-bad"],
  },
  { name: "fallback that fails", before: ["good-a"], begin: badAndSick, ends: ["good-a"] },
  { name: "restamp", before: ["good-a"], begin: (stage) => stage.promote("good-a"), ends: ["good-a"] },
  { name: "restamp by another release", before: ["good-a"], begin: (stage) => stage.promote("good-a-again"), ends: ["good-a"] },
  { name: "trust rotation with a release", before: ["good-a"], begin: (stage) => stage.raiseTrust(3), ends: ["good-a"] },
  {
    name: "trust rotation that meets a full disk",
    before: ["good-a"],
    begin: (stage) => stage.raiseTrust(3),
    isDiskFull: true,
    ends: ["good-a"],
  },
  { name: "retired, all kept", before: ["good-a"], begin: (stage) => stage.promote("retired-keep"), ends: ["good-a"] },
  { name: "retired, all erased", before: ["good-a"], begin: (stage) => stage.promote("retired-erase"), ends: ["good-a", undefined] },
];

/** The neighbour that the old release needs falls sick while the new one is on trial. */
function badAndSick(stage: Stage): void {
  stage.promote("bad-a");
  stage.play({ do: "sick", forMs: 900_000 });
}
