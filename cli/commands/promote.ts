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
    .description("give sites a release; never lowers what a site holds")
    .option("--release <number>", "which release; the last one otherwise", wholeNumber("a release"))
    .option("--sites <selector>", "which sites: level=eu/de,size=large")
    .option("--all", "every site of the release")
    .option("--again", "issue the same tree once more, with a higher seq: a retry, or new signatures")
    .option("--urgent", "the sites do not wait for their windows")
    .option("--seq-floor <number>", "the next seq is above this one", wholeNumber("a seq"))
    .addOption(dryRunOption())
    .addOption(outputOption())
    .action((options) =>
      report(options, async () => {
        const { promoteSites } = await import("../office/promote-sites.ts");
        return promoteSites(options);
      }),
    );
}
