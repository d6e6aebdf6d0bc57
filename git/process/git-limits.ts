import { limits } from "../../core/index.ts";

/** Resource limits for the git calls of one poll. */
export interface GitLimits {
  /** Largest file that git may write: the pack. Enforced by the kernel. */
  readonly fileBytes: number;
  /** Address space of each process, enforced by the kernel: limits a process between two checks of the group. */
  readonly addressBytes: number;
  /** Memory of all processes together. */
  readonly memoryBytes: number;
  /** What git and ssh may write beside the answer, such as a server's progress lines: reading them costs the agent CPU time of its own. */
  readonly messageBytes: number;
  /** CPU time of all processes of all calls together: a few bytes of deltas can expand to hours of copying. */
  readonly cpuSeconds: number;
  /** The whole poll. */
  readonly wallMs: number;
  /** While a pack is fetched, `stallBytes` of it must arrive in each `stallMs`. Progress lines and keep-alive packets do not count. */
  readonly stallBytes: number;
  readonly stallMs: number;
}

export const POLL_LIMITS: GitLimits = {
  fileBytes: limits.packBytes,
  addressBytes: 512 * 1024 * 1024,
  memoryBytes: 300_000_000,
  messageBytes: 16_000_000,
  cpuSeconds: 60,
  wallMs: 600_000,
  stallBytes: 60_000,
  stallMs: 60_000,
};
