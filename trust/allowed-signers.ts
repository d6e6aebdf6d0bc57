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
 * The current keys as `gpg.ssh.allowedSignersFile` wants them, so that plain git and ssh-keygen check what agents check. One line a key: with several,
 * git would look at the first only. It is weaker than trust: to git, release and promote keys are alike.
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
