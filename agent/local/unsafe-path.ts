/** Somebody besides root and the agent's user could change what the agent is about to rely on. */
export class UnsafePath extends Error {
  /** As faults of the world have one. */
  readonly code = "EUNSAFE";
}
