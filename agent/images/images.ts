import type { Reason } from "../../core/index.ts";

export interface ImagesFault {
  readonly done: false;
  readonly reason: Reason;
  readonly detail: string;
  /** The registry said that there is no such image: a verdict on the release. Everything else is the world's fault. */
  readonly isNotFound: boolean;
}

/**
 * The box's image store (A12, R10). References are as the manifests have them, with their digest. Calls are idempotent, and a fault
 * of the world is an answer. None throws but for a bug.
 */
export interface Images {
  /** Those of `images` that are not here, or not whole. */
  missing(images: readonly string[]): Promise<{ readonly done: true; readonly missing: readonly string[] } | ImagesFault>;
  /** Fetches one image. Ends early when `signal` is aborted. */
  pull(image: string, signal: AbortSignal): Promise<{ readonly done: true } | ImagesFault>;
  /** Protects exactly these from the box's own clean-up; pins that the agent set earlier on others are lifted. */
  pin(images: readonly string[]): Promise<{ readonly done: true } | ImagesFault>;
}
