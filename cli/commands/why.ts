import { Command } from "@commander-js/extra-typings";
import { outputOption } from "../output/output-option.ts";
import { refused, report } from "../output/command-result.ts";
import { unknownSite } from "../sites/known-site.ts";
import { UsageError } from "../output/usage-error.ts";

/** For the reviewer's question at one object: which line of ours made it, and which facts of the site made it so. Synthesizes the fleet. */
export function whyCommand() {
  return new Command("why")
    .description("Show where an object of a site comes from: unit, source line, layer and facts")
    .argument("<site>", "id of the site")
    .argument("<object>", "id of the object as in plan.json, or its last parts, for example Deployment/boards")
    .addOption(outputOption())
    .action((site, object, options) =>
      report(options, async () => {
        const { synthesize } = await import("../stack/synthesize.ts");
        const { why } = await import("../../synth/index.ts");
        const { originText } = await import("../output/origin-text.ts");
        const made = await synthesize();
        if ("problems" in made) return refused(made.problems, made.note);
        const found = why(made.result, site, object);
        if (found === undefined) return unknownSite(site, made.fleet.inventory.sites);
        if ("nearest" in found) return unknownObject(site, object, found.nearest);
        return { problems: made.result.problems, data: { origins: found.origins }, text: found.origins.map(originText).join("\n") };
      }),
    );
}

function unknownObject(site: string, object: string, nearest: readonly string[]): never {
  const near = nearest.length === 0 ? "list" : `did you mean ${nearest.join(" or ")}? List`;
  throw UsageError.of(`site ${site} has no object "${object}"`, `${near} the files of the site: skerry show ${site}`);
}
