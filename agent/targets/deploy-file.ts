import { formatObjectRef, type Stage } from "../../core/index.ts";
import { identityOf, type JsonMap, readObjects } from "../../kube/index.ts";

/**
 * One of the agent's files in k3s's deploy folder: its names and its bytes. k3s names the AddOn by the part before the first dot, whatever
 * the folder and the suffix, so the name has one dot and the rest is one DNS label.
 */
export function deployFileName(stage: Stage, unit: string): string {
  return `skerry-${stage.slice(0, 2)}-${unit}.yaml`;
}

const NAME = /^skerry-(00|10|20|30|40)-[a-z0-9]([-a-z0-9]*[a-z0-9])?\.yaml$/;

export function isDeployFile(name: string): boolean {
  return NAME.test(name);
}

/** k3s ignores files whose name starts with a dot. */
export function temporaryName(name: string): string {
  return `.${name}.new`;
}

export function isTemporary(name: string): boolean {
  return name.startsWith(".") && name.endsWith(".new") && isDeployFile(name.slice(1, -".new".length));
}

/** The agent's file that has the same AddOn name as this other file, if any. */
export function tryTwin(name: string): string | undefined {
  if (name.startsWith(".") || isDeployFile(name) || !/\.(yaml|yml|json)$/i.test(name)) return undefined;
  const twin = `${name.slice(0, name.indexOf("."))}.yaml`;
  return isDeployFile(twin) ? twin : undefined;
}

/** The agent's file that k3s skips because of this one, if any. */
export function trySkipped(name: string): string | undefined {
  const skipped = name.endsWith(".skip") ? name.slice(0, -".skip".length) : "";
  return isDeployFile(skipped) ? skipped : undefined;
}

/** Tells people who wrote the file, and the agent which files may be its own when its record of them is lost. */
const MARK = "# Written by the agent of this site, which reverts every other change to this file, at ";
const EMPTY = "# Empty on purpose: k3s deletes the former objects of an empty file, but not those of a removed file.\n";

/**
 * A file's content without its first line. That line makes each write differ from all earlier ones: k3s does not apply bytes that it once
 * applied successfully, even when something else, or only a part, was applied since.
 */
export function deployFileBody(objects: readonly Uint8Array[]): Buffer {
  const parts: Uint8Array[] = objects.length === 0 ? [Buffer.from(EMPTY)] : [];
  for (const bytes of objects) parts.push(Buffer.from("---\n"), documentOf(bytes));
  return Buffer.concat(parts);
}

const LINE_FEED = 10;

/** An object's bytes with a final line feed. */
export function documentOf(bytes: Uint8Array): Uint8Array {
  return bytes.at(-1) === LINE_FEED ? bytes : Buffer.concat([bytes, Buffer.from("\n")]);
}

export function deployFileBytes(body: Buffer, writtenMs: number): Buffer {
  return Buffer.concat([Buffer.from(`${MARK}${new Date(writtenMs).toISOString()}\n`), body]);
}

/** undefined when the file does not have the agent's mark. */
export function tryBody(bytes: Buffer): Buffer | undefined {
  return bytes.subarray(0, MARK.length).equals(Buffer.from(MARK)) ? bytes.subarray(bytes.indexOf("\n") + 1) : undefined;
}

/** Ids of the objects that k3s reads from a file. None when it cannot be parsed: then k3s neither applies nor deletes anything for it. */
export function objectIdsIn(bytes: Uint8Array): readonly string[] {
  const read = readObjects(Buffer.from(bytes).toString("utf8"));
  if ("fault" in read) return [];
  return read.value.map(objectId);
}

export function objectId(object: JsonMap): string {
  return formatObjectRef(identityOf(object as unknown as Parameters<typeof identityOf>[0]));
}

/** Object id -> its document, of a file as `deployFileBody` makes it; of any other file, whatever documents it has. */
export function documentsIn(bytes: Buffer): ReadonlyMap<string, Buffer> {
  const parts = bytes.toString("utf8").split(/^---\n/m);
  return new Map(parts.flatMap((part) => objectIdsIn(Buffer.from(part)).map((id) => [id, Buffer.from(part)] as const)));
}
