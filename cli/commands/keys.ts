import { Command } from "@commander-js/extra-typings";
import { outputOption } from "../output/output-option.ts";
import { refused, report } from "../output/command-result.ts";

/**
 * Once in a fleet's life, before the first release: sites are provisioned with the trust that this makes. Nothing is replaced, ever: new
 * keys would be a new fleet, which no site believes. The private keys are not encrypted; where they lie is what guards them.
 */
export function keysCommand() {
  return new Command("keys")
    .description("Make the fleet's keys, trust version 1, and an allowed_signers file for git")
    .addOption(outputOption())
    .action((options) =>
      report(options, async () => {
        const { openFleet } = await import("../stack/open-fleet.ts");
        const { makeKeys } = await import("../office/key-files.ts");
        const opened = await openFleet();
        if ("problems" in opened) return refused(opened.problems);
        const made = makeKeys(opened.fleet.id, opened.config);
        const { table } = await import("../output/table.ts");
        const keys = table(
          ["key", "fingerprint", "roles"],
          made.keys.map(({ file, fingerprint, roles }) => [file, fingerprint, roles.join(", ")]),
        );
        const text = `${keys}\nAlso written: ${made.trust}, ${made.allowedSigners}\nMove ${made.keys[0]?.file} to a safe place away from this machine: only this key can change which keys the sites trust.\n`;
        return { data: { ...made }, text };
      }),
    );
}
