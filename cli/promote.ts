import { Command } from "@commander-js/extra-typings";
import { wholeNumber } from "./number-argument.ts";
import { outputOption } from "./output-option.ts";
import { report } from "./outcome.ts";

export function promoteCommand() {
  return new Command("promote")
    .description("give sites a release; never lowers what a site holds")
    .option("--release <number>", "which release; the last one otherwise", wholeNumber("a release"))
    .option("--sites <selector>", "which sites: level=eu/de,size=large")
    .option("--all", "every site of the release")
    .option("--again", "issue the same tree once more, with a higher seq: a retry, or new signatures")
    .option("--urgent", "the sites do not wait for their windows")
    .option("--seq-floor <number>", "the next seq is above this one", wholeNumber("a seq"))
    .addOption(outputOption())
    .action((options) =>
      report(options, async () => {
        const { promoteSites } = await import("./promote-sites.ts");
        return promoteSites(options);
      }),
    );
}
