import type { Problem } from "../../core/index.ts";
import type { CallSite } from "./call-site.ts";
import type { RawDefaults } from "../merge/defaults.ts";
import type { Defaults } from "../input.ts";
import { ObjectLocator } from "./object-locator.ts";
import { readYamlFile } from "./yaml-source.ts";

/** The path of a YAML file, or an object. */
export type DefaultsSource = string | Defaults;

/** Each document with its place; the place of an object is `call`. Unreadable files are reported and skipped. */
export function openDefaults(sources: readonly DefaultsSource[], call: CallSite | undefined, problems: Problem[]): RawDefaults[] {
  return sources.flatMap((source) => {
    if (typeof source !== "string") return [{ value: source, origin: { locator: new ObjectLocator(call), block: 0, path: ["defaults"] } }];
    const documents: RawDefaults[] = [];
    readYamlFile(source, { unreadable: (problem) => problems.push(problem) }, (value, origin) => documents.push({ value, origin }));
    return documents;
  });
}
