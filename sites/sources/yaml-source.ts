import { listFiles, readFileText } from "../text/file-text.ts";
import type { Origin } from "../text/locator.ts";
import type { Sink, InventorySource } from "./source.ts";
import { type TextFault, textProblem } from "../text/text-fault.ts";
import { TextLines } from "../text/text-lines.ts";
import { documentFaults, isEmptyDocument, nestingFault, toValue } from "./yaml-faults.ts";
import { composeDocuments } from "./yaml-documents.ts";
import { YamlLocator } from "./yaml-locator.ts";

/**
 * One site in each document; a file may have several documents. `path` is a file, or a folder with `.yaml` and `.yml` files.
 * YAML is the slowest format: for more than a few thousand sites use NDJSON or CSV.
 */
export function yaml(path: string): InventorySource {
  return {
    read: (sink) => {
      const list = listFiles(path, [".yaml", ".yml"]);
      if ("problem" in list) return sink.unreadable(list.problem);
      for (const file of list.files) readYamlFile(file, sink, (value, origin) => sink.site(value, origin));
    },
  };
}

/** Passes each document of a file to `each` and faults of the text to the sink. */
export function readYamlFile(file: string, sink: Pick<Sink, "unreadable">, each: (value: unknown, origin: Origin) => void): void {
  const read = readFileText(file);
  if ("problem" in read) return sink.unreadable(read.problem);
  const { text } = read;
  let lines: TextLines | undefined;
  const report = (fault: TextFault): void => sink.unreadable(textProblem((lines ??= new TextLines(file, text)), fault));

  const tooDeep = nestingFault(text);
  if (tooDeep) return report(tooDeep);
  const locator = new YamlLocator(file);
  let count = 0;
  for (const document of composeDocuments(text)) {
    const faults = documentFaults(document);
    for (const fault of faults) report(fault);
    const isEmpty = isEmptyDocument(document);
    const isBroken = faults.some(({ code }) => code === "bad-yaml");
    // Empty documents are skipped, because a file may begin with a comment and `---`.
    if (!isEmpty || isBroken) count++;
    if (isEmpty || isBroken) continue;
    const value = toValue(document);
    if ("fault" in value) report(value.fault);
    else each(value.value, { locator, block: document.range[0], path: [] });
  }
  if (count === 0)
    report({
      code: "empty-file",
      message: "the file holds only comments",
      next: "add a site, or remove the file from the inventory",
      offset: 0,
    });
}
