import { Command } from "@commander-js/extra-typings";
import { outputOption } from "../output/output-option.ts";
import { refused, report } from "../output/command-result.ts";
import { unknownSite } from "../sites/known-site.ts";
import { UsageError } from "../output/usage-error.ts";

/** For the reviewer's question at one object: which line of ours made it, and which facts of the site made it so. Synthesizes the fleet. */
export function whyCommand() {
  return new Command("why")
    .description("say where one object of one site comes from: unit, source line, layer and the facts that made it so")
    .argument("<site>")
    .argument("<object>", "an id as in plan.json, or the end of one: Deployment/boards")
    .addOption(outputOption())
    .action((site, object, options) =>
      report(options, async () => {
        const { synthesize } = await import("../stack/synthesize.ts");
        const { why } = await import("../../synth/index.ts");
        const { originText } = await import("../output/origin-text.ts");
        const made = await synthesize();
        if ("problems" in made) return refused(made.problems);
        const found = why(made.result, site, object);
        if (found === undefined) return unknownSite(site, made.fleet.inventory.sites);
        if ("nearest" in found) return unknownObject(site, object, found.nearest);
        return { problems: made.result.problems, data: { origins: found.origins }, text: found.origins.map(originText).join("\n") };
      }),
    );
}

function unknownObject(site: string, object: string, nearest: readonly string[]): never {
  const near = nearest.length === 0 ? "" : `did you mean ${nearest.join(" or ")}? `;
  throw UsageError.of(`${site} has no object "${object}"`, `${near}skerry show ${site} lists what it has`);
}
