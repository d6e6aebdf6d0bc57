/** The states of an agent; `agent/` defines their transitions. *Paused* is a flag, not a state. */
export const AGENT_STATES = [
  "PROVISIONING",
  "IDLE",
  "FETCH",
  "VERIFY",
  "STAGE",
  "PREPULL",
  "DRYRUN",
  "APPLY",
  "TRIAL",
  "COMMIT",
  "PRUNE",
  "FALLBACK",
  "CHECK",
  "DEGRADED",
  "RETIRED",
] as const;
export type AgentState = (typeof AGENT_STATES)[number];

/** `unknown` is never healthy; `unprobed` neither passes nor fails a trial. */
export const HEALTH_WORDS = ["healthy", "progressing", "unhealthy", "unknown", "unprobed"] as const;
export type HealthWord = (typeof HEALTH_WORDS)[number];
