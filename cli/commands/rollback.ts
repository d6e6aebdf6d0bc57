import { Command } from "@commander-js/extra-typings";
import { wholeNumber } from "../output/number-argument.ts";
import { dryRunOption, outputOption } from "../output/output-option.ts";
import { report } from "../output/command-result.ts";

/**
 * A promotion that may lower, with all the same needs. Sites that hold an older release than the one named are left alone, and the outcome
 * lists what else goes back with what the rollback is for.
 */
export function rollbackCommand() {
  return new Command("rollback")
    .description("Give sites an older release again, and show first what goes back with it")
    .requiredOption("--to <release>", "the release to go back to, for example release/12", wholeNumber("a release"))
    .option("--sites <selector>", "which sites, for example id=eddm or level=eu/de,size=large")
    .option("--all", "all sites of the release")
    .option("--urgent", "let the sites apply it outside their windows")
    .addOption(dryRunOption())
    .addOption(outputOption())
    .action((options) =>
      report(options, async () => {
        const { rollbackSites } = await import("../office/promote-sites.ts");
        return rollbackSites(options);
      }),
    );
}
