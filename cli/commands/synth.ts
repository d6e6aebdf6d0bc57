import { Command } from "@commander-js/extra-typings";
import { outputOption } from "../output/output-option.ts";
import { refused, report } from "../output/command-result.ts";

/**
 * Writes what a release would hold, without a key: for review, diff and other tools. What it writes nobody follows. It is also the app of
 * `cdk8s synth`, which names a folder in the environment and expects manifests there.
 */
export function synthCommand() {
  return new Command("synth")
    .description("Render every site's tree into the fleet repository, as the local ref refs/skerry/synth")
    .option("--explain", "list the units by number of renders, with the facts that cause them; write nothing")
    .option("--to <folder>", "write plain folders instead, for up to 200 sites")
    .option("--sites <selector>", "the sites that --to writes, for example level=eu/de,size=large (default: all)")
    .addOption(outputOption())
    .action((options) =>
      report(options, async () => {
        const { synthesize } = await import("../stack/synthesize.ts");
        const { explainOutcome, foldersOutcome, repositoryOutcome, wantedFolder } = await import("../office/synth-output.ts");
        const folder = wantedFolder(options.to);
        const made = await synthesize();
        if ("problems" in made) return refused(made.problems, made.note);
        if (options.explain) return explainOutcome(made.result);
        return folder === undefined ? repositoryOutcome(made) : foldersOutcome(made, folder, options.sites);
      }),
    );
}
