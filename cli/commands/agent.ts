import { Command } from "@commander-js/extra-typings";
import { wholeNumber } from "../output/number-argument.ts";
import { outputOption } from "../output/output-option.ts";
import { report } from "../output/command-result.ts";

const CONFIG = ["--config <file>", "the box's agent.json", "/etc/skerry/agent.json"] as const;

/**
 * All but `bundle` work at a box and need nothing of the office: no fleet folder, no cdk8s.yaml. `bundle` works in the office.
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
  agent.addCommand(talk("status", "what runs here, what waits, what is wrong, what comes next"));
  agent.addCommand(talk("poll", "let the agent ask for news now"));
  agent.addCommand(
    talk("pause", "no repair and no new release for a while; what is under way goes on")
      .requiredOption("--for <time>", "90m, 2h, 1d; at most a day, then it ends by itself")
      .requiredOption("--why <text>", "for whoever looks at this box meanwhile"),
  );
  agent.addCommand(talk("resume", "end a pause now"));
  agent.addCommand(talk("retry", "try the newest release again, though it failed or was put off"));
  agent.addCommand(talk("fallback", "go back to the previous release now; the running one is not tried again before a higher seq"));
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
    .description("write what makes an empty box the box of one site; it holds no secret")
    .argument("<site>")
    .option("--to <folder>", "new or empty; .skerry/bundles/<site> otherwise")
    .option("--repository <url>", "the fleet repository as the box reaches it; the one of cdk8s.yaml otherwise")
    .option("--config-folder <path>", "where the bundle will lie at the box; /etc/skerry otherwise")
    .option("--state <path>", "the agent's state at the box; /var/lib/skerry otherwise")
    .option("--cache <path>", "a folder in memory; $RUNTIME_DIRECTORY or /run/skerry otherwise")
    .option("--target <mode>", "plain (a link at the running tree) or k3s; an absolute path means plain at that path")
    .option(
      "--target-path <path>",
      "the link, or the folder of k3s; /srv/skerry/current or /var/lib/rancher/k3s/server/manifests otherwise",
    )
    .option(
      "--service <service=url>",
      "where the box reaches a Service that a probe asks: shop/till:80=http://127.0.0.1:8080; repeatable",
      collect,
    )
    .option("--poll-seconds <number>", "instead of the plan's", wholeNumber("a number of seconds"))
    .addOption(outputOption())
    .action((site, options) =>
      report(options, async () => {
        const { writeBundle } = await import("../office/site-bundle.ts");
        return writeBundle(site, options);
      }),
    );
}
