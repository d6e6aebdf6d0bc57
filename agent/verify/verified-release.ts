import type { PathAndBytes } from "../../git/index.ts";
import type { Plan, SignedSiteCommit } from "../../wire/index.ts";

/** The bytes that prove a release: its tag and its signature files, as on branch `trust`. */
export interface ReleaseProof {
  readonly tag: Buffer;
  /** File name on branch `trust` without folder, e.g. `7.SHA256….sig` -> armored signature. */
  readonly signatures: ReadonlyMap<string, Buffer>;
}

/** A site commit that passed every check, with everything that a slot needs to pass them again without the network. */
export interface VerifiedRelease {
  readonly id: string;
  readonly bytes: Buffer;
  readonly commit: SignedSiteCommit;
  readonly release: ReleaseProof;
  readonly files: readonly PathAndBytes[];
  readonly plan: Plan;
  /** The signed time, in seconds since 1970. A right clock is not before it. */
  readonly signedTime: number;
}

/** The content of an intact slot: the site tree, and everything that proves it without the network. */
export interface SlotContent {
  readonly bytes: Buffer;
  readonly commit: SignedSiteCommit;
  readonly release: ReleaseProof | undefined;
  readonly files: readonly PathAndBytes[];
}
