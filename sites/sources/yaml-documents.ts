import { Composer, type Document, Parser, type ParsedNode } from "yaml";

/** A parsed document. Syntax errors are in `errors` and not thrown. */
export type YamlDocument = Document.Parsed<ParsedNode, true>;

/**
 * Yields one document after the other, so that only one is in memory. `documentFaults` looks for duplicate keys, because the library's check
 * is quadratic.
 */
export function* composeDocuments(text: string): Generator<YamlDocument, void> {
  const composer = new Composer<ParsedNode, true>({
    version: "1.2",
    schema: "core",
    stringKeys: true,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "silent",
  });
  yield* composer.compose(new Parser().parse(text)) as Generator<YamlDocument, void>;
}
