import { Command } from "@commander-js/extra-typings";
import { wholeNumber } from "../output/number-argument.ts";
import { outputOption } from "../output/output-option.ts";
import { report } from "../output/command-result.ts";

const CONFIG = ["--config <file>", "configuration file of the box", "/etc/skerry/agent.json"] as const;

/**
 * All but `bundle` work at a box and need nothing of the office: no fleet folder, no cdk8s.yaml. `bundle` works in the office.
 * `run` and `once` print one JSON object a line, as a supervisor's log wants it, so they take no `-o`.
 */
export function agentCommand() {
  const agent = new Command("agent").description("Run and operate the agent at a box, or make the bundle for a box");
  agent
    .command("run")
    .description("Run the agent until it is stopped")
    .option(...CONFIG)
    .action(runAgent);
  agent
    .command("once")
    .description("Poll once, do what the poll leads to, and end")
    .option(...CONFIG)
    .action(runAgent);
  agent.addCommand(talk("status", "Show what runs here, what waits, what is wrong and what comes next"));
  agent.addCommand(talk("poll", "Let the agent poll now"));
  agent.addCommand(
    talk("pause", "Stop drift repair and new releases for a while; a release in progress continues")
      .requiredOption("--for <time>", "how long, for example 90m, 2h or 1d (at most 1d)")
      .requiredOption("--why <text>", "the reason, which status shows to others"),
  );
  agent.addCommand(talk("resume", "End a pause"));
  agent.addCommand(talk("retry", "Try the newest release again, after it failed or was postponed"));
  agent.addCommand(talk("fallback", "Go back to the previous release; the current one is tried again only with a higher seq"));
  agent.addCommand(bundleCommand());
  return agent;
}

function talk(name: string, description: string) {
  return new Command(name)
    .description(description)
    .option(...CONFIG)
    .addOption(outputOption())
    .action(runAgent);
}

// The agent is a program of its own with the same words, so that a box can start it without this command line. Here they were checked
// and explained; it reads them again from the process, less the word "agent", and sets the exit code itself.
async function runAgent(): Promise<void> {
  process.argv.splice(2, 1);
  await import("../../agent/main.ts");
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function bundleCommand() {
  return new Command("bundle")
    .description("Write the files that a new box of a site needs; they hold no secret")
    .argument("<site>", "id of the site")
    .option("--to <folder>", "folder to write, new or empty (default: .skerry/bundles/<site>)")
    .option("--repository <url>", "address of the fleet repository for the box (default: the one in cdk8s.yaml)")
    .option("--config-folder <path>", "folder of the bundle at the box (default: /etc/skerry)")
    .option("--state <path>", "state folder at the box (default: /var/lib/skerry)")
    .option("--cache <path>", "cache folder at the box, in memory (default: $RUNTIME_DIRECTORY or /run/skerry)")
    .option(
      "--target <mode>",
      "plain (default): a link to the running tree; k3s: the folder from which k3s applies manifests; an absolute path means plain with that link",
    )
    .option("--target-path <path>", "that link or folder (default: /srv/skerry/current; for k3s /var/lib/rancher/k3s/server/manifests)")
    .option(
      "--service <service=url>",
      "address at the box of a Service that a probe asks, for example shop/till:80=http://127.0.0.1:8080; repeatable",
      collect,
    )
    .option("--poll-seconds <number>", "poll interval (default: the one in the plan)", wholeNumber("a number of seconds"))
    .addOption(outputOption())
    .action((site, options) =>
      report(options, async () => {
        const { writeBundle } = await import("../office/site-bundle.ts");
        return writeBundle(site, options);
      }),
    );
}
