import { limits } from "../../core/index.ts";

/** What the git calls of one poll may use. */
export interface GitLimits {
  /** Largest file that git may write: the pack. Held by the kernel. */
  readonly fileBytes: number;
  /** Address space of each process, held by the kernel: what one process may take between two looks at the group. */
  readonly addressBytes: number;
  /** Memory of all processes together. */
  readonly memoryBytes: number;
  /** Work of all processes of all calls together: a few bytes of deltas expand to hours of copying. */
  readonly cpuSeconds: number;
  /** The whole poll. */
  readonly wallMs: number;
  /** While a pack is fetched, so many bytes of it must come in so much time. Progress lines and keep-alive packets are not the pack. */
  readonly stallBytes: number;
  readonly stallMs: number;
}

export const POLL_LIMITS: GitLimits = {
  fileBytes: limits.packBytes,
  addressBytes: 512 * 1024 * 1024,
  memoryBytes: 300_000_000,
  cpuSeconds: 60,
  wallMs: 600_000,
  stallBytes: 60_000,
  stallMs: 60_000,
};
