import { Command, Option } from "@commander-js/extra-typings";
import { outputOption } from "../output/output-option.ts";
import { refused, report } from "../output/command-result.ts";

/** Reads the inventory alone: no unit is placed or rendered, so a profile that follows from a rule is not known here. */
export function sitesCommand() {
  return new Command("sites")
    .description("List the sites of the inventory")
    .argument("[selector]", "which sites, for example level=eu/de,size=large (default: all)")
    .option("--tree", "show the levels with their number of sites")
    .option("--skipped", "list the rows that the inventory leaves out, with the reasons")
    .addOption(
      new Option("--schema <of>", "print the JSON Schema of a site's document or of a defaults file, for editors").choices([
        "site",
        "defaults",
      ]),
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
