import type { PathAndBytes } from "../../git/index.ts";
import type { Plan, SignedSiteCommit } from "../../wire/index.ts";

/** The bytes that prove a release: its tag, and signatures that lie beside it, as they came from branch `trust`. */
export interface ReleaseProof {
  readonly tag: Buffer;
  /** File name on branch `trust` without folder, e.g. `7.SHA256….sig` -> armored signature. */
  readonly signatures: ReadonlyMap<string, Buffer>;
}

/** A site commit that passed every check, with all that a slot must hold to pass them again without the network. */
export interface VerifiedRelease {
  readonly id: string;
  readonly bytes: Buffer;
  readonly commit: SignedSiteCommit;
  readonly release: ReleaseProof;
  readonly files: readonly PathAndBytes[];
  readonly plan: Plan;
  /** What this order proves of the time, in seconds since 1970: no clock that is right shows less. */
  readonly signedTime: number;
}

/** What a whole slot holds: the site tree, and all that proves it without the network. */
export interface SlotContent {
  readonly bytes: Buffer;
  readonly commit: SignedSiteCommit;
  readonly release: ReleaseProof | undefined;
  readonly files: readonly PathAndBytes[];
}
