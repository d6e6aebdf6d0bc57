import { Command, CommanderError, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { agentCommand } from "./commands/agent.ts";
import { checkCommand } from "./commands/check.ts";
import { initCommand } from "./commands/init.ts";
import { keysCommand } from "./commands/keys.ts";
import type { OwnPackage } from "./own-package.ts";
import { printFault } from "./output/command-result.ts";
import { promoteCommand } from "./commands/promote.ts";
import { releaseCommand } from "./commands/release.ts";
import { rollbackCommand } from "./commands/rollback.ts";
import { showCommand } from "./commands/show.ts";
import { sitesCommand } from "./commands/sites.ts";
import { watchForSuddenEnd } from "./output/sudden-end.ts";
import { synthCommand } from "./commands/synth.ts";
import { visibleText } from "./output/visible-text.ts";
import { whyCommand } from "./commands/why.ts";

// The parser knows only 0 and 1; everything that it refuses is wrong usage.
const EXIT_USAGE = 2;

/** Runs one command and sets the exit code. What a command needs it loads itself when it runs, so that `--help` is quick. */
export async function main(args: readonly string[], own: OwnPackage): Promise<void> {
  const done = watchForSuddenEnd();
  try {
    await program(own).parseAsync(args, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE;
    else process.exitCode = printFault(error);
  }
  await done();
}

function program(own: OwnPackage): Command {
  const skerry = new Command("skerry")
    .description("Manage fleets of edge sites as code: typed constructs become one signed manifest tree for each site.")
    .version(own.version)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.split("\n").map(visibleText).join("\n")) })
    .showHelpAfterError("(run skerry --help for a list of commands)")
    .addHelpText("after", "\nExit codes: 0 done, 1 the fleet has problems, 2 wrong usage, 3 git, disk or network failed.");
  // In the order in which a fleet needs them.
  const commands = [
    initCommand(own),
    checkCommand(),
    synthCommand(),
    sitesCommand(),
    showCommand(),
    whyCommand(),
    keysCommand(),
    releaseCommand(),
    promoteCommand(),
    rollbackCommand(),
    agentCommand(),
  ];
  for (const command of commands) inherit(command, skerry);
  return skerry;
}

// Settings are copied when a command is made by its parent, not when it is added to one.
function inherit(command: CommandUnknownOpts, parent: CommandUnknownOpts): void {
  parent.addCommand(withOwnHelp(command.copyInheritedSettings(parent), `skerry ${command.name()}`));
  for (const below of command.commands) withOwnHelp(below.copyInheritedSettings(command), `skerry ${command.name()} ${below.name()}`);
}

function withOwnHelp(command: CommandUnknownOpts, words: string): CommandUnknownOpts {
  const list = command.commands.length > 0 ? "a list of commands" : "its arguments and options";
  return command.showHelpAfterError(`(run ${words} --help for ${list})`);
}
