import { amount } from "../../core/index.ts";
import { type Inventory, jsonSchema, type LevelNode, levelTree, type SiteFacts } from "../../sites/index.ts";
import type { CommandResult } from "../output/command-result.ts";
import { placeText } from "../output/problem-text.ts";
import { selectFrom } from "./select-sites.ts";
import { table } from "../output/table.ts";

// Each outcome carries the inventory's problems: a list that leaves faulty sites out must say so.
type Sites = Inventory<unknown>;

export function sitesOutcome({ sites, problems }: Sites, selector: string | undefined): CommandResult {
  const selected = selectFrom(sites, selector);
  const rows = selected.map(({ id, name, level, nodes, labels }) => [id, name, level.join("/"), String(nodes.length), labelText(labels)]);
  return {
    problems,
    data: { sites: selected },
    text: `${table(["site", "name", "level", "nodes", "labels"], rows)}${countText(selected, sites)}`,
  };
}

export function levelsOutcome({ sites, problems }: Sites, selector: string | undefined): CommandResult {
  const tree = levelTree(selectFrom(sites, selector));
  return { problems, data: { levels: tree }, text: table(["level", "sites"], levelRows(tree)) };
}

export function skippedOutcome({ skipped, problems }: Sites): CommandResult {
  const rows = skipped.map(({ at, reason }) => [placeText(at), reason]);
  return { problems, data: { skipped }, text: rows.length === 0 ? "No row was skipped.\n" : table(["at", "reason"], rows) };
}

/** The schema itself, so that its output can be a file. */
export function schemaOutcome({ labels }: Sites, of: "site" | "defaults"): CommandResult {
  const schema = jsonSchema(labels)[of];
  return { data: { schema }, text: `${JSON.stringify(schema, undefined, 2)}\n` };
}

function labelText(labels: unknown): string {
  const entries = Object.entries(labels as Readonly<Record<string, unknown>>);
  return entries.map(([label, value]) => `${label}=${typeof value === "string" ? value : JSON.stringify(value)}`).join(",");
}

function countText(selected: readonly SiteFacts<unknown>[], sites: readonly SiteFacts<unknown>[]): string {
  return `${selected.length === sites.length ? "" : `${selected.length} of `}${amount(sites.length, "site")}\n`;
}

function levelRows({ path, sites, below }: LevelNode): string[][] {
  const name = path.at(-1) ?? "all";
  return [[`${"  ".repeat(path.length)}${name}`, String(sites)], ...below.flatMap(levelRows)];
}
