import type { RuleViolation } from "../text/rule-violation.ts";
import type { FactPath } from "../fact-path.ts";
import type { NodeRole } from "../facts.ts";

/** Rules between the nodes of a list. Each node by itself is valid. */
export function nodesFaults(
  nodes: readonly { readonly id: string; readonly role: NodeRole }[],
): (RuleViolation & { readonly path: FactPath })[] {
  const found: (RuleViolation & { readonly path: FactPath })[] = [];
  const seen = new Map<string, number>();
  for (const [at, { id }] of nodes.entries()) {
    const first = seen.get(id);
    if (first === undefined) seen.set(id, at);
    else {
      const message = `node id "${id}" is used twice at this site (nodes[${first}] and nodes[${at}])`;
      found.push({ code: "duplicate-node-id", message, next: "give each node its own id", path: [at, "id"] });
    }
  }
  // The control plane needs at least one server.
  if (nodes.length > 0 && !nodes.some((node) => node.role === "server")) {
    found.push({
      code: "no-server",
      message: "no node of this site has the role server",
      next: "give one or three nodes the role server",
      path: [],
    });
  }
  return found;
}
