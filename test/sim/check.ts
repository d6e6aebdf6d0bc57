import type { LogLine } from "../../agent/log-line.ts";
import type { Machine } from "../../agent/machine/state.ts";
import type { DiskCall } from "./sim-disk.ts";
import type { Watch } from "./watch.ts";

/** One invariant. Each hook answers undefined, or says in words what was broken. */
export interface Check {
  /** As it is called where the invariants are listed: I1 to I18, L1 to L5. */
  readonly name: string;
  /** Before a disk call of the agent takes effect. */
  disk?(watch: Watch, call: DiskCall): string | undefined;
  /** After it did. */
  diskAfter?(watch: Watch, call: DiskCall): string | undefined;
  /** The agent put another tree in place, or took it away. */
  flip?(watch: Watch): string | undefined;
  /** The core made a step, and its journal is durable; `before` is undefined for the first of a life. */
  step?(watch: Watch, before: Machine | undefined, after: Machine): string | undefined;
  fetch?(watch: Watch): string | undefined;
  log?(watch: Watch, line: LogLine): string | undefined;
  /** A process of the agent is about to start; the disk is as it finds it. */
  start?(watch: Watch): string | undefined;
  /** Faults are over and nothing happens any more. */
  rest?(watch: Watch): string | undefined;
}
