import { Option } from "@commander-js/extra-typings";

/** `-o json` of every command. */
export function outputOption() {
  return new Option("-o, --output <format>", "text for people, json for programs").choices(["text", "json"]).default("text");
}
