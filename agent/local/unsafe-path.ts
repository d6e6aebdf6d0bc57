/** A user other than root and the agent's user can change what the agent is about to rely on. */
export class UnsafePath extends Error {
  /** Like the code of an operating system error. */
  readonly code = "EUNSAFE";
}
