import { Command, Option } from "@commander-js/extra-typings";
import { outputOption } from "../output/output-option.ts";
import { refused, report } from "../output/command-result.ts";

/**
 * The gate of a pull request: reads the source alone, writes nothing, needs no key, no repository and no network. `--verify all` renders
 * every unit of every site a second time, which is the slow and certain way to find a unit that is not a pure function of facts.
 */
export function checkCommand() {
  return new Command("check")
    .description("Check the whole fleet and write nothing")
    .addOption(
      new Option("--verify <how-much>", "how many renders to repeat, to find code that does not depend on facts alone")
        .choices(["sample", "all"])
        .default("sample" as const),
    )
    .addOption(outputOption())
    .action(({ verify, ...options }) =>
      report(options, async () => {
        const { synthesize } = await import("../stack/synthesize.ts");
        const { summaryOf, summaryText } = await import("../output/synth-summary.ts");
        const made = await synthesize({ verify });
        if ("problems" in made) return refused(made.problems, made.note);
        const summary = summaryOf(made.result);
        return { problems: made.result.problems, data: { ...summary }, text: summaryText(summary) };
      }),
    );
}
