import type { FleetSite } from "./fleet-site.ts";
import type { LateTable } from "./late-table.ts";

/**
 * Of sites that share a render with late facts, those whose values differ most: for each set of characters in use (and kind of first and
 * last character) the site with the longest text. The longest of all comes first, the shortest last.
 */
export function lateSample(facts: readonly number[], sites: readonly FleetSite[], late: LateTable): FleetSite[] {
  const bySignature = new Map<string, { readonly site: FleetSite; readonly length: number }>();
  let shortest: { readonly site: FleetSite; readonly length: number } | undefined;
  for (const site of sites) {
    const texts = facts.map((fact) => late.textOf(fact, site.facts));
    const length = texts.reduce((total, text) => total + text.length, 0);
    const signature = texts.map(signatureOf).join("|");
    const known = bySignature.get(signature);
    if (known === undefined || length > known.length) bySignature.set(signature, { site, length });
    if (shortest === undefined || length < shortest.length) shortest = { site, length };
  }
  const sample = [...bySignature.values()].sort((a, b) => b.length - a.length).map(({ site }) => site);
  const last = shortest?.site;
  if (last !== undefined && !sample.includes(last)) sample.push(last);
  // Sites of one length and alphabet still make two direct renders.
  if (sample.length === 1 && sites.length > 1) sample.push(sites.find((site) => site !== sample[0]) as FleetSite);
  return sample;
}

const CLASSES = /[a-z0-9]+|[A-Z]+|-+|\.+|_+|\s+|[!-~]|[^]/gu;

/** Which kinds of characters a text has, and which stand at its ends and twice in a row. */
function signatureOf(text: string): string {
  const runs = text.match(CLASSES) ?? [];
  const kinds = runs.map(kindOf);
  return `${kinds[0] ?? ""}${[...new Set(kinds)].sort().join("")}${kinds.at(-1) ?? ""}`;
}

function kindOf(run: string): string {
  const first = run[0] as string;
  if (/[a-z0-9]/.test(first)) return "a";
  if (/[A-Z]/.test(first)) return "A";
  if (/[-._]/.test(first)) return run.length > 1 ? first + first : first;
  if (/\s/.test(first)) return run.length > 1 ? "  " : " ";
  return /[!-~]/.test(first) ? first : "é";
}
