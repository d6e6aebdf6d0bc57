import { Composer, type Document, Parser, type ParsedNode } from "yaml";

/** Strict: a document that cannot be read carries its errors and is not thrown. */
export type YamlDocument = Document.Parsed<ParsedNode, true>;

/**
 * One document after the other, so that a big file's nodes never stand in memory together. Double keys are looked for in `documentFaults`:
 * the library compares each key with each.
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
