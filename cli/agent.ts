import { Command } from "@commander-js/extra-typings";
import { wholeNumber } from "./number-argument.ts";
import { outputOption } from "./output-option.ts";
import { report } from "./outcome.ts";

const CONFIG = ["--config <file>", "the box's agent.json", "/etc/skerry/agent.json"] as const;

/**
 * `run`, `once` and `status` work at a box and need nothing of the office: no fleet folder, no cdk8s.yaml. `bundle` works in the office.
 * `run` and `once` print one JSON object a line, as a supervisor's log wants it, so they take no `-o`.
 */
export function agentCommand() {
  const agent = new Command("agent").description("what runs at a site, and what a box needs to become one");
  agent
    .command("run")
    .description("follow the site's ref until it is stopped")
    .option(...CONFIG)
    .action(runAgent);
  agent
    .command("once")
    .description("one poll and all that it leads to, then the end")
    .option(...CONFIG)
    .action(runAgent);
  agent
    .command("status")
    .description("what runs here, what waits, what is wrong")
    .option(...CONFIG)
    .addOption(outputOption())
    .action(runAgent);
  agent.addCommand(bundleCommand());
  return agent;
}

// The agent is a program of its own with the same words, so that a box can start it without this command line. Here they were checked
// and explained; it reads them again from the process, less the word "agent", and sets the exit code itself.
async function runAgent(): Promise<void> {
  process.argv.splice(2, 1);
  await import("../agent/main.ts");
}

function bundleCommand() {
  return new Command("bundle")
    .description("write what makes an empty box the box of one site; it holds no secret")
    .argument("<site>")
    .option("--to <folder>", "new or empty; .skerry/bundles/<site> otherwise")
    .option("--repository <url>", "the fleet repository as the box reaches it; the one of cdk8s.yaml otherwise")
    .option("--config-folder <path>", "where the bundle will lie at the box; /etc/skerry otherwise")
    .option("--state <path>", "the agent's state at the box; /var/lib/skerry otherwise")
    .option("--cache <path>", "a folder in memory; $RUNTIME_DIRECTORY or /run/skerry otherwise")
    .option("--target <path>", "the link that the agent keeps at the running tree; /srv/skerry/current otherwise")
    .option("--poll-seconds <number>", "instead of the plan's", wholeNumber("a number of seconds"))
    .addOption(outputOption())
    .action((site, options) =>
      report(options, async () => {
        const { writeBundle } = await import("./site-bundle.ts");
        return writeBundle(site, options);
      }),
    );
}
