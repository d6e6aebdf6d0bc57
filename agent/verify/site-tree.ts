import { limits } from "../../core/index.ts";
import type { PathAndBytes, RawReader } from "../../git/index.ts";
import { tryParseTreePath, caseClashFault } from "../../wire/index.ts";
import { refuse, type Verdict } from "./verdict.ts";
import { listTree, type TreeFileEntry } from "./raw-tree.ts";

/** Reads a site tree with the limits of A28: names from the allow-list, sizes checked before a byte is expanded. */
export async function readSiteTree(reader: RawReader, root: string): Promise<Verdict<readonly PathAndBytes[]>> {
  const listed = await listTree(reader, root);
  if ("refusal" in listed) return listed;
  const files = listed.value;
  const stranger = files.find((file) => tryParseTreePath(file.path) === undefined);
  if (stranger) return refuse("bad-name", `${JSON.stringify(stranger.path)} is not a path of a site tree`);
  const twins = caseClashFault(files.map((file) => file.path));
  if (twins !== undefined) return refuse("name-twins", twins);
  // The sum counts a blob once for each name, because a small pack can name a large blob thousands of times.
  const facts = await reader.inspect(files.map((file) => file.id));
  let total = 0;
  for (const [index, { kind, size }] of facts.entries()) {
    const { path } = files[index] as TreeFileEntry;
    const most = path === "plan.json" ? limits.planBytes : limits.blobBytes;
    if (kind !== "blob") return refuse("bad-tree", `${path} is a ${kind}, not a file`);
    if (size > most) return refuse("tree-too-large", `${path} has ${size} bytes, at most ${most}`);
    total += size;
    if (total > limits.treeBytes) return refuse("tree-too-large", `the files together have more than ${limits.treeBytes} bytes`);
  }
  const bodies = await reader.read(files.map((file) => file.id));
  return { value: files.map(({ path }, index) => ({ path, bytes: bodies[index] as Buffer })) };
}
