import { basename } from "node:path";
import { Command } from "@commander-js/extra-typings";
import { outputOption } from "../output/output-option.ts";
import { report } from "../output/command-result.ts";
import type { OwnPackage } from "../own-package.ts";

/**
 * Works in any folder. Needs npm and git on the path; without a network the fleet is written and committed all the same, and the person is
 * told to install later.
 */
export function initCommand(own: OwnPackage) {
  return new Command("init")
    .description("Create a small fleet to start from, as a git repository with one commit")
    .argument("<folder>", "a folder that is new or empty; its name becomes the fleet's id")
    .option("--no-install", "do not run npm install")
    .addOption(outputOption())
    .action((folder, options) =>
      report(options, async () => {
        const { createFleet } = await import("../init/fleet-template.ts");
        const made = await createFleet(own, folder, options);
        const steps = [`cd ${folder}`, ...(made.notInstalled === undefined ? [] : ["npm install"]), "npx skerry synth", "npm test"];
        const notice = made.notInstalled === undefined || !options.install ? "" : `Not installed: ${made.notInstalled}\n`;
        const renamed =
          made.fleet === basename(made.folder)
            ? ""
            : `The fleet's id is ${made.fleet}: an id has only lower-case letters, digits and hyphens.\n`;
        const text = `Fleet ${made.fleet}: ${made.files.length} files in ${folder}, committed.\n${renamed}${notice}Next: ${steps.join(" && ")}\n`;
        return { data: { ...made }, text };
      }),
    );
}
