import type { Clock, Disk, ProcessPort, Random } from "../core/index.ts";
import type { PathAndBytes } from "../git/index.ts";
import type { SigningKey } from "../trust/index.ts";
import type { AgentConfig } from "../wire/index.ts";
import type { Images } from "./images/images.ts";
import type { LogLine } from "./log-line.ts";
import type { Probes } from "./probes/probes.ts";
import type { Repository } from "./source/git-source.ts";
import type { LastPollNote } from "./store/last-poll.ts";
import type { Slots } from "./store/slots.ts";
import type { TrustStore } from "./store/trust-store.ts";
import type { Target } from "./targets/target.ts";

/** The ports of a process, and where its lines go. */
export interface AgentPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly disk: Disk;
  readonly process: ProcessPort;
  readonly log: (line: LogLine) => void;
}

/** The ports through which effects are performed, and the stores on them. The core sees none of this. */
export interface AgentContext {
  readonly config: AgentConfig;
  readonly clock: Clock;
  readonly random: Random;
  readonly disk: Disk;
  readonly repository: Repository;
  readonly target: Target;
  /** undefined when agent.json names no image store. */
  readonly images: Images | undefined;
  /** Tree digest -> its images. */
  readonly treeImages: Map<string, readonly string[]>;
  readonly probes: Probes;
  readonly slots: Slots;
  readonly lastPoll: LastPollNote;
  readonly trust: TrustStore;
  readonly key: SigningKey;
  /** On memory; for what only the living agent knows. */
  readonly cacheFolder: string;
  readonly boot: string;
  /** The candidate as it was found a moment ago, byte for byte; APPLY takes it and need not read the slot a second time. */
  rechecked: { readonly tree: string; readonly files: readonly PathAndBytes[] } | undefined;
  readonly log: (line: LogLine) => void;
}
