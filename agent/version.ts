/** What `agent.min` of a plan is compared with, and what reports say. A test holds it equal to the package's version. */
export const AGENT_VERSION = "0.1.0";
