import { Command } from "@commander-js/extra-typings";
import { outputOption } from "../output/output-option.ts";
import { refused, report } from "../output/command-result.ts";

/**
 * With `--facts` only the inventory is read, so it also answers while the fleet's code has problems: often it is the way to them.
 * Without, the fleet is synthesized, because what a site gets is known only then.
 */
export function showCommand() {
  return new Command("show")
    .description("Show one site: its facts, units and files")
    .argument("<site>", "id of the site")
    .option("--facts", "show each fact with the file and line that it comes from")
    .addOption(outputOption())
    .action((site, options) =>
      report(options, async () => {
        const { factsOutcome, siteOutcome } = await import("../sites/site-view.ts");
        if (options.facts) {
          const { openFleet } = await import("../stack/open-fleet.ts");
          const opened = await openFleet();
          return "problems" in opened ? refused(opened.problems) : factsOutcome(opened.fleet, site);
        }
        const { synthesize } = await import("../stack/synthesize.ts");
        const made = await synthesize();
        return "problems" in made ? refused(made.problems, made.note) : siteOutcome(made.result, site);
      }),
    );
}
