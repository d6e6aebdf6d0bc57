import type { Fleet } from "../../constructs/index.ts";
import { amount, type SiteTree } from "../../core/index.ts";
import type { SynthResult } from "../../synth/index.ts";
import { unknownSite } from "./known-site.ts";
import type { CommandResult } from "../output/command-result.ts";
import { placeText } from "../output/problem-text.ts";
import { siteFiles } from "../output/site-folders.ts";
import { table } from "../output/table.ts";
import { visibleText } from "../output/visible-text.ts";

/** Each fact of a site with the place where it was written. Needs no synth, so it also works while the code has problems. */
export function factsOutcome({ inventory }: Fleet, id: string): CommandResult {
  const facts = inventory.provenance(id) ?? unknownSite(id, inventory.sites);
  const rows = facts.map(({ name, value, from, at }) => [name, JSON.stringify(value), from, placeText({ ...at, path: "" })]);
  return { problems: inventory.problems, data: { site: id, facts }, text: table(["fact", "value", "from", "at"], rows) };
}

/** What a site is and what it gets: its units with how common they are, and every file of its tree. */
export function siteOutcome({ inventory, trees, detail, problems }: SynthResult, id: string): CommandResult {
  const site = detail.sites.find(({ facts }) => facts.id === id);
  const tree = trees.find((each) => each.site === id);
  const line = inventory.find((each) => each.id === id);
  if (site === undefined || tree === undefined || line === undefined) return unknownSite(id, inventory);
  const units = detail.renders.flatMap((each) => {
    const rendered = each.at(site.index);
    if (rendered === undefined) return [];
    return [{ unit: each.unit.name, kind: each.unit.kind, objects: rendered.files.length, sites: each.sites.length }];
  });
  const objects = objectsOf(tree);
  const head = `${id}: ${line.name}, ${line.level.join("/")}, profile ${line.profile}, ${amount(site.facts.nodes.length, "node")}\n`;
  const rows = units.map(({ unit, kind, objects: count, sites }) => [unit, kind, String(count), String(sites)]);
  const text = `${visibleText(head.trimEnd())}\n\n${table(["unit", "kind", "objects", "sites with it"], rows)}\n${objects.map((path) => `${visibleText(path)}\n`).join("")}`;
  return { problems, data: { site: site.facts, profile: line.profile, units, files: objects }, text };
}

function objectsOf(tree: SiteTree): string[] {
  return [...siteFiles(tree)].map(({ path }) => path);
}
