import { type ProcessPort, systemProcess } from "../../core/index.ts";

/**
 * `sealed`: no configuration of the machine or the user, for everything that creates or verifies bytes.
 * `users`: the user's configuration applies (credentials, proxies, ignore files), for remotes and the source folder.
 */
export type GitSetting = "sealed" | "users";

const ALWAYS = ["PATH", "HOME", "TMPDIR"];

const USERS = [
  ...["USER", "LOGNAME", "XDG_CONFIG_HOME", "DISPLAY", "KRB5CCNAME", "SSL_CERT_FILE", "SSL_CERT_DIR"],
  ...["SSH_AUTH_SOCK", "SSH_AGENT_PID", "SSH_ASKPASS", "GIT_SSH", "GIT_SSH_COMMAND", "GIT_ASKPASS"],
  ...["GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_SSL_CAINFO"],
  // With it git allows root to use a repository of the user who called sudo.
  "SUDO_UID",
  ...["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"],
];

/** CI systems pass tokens as numbered pairs; a higher count is ignored. */
const CONFIG_PAIRS_MAX = 64;

/**
 * The complete environment of a git child process. An allow-list: `GIT_DIR`, `GIT_OBJECT_DIRECTORY`, `GIT_INDEX_FILE` and the like, set by a
 * hook that started this process, would silently redirect writes.
 */
export function gitEnvironment(setting: GitSetting, port: Pick<ProcessPort, "env"> = systemProcess): Record<string, string> {
  const names = setting === "users" ? [...ALWAYS, ...USERS, ...configPairs(port)] : ALWAYS;
  const environment: Record<string, string> = {};
  for (const name of names) {
    const value = port.env(name);
    if (value !== undefined) environment[name] = value;
  }
  // Replace refs would show other bytes than other people fetch. Nobody can answer a prompt.
  Object.assign(environment, { LC_ALL: "C", GIT_TERMINAL_PROMPT: "0", GIT_NO_REPLACE_OBJECTS: "1" });
  // A repository that a future git creates must be readable for today's agents and hosts, and its refs must be files.
  Object.assign(environment, { GIT_DEFAULT_HASH: "sha1", GIT_DEFAULT_REF_FORMAT: "files" });
  if (setting === "sealed")
    Object.assign(environment, { GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null", GIT_ATTR_NOSYSTEM: "1" });
  return environment;
}

function configPairs(port: Pick<ProcessPort, "env">): string[] {
  const count = Number(port.env("GIT_CONFIG_COUNT") ?? 0);
  if (!Number.isInteger(count) || count < 1 || count > CONFIG_PAIRS_MAX) return [];
  const numbers = Array.from({ length: count }, (_, index) => index);
  return ["GIT_CONFIG_COUNT", ...numbers.flatMap((index) => [`GIT_CONFIG_KEY_${index}`, `GIT_CONFIG_VALUE_${index}`])];
}
