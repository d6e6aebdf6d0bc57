import { resolve } from "node:path";
import { amount, systemProcess } from "../../core/index.ts";
import { stageSynth } from "../../publish/index.ts";
import type { SynthResult } from "../../synth/index.ts";
import type { CommandResult } from "../output/command-result.ts";
import { placeOf } from "./office.ts";
import { progress } from "../output/progress.ts";
import { asFacts, selectFrom } from "../sites/select-sites.ts";
import { writeSiteFolders } from "../output/site-folders.ts";
import { summaryOf, summaryText } from "../output/synth-summary.ts";
import type { Synthesized } from "../stack/synthesize.ts";
import { table } from "../output/table.ts";

/** cdk8s says in this variable where it will look for what its app has made. */
const CDK8S_FOLDER = "CDK8S_OUTDIR";

/** An absolute path; undefined when no folder was asked for. Called before the working folder becomes the fleet's. */
export function wantedFolder(to: string | undefined): string | undefined {
  const folder = to ?? systemProcess.env(CDK8S_FOLDER);
  return folder === undefined || folder === "" ? undefined : resolve(folder);
}

/** The fleet is synthesized whole, because checks look across sites; only the writing is limited to what was selected. */
export function foldersOutcome({ result }: Synthesized, folder: string, selector: string | undefined): CommandResult {
  const wanted = new Set(selectFrom(result.inventory.map(asFacts), selector).map(({ id }) => id));
  const trees = result.trees.filter(({ site }) => wanted.has(site));
  const files = writeSiteFolders(trees, folder);
  const data = { ...summaryOf(result), folder, written: { sites: trees.length, files } };
  return { problems: result.problems, data, text: `${amount(files, "file")} of ${amount(trees.length, "site")} in ${folder}\n` };
}

export async function repositoryOutcome({ fleet, config, result }: Synthesized): Promise<CommandResult> {
  const done = progress("writing the trees");
  const staged = await stageSynth({ ...placeOf(fleet.id, config), trees: result.trees, inventory: result.inventory }).finally(done);
  const problems = [...result.problems, ...(staged.problems ?? [])];
  if (!("value" in staged)) return { problems, data: {}, text: "" };
  const { ref, folder, tree, written } = staged.value;
  const summary = summaryOf(result);
  const text = `${summaryText(summary)}${ref} is ${tree} in ${folder}${folder === config.repository ? "" : " on this machine"}: ${amount(written.objects, "new object")}\n`;
  return { problems, data: { ...summary, ...staged.value }, text };
}

/** A unit with many renders is slow and hard to review. The fact with the most values is the one to make late, or not to read. */
export function explainOutcome(result: SynthResult): CommandResult {
  const rows = result.units.map(({ path, kind, sites, renders, results, causes }) => {
    const facts = causes
      .map(({ fact, values, isAbsentAtSome }) => `${fact} (${values}${isAbsentAtSome ? ", absent at some" : ""})`)
      .join(", ");
    return [path, kind, String(sites), String(renders), String(results), facts];
  });
  const text = table(["unit", "kind", "sites", "renders", "results", "because of (values)"], rows);
  return { problems: result.problems, data: { ...summaryOf(result), explanation: result.units }, text };
}
