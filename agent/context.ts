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

/** The ports of a process, and its log. */
export interface AgentPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly disk: Disk;
  readonly process: ProcessPort;
  readonly log: (line: LogLine) => void;
}

/** The ports through which effects are performed, and the stores on them. The state machine does not see them. */
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
  /** On tmpfs; for data that only a running agent needs. */
  readonly cacheFolder: string;
  readonly boot: string;
  /** The candidate's files as the last check read them, so that APPLY need not read the slot again. */
  rechecked: { readonly tree: string; readonly files: readonly PathAndBytes[] } | undefined;
  readonly log: (line: LogLine) => void;
}
