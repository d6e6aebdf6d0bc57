import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Document, isMap, isNode, isPair, LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { nearestName, noteRead, type Place, type Problem, Problems } from "../../core/index.ts";
import { tryAddressFault } from "../../git/index.ts";
import { UsageError } from "../output/usage-error.ts";

export const CONFIG_FILE = "cdk8s.yaml";
// Both far above what a person writes, and below what a bomb needs.
const FILE_BYTES_MAX = 1_000_000;
const ALIASES_MAX = 100;

// The defaults are what `skerry init` writes, so that a fleet may say its stack alone.
const path = z.string("must be text").min(1, "must not be empty");
const fleet = z.strictObject({
  stack: path,
  repository: path.default(".skerry/fleet.git"),
  releaseKey: path.default(".skerry/keys/release"),
  promoteKey: path.default(".skerry/keys/promote"),
  siteBranches: z.enum(["all", "none"], 'must be "all" or "none"').default("all"),
});
const ADDRESS_NEXT = "write an https or ssh address, such as git@git.example:fleets/shops.git, or a folder, such as ./fleet.git";
const EXAMPLES: Readonly<Record<string, string>> = {
  fleet: "fleet: { stack: stacks/my-fleet.ts }",
  "fleet.stack": "stack: stacks/my-fleet.ts",
  "fleet.repository": "repository: .skerry/fleet.git",
  "fleet.releaseKey": "releaseKey: .skerry/keys/release",
  "fleet.promoteKey": "promoteKey: .skerry/keys/promote",
  "fleet.siteBranches": "siteBranches: none",
};

// The other keys are cdk8s's own, which reads the same file and judges their values. They are listed, so that a slip in any key is found:
// cdk8s passes over what it does not know.
const cdk8sKeys = ["app", "language", "output", "imports", "importDirectory", "pluginsDirectory", "validations", "synthConfig"];
const config = z.strictObject({ fleet, ...Object.fromEntries(cdk8sKeys.map((key) => [key, z.unknown().optional()])) });

/** `fleet:` of cdk8s.yaml. Paths are relative to `root`. */
export interface FleetConfig extends z.infer<typeof fleet> {
  /** The folder of cdk8s.yaml. */
  readonly root: string;
  /** Where `repository` stands, or `fleet` when it has its default. */
  readonly repositoryAt: Place;
}

/**
 * Reads the nearest cdk8s.yaml, in `folder` or above it. All faults of the file are found in one go; only YAML that cannot be read ends it
 * early. Throws a `UsageError` where there is no such file.
 */
export function readFleetConfig(folder: string): { readonly config: FleetConfig } | { readonly problems: readonly Problem[] } {
  const { root, bytes } = findConfig(folder);
  const problems = new Problems();
  const lines = new LineCounter();
  const text = bytes.toString("utf8");
  const parsed = tryParse(text, lines);
  if ("fault" in parsed) {
    problems.add({
      code: "bad-yaml",
      message: parsed.fault,
      at: [{ file: CONFIG_FILE }],
      next: "simplify the YAML: fewer aliases, less nesting",
    });
    return { problems: problems.list };
  }
  const { document, value } = parsed;
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    const shown = text.split("\n")[line - 1] ?? "";
    // A repository's address may hold a password or a token. One that is not valid can have any form.
    return { file: CONFIG_FILE, line, column: col, ...(/[:/].*@|:\/\/\S*\?/.test(shown) ? {} : { text: shown }) };
  };
  for (const { message, pos } of document.errors) {
    problems.add({ code: "bad-yaml", message, at: [placeAt(pos[0])], next: "write it as YAML" });
  }
  if (problems.hasErrors) return { problems: problems.list };
  const read = config.safeParse(value ?? {}, { reportInput: true });
  const place = (keys: readonly PropertyKey[]): Place => placeAt(offsetOf(document.contents, keys));
  const repositoryAt = place(["fleet", "repository"]);
  for (const issue of read.error?.issues ?? []) explain(issue, place, problems);
  const address: unknown = value?.fleet?.repository;
  const fault = typeof address === "string" ? tryAddressFault(address, root) : undefined;
  if (fault !== undefined) problems.add({ code: "bad-address", message: fault, at: [repositoryAt], next: ADDRESS_NEXT });
  return read.success && !problems.hasErrors ? { config: { ...read.data.fleet, root, repositoryAt } } : { problems: problems.list };
}

function findConfig(folder: string): { readonly root: string; readonly bytes: Buffer } {
  for (let root = folder; ; root = dirname(root)) {
    const bytes = tryRead(join(root, CONFIG_FILE));
    if (bytes !== undefined) {
      if (bytes.length > FILE_BYTES_MAX)
        throw UsageError.of(`${CONFIG_FILE} is larger than ${FILE_BYTES_MAX} bytes`, "move the fleet's data to sites/");
      return { root, bytes };
    }
    if (root === dirname(root))
      throw UsageError.of(`there is no ${CONFIG_FILE} here or above`, "go to a fleet's folder, or make one: skerry init <folder>");
  }
}

// Only absence means "look further up". A file that may not be read must not hand its place to another fleet's.
function tryRead(file: string): Buffer | undefined {
  try {
    noteRead(file);
    return readFileSync(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    if (code === "EISDIR")
      throw UsageError.of(`${file} is a folder`, `${CONFIG_FILE} is the fleet's configuration file: move the folder away`);
    throw error;
  }
}

// The library throws at alias bombs and at nesting that no stack can hold.
function tryParse(
  text: string,
  lines: LineCounter,
):
  | { readonly document: Document.Parsed; readonly value: { readonly fleet?: { readonly repository?: unknown } } | null | undefined }
  | { readonly fault: string } {
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
    return { document, value: document.errors.length === 0 ? document.toJS({ maxAliasCount: ALIASES_MAX }) : undefined };
  } catch (error) {
    return { fault: (error as Error).message };
  }
}

function explain(issue: z.core.$ZodIssue, place: (keys: readonly PropertyKey[]) => Place, problems: Problems): void {
  const where = issue.path.join(".");
  if (issue.code === "unrecognized_keys") {
    const known = issue.path.length === 0 ? Object.keys(config.shape) : Object.keys(fleet.shape);
    for (const key of issue.keys) {
      const near = nearestName(key, known);
      const next = near === undefined ? `remove it; known here: ${known.join(", ")}` : `write "${near}"`;
      problems.add({
        code: "unknown-field",
        message: `"${key}" is not known${where ? ` in ${where}` : ""}`,
        at: [place([...issue.path, key])],
        next,
      });
    }
    return;
  }
  // zod calls a field that is not there a wrong type; people call it missing.
  const isMissing = issue.code === "invalid_type" && issue.input === undefined;
  const message = isMissing
    ? `${where} is missing`
    : `${where || "the file"} ${issue.message.replace("Invalid input: expected object", "must be a map")}`;
  const next = `write for example: ${EXAMPLES[where] ?? EXAMPLES["fleet"]}`;
  problems.add({ code: isMissing ? "missing-field" : "bad-value", message, at: [place(issue.path)], next });
}

/** Where the key stands that `keys` names, or the innermost one around it that is there. */
function offsetOf(contents: unknown, keys: readonly PropertyKey[]): number {
  let node = contents;
  let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
  for (const key of keys) {
    const pair = isMap(node) ? node.items.find((item) => isPair(item) && String(item.key) === key) : undefined;
    if (pair === undefined) break;
    if (isNode(pair.key)) offset = pair.key.range?.[0] ?? offset;
    node = pair.value;
  }
  return offset;
}
