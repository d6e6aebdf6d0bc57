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
    .description("the only way down: give sites the trees of an older release again, with a higher seq")
    .requiredOption("--to <release>", "release/<number>", wholeNumber("a release"))
    .option("--sites <selector>", "which sites: id=eddm, level=eu/de,size=large")
    .option("--all", "every site of the release")
    .option("--urgent", "the sites do not wait for their windows")
    .addOption(dryRunOption())
    .addOption(outputOption())
    .action((options) =>
      report(options, async () => {
        const { rollbackSites } = await import("../office/promote-sites.ts");
        return rollbackSites(options);
      }),
    );
}
