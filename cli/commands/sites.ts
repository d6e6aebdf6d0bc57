import { Command, Option } from "@commander-js/extra-typings";
import { outputOption } from "../output/output-option.ts";
import { refused, report } from "../output/command-result.ts";

/** Reads the inventory alone: no unit is placed or rendered, so a profile that follows from a rule is not known here. */
export function sitesCommand() {
  return new Command("sites")
    .description("list the sites of the inventory")
    .argument("[selector]", "which ones: level=eu/de,size=large")
    .option("--tree", "the levels and how many sites each holds")
    .option("--skipped", "the rows that the inventory left out, and why")
    .addOption(
      new Option("--schema <of>", "JSON Schema for editors, of a site's document or of a file of defaults").choices(["site", "defaults"]),
    )
    .addOption(outputOption())
    .action((selector, options) =>
      report(options, async () => {
        const { openFleet } = await import("../stack/open-fleet.ts");
        const { levelsOutcome, schemaOutcome, sitesOutcome, skippedOutcome } = await import("../sites/site-lists.ts");
        const opened = await openFleet();
        if ("problems" in opened) return refused(opened.problems);
        const { inventory } = opened.fleet;
        if (options.schema) return schemaOutcome(inventory, options.schema);
        if (options.skipped) return skippedOutcome(inventory);
        return options.tree ? levelsOutcome(inventory, selector) : sitesOutcome(inventory, selector);
      }),
    );
}
