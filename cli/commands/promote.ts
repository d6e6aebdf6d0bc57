import { Command } from "@commander-js/extra-typings";
import { wholeNumber } from "../output/number-argument.ts";
import { dryRunOption, outputOption } from "../output/output-option.ts";
import { report } from "../output/command-result.ts";

/**
 * Says *when*: runs no stack and needs no source, only the repository, the promote key and trust, so it can stand in a job that sees
 * nothing else. Safe to repeat: a site that holds the tree already is left alone, unless `--again` says otherwise.
 */
export function promoteCommand() {
  return new Command("promote")
    .description("Give a release to sites; a site that holds a newer release keeps it")
    .option("--release <number>", "number of the release (default: the last one)", wholeNumber("a release"))
    .option("--sites <selector>", "which sites, for example level=eu/de,size=large")
    .option("--all", "all sites of the release")
    .option("--again", "give sites that hold this tree the same tree with a higher seq: to retry, or to sign again")
    .option("--urgent", "let the sites apply it outside their windows")
    .option("--seq-floor <number>", "use only seqs above this number", wholeNumber("a seq"))
    .addOption(dryRunOption())
    .addOption(outputOption())
    .action((options) =>
      report(options, async () => {
        const { promoteSites } = await import("../office/promote-sites.ts");
        return promoteSites(options);
      }),
    );
}
