import type { Reason } from "../../core/index.ts";

export interface ImagesFault {
  readonly done: false;
  readonly reason: Reason;
  readonly detail: string;
  /** The registry answered that it has no such image: a verdict on the release. No other fault is one. */
  readonly isNotFound: boolean;
}

/**
 * The box's image store (A12, R10). References are as in the manifests, with their digest. Calls are idempotent. Faults of the box and the
 * network are answers; an exception is a bug.
 */
export interface Images {
  /** Those of `images` that are not in the store, or not complete. */
  missing(images: readonly string[]): Promise<{ readonly done: true; readonly missing: readonly string[] } | ImagesFault>;
  /** Fetches one image. Ends early when `signal` is aborted. */
  pull(image: string, signal: AbortSignal): Promise<{ readonly done: true } | ImagesFault>;
  /** Protects exactly these from the kubelet's garbage collection; earlier pins of the agent on other images are removed. */
  pin(images: readonly string[]): Promise<{ readonly done: true } | ImagesFault>;
}
