import { Option } from "@commander-js/extra-typings";

/** `-o json` of every command: one object on stdout, with `problems` always in it, and the same exit codes. */
export function outputOption() {
  return new Option("-o, --output <format>", "output format").choices(["text", "json"]).default("text");
}

/** `--dry-run` of every command that moves shared refs. */
export function dryRunOption() {
  return new Option("--dry-run", "show what would change; write nothing and move no ref");
}
