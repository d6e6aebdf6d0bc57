import { isDnsSubdomain, quoted } from "../../core/index.ts";
import { contains } from "./address.ts";
import type { RuleViolation, TextRule } from "../text/rule-violation.ts";
import type { NetworkFacts, NodeFacts } from "../facts.ts";
import type { FactPath } from "../fact-path.ts";

// Lower case only: DNS ignores case, but names are compared as text here.
export const domainRule: TextRule = (text) =>
  isDnsSubdomain(text)
    ? undefined
    : { code: "bad-domain", message: `${quoted(text)} is not a DNS name in lower case`, next: 'write it like "store17.example"' };

// Checked for credentials first, because a line that holds them must not be shown.
export const proxyRule: TextRule = (text) => {
  if (/^https?:\/\/[^/\s@]*:[^/\s]*@/.test(text)) {
    return {
      code: "bad-proxy",
      message: "proxy holds a user and password",
      next: "remove them; the inventory must not hold secrets",
      secret: true,
    };
  }
  return /^https?:\/\/[A-Za-z0-9.[\]:-]+(:[0-9]{1,5})?\/?$/.test(text)
    ? undefined
    : { code: "bad-proxy", message: `${quoted(text)} is not a proxy address`, next: 'write it like "http://proxy.example:3128"' };
};

/** Gateway, VIP and the machines' addresses must be in the site's network, and each may be used once. */
export function networkFaults(
  network: NetworkFacts | undefined,
  nodes: readonly NodeFacts[],
): (RuleViolation & { readonly path: FactPath })[] {
  const inside: [FactPath, string][] = [];
  if (network?.gateway) inside.push([["network", "gateway"], network.gateway]);
  if (network?.vip) inside.push([["network", "vip"], network.vip]);
  for (const [at, node] of nodes.entries()) {
    for (const [port, { ip }] of node.nics.entries()) if (ip) inside.push([["nodes", at, "nics", port, "ip"], ip]);
  }
  const seen = new Set<string>();
  const cidr = network?.cidr;
  return inside.flatMap(([path, address]) => {
    const found: (RuleViolation & { readonly path: FactPath })[] = [];
    if (seen.has(address)) {
      found.push({
        code: "duplicate-address",
        message: `address ${address} is used twice at this site`,
        next: "give each its own address",
        path,
      });
    }
    seen.add(address);
    if (cidr && !contains(cidr, address)) {
      const next = "correct the address or network.cidr";
      found.push({ code: "address-outside-network", message: `address ${address} is outside the site's network ${cidr}`, next, path });
    }
    return found;
  });
}
