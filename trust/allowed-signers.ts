import { type Trust, TRUST_ROLES, type TrustRole } from "../core/index.ts";
import { keysOf } from "./roles.ts";
import { FRESHNESS_NAMESPACE, GIT_NAMESPACE, TRUST_NAMESPACE } from "./sshsig.ts";

const NAMESPACES: Readonly<Record<TrustRole, string>> = {
  root: TRUST_NAMESPACE,
  release: GIT_NAMESPACE,
  promote: GIT_NAMESPACE,
  freshness: FRESHNESS_NAMESPACE,
};

/**
 * The current keys in the format of `gpg.ssh.allowedSignersFile`, so that plain git and ssh-keygen can verify signatures. One line for each key,
 * because git uses only the first line of a key. Weaker than trust: git does not distinguish release keys from promote keys.
 */
export function allowedSigners(trust: Trust): string {
  const rolesByLine = new Map<string, TrustRole[]>();
  for (const role of TRUST_ROLES) {
    for (const { line } of keysOf(trust, role)) rolesByLine.set(line, [...(rolesByLine.get(line) ?? []), role]);
  }
  const lines = [...rolesByLine].map(([line, roles]) => {
    const namespaces = [...new Set(roles.map((role) => NAMESPACES[role]))].join(",");
    return `${roles.join("+")}@${trust.fleet} namespaces="${namespaces}" ${line}\n`;
  });
  return lines.sort().join("");
}
