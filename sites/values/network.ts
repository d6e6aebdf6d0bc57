import { isDnsSubdomain, quoted } from "../../core/index.ts";
import { contains } from "./address.ts";
import type { RuleViolation, TextRule } from "../text/rule-violation.ts";
import type { NetworkFacts, NodeFacts } from "../facts.ts";
import type { FactPath } from "../fact-path.ts";

// Lower case only: DNS does not care, but names are compared as text here.
export const domainRule: TextRule = (text) =>
  isDnsSubdomain(text)
    ? undefined
    : { code: "bad-domain", message: `${quoted(text)} is no DNS name in lower case`, next: 'write it like "store17.example"' };

// Credentials are looked for first: the line that holds them must not be shown.
export const proxyRule: TextRule = (text) => {
  if (/^https?:\/\/[^/\s@]*:[^/\s]*@/.test(text)) {
    return {
      code: "bad-proxy",
      message: "proxy holds a user and password",
      next: "remove them; the inventory is no place for secrets",
      secret: true,
    };
  }
  return /^https?:\/\/[A-Za-z0-9.[\]:-]+(:[0-9]{1,5})?\/?$/.test(text)
    ? undefined
    : { code: "bad-proxy", message: `${quoted(text)} is no proxy`, next: 'write it like "http://proxy.example:3128"' };
};

/** Gateway, VIP and the machines' addresses must lie in the site's own network, and none is used twice. */
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
        message: `address ${address} is given twice at this site`,
        next: "give each its own address",
        path,
      });
    }
    seen.add(address);
    if (cidr && !contains(cidr, address)) {
      const next = "correct the address or network.cidr";
      found.push({ code: "address-outside-network", message: `address ${address} lies outside the site's network ${cidr}`, next, path });
    }
    return found;
  });
}
