import { Command } from "@commander-js/extra-typings";
import { dryRunOption, outputOption } from "../output/output-option.ts";
import { refused, report } from "../output/command-result.ts";

/**
 * Says *what*: needs the release key and a source without uncommitted changes. Refused as a whole when anything in the fleet has an error.
 * Safe to repeat: the same source gives the release that is there already, and goes on where a run was cut off.
 */
export function releaseCommand() {
  return new Command("release")
    .description("Make a signed release of the committed source, and on request promote it")
    .option("--promote <sites>", "promote the release to these sites: all, or a selector such as level=eu/de,size=large")
    .option("--urgent", "let the promoted sites apply it outside their windows")
    .option("--other-source", "release although the source is older than that of the last release, or does not continue it")
    .addOption(dryRunOption())
    .addOption(outputOption())
    .action((options) =>
      report(options, async () => {
        const { synthesize } = await import("../stack/synthesize.ts");
        const { releaseFleet } = await import("../office/release-fleet.ts");
        const made = await synthesize();
        return "problems" in made ? refused(made.problems, made.note) : releaseFleet(made, options);
      }),
    );
}
