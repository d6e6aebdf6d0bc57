import {
  amount,
  fill,
  limits,
  type Problem,
  type SiteTree,
  some,
  type Template,
  type TreeFile,
  type TreePart,
  type TreeShape,
} from "../../core/index.ts";
import { tryParseTreePath } from "../../wire/index.ts";

/**
 * What agents refuse is refused here first: trees with too many entries or bytes, files that are too large, paths that no
 * site tree may hold. One problem a cause, with the sites that have it. What sites share is looked at once.
 */
export function treeProblems(trees: readonly SiteTree[]): readonly Problem[] {
  const shapes = new WeakMap<TreeShape, FixedShape>();
  const sitesOf = new Map<string, string[]>();
  const valueBytesMax = longestValue(trees);
  for (const tree of trees) {
    let fixed = shapes.get(tree.shape);
    if (!fixed) shapes.set(tree.shape, (fixed = fixedShape(tree.shape, valueBytesMax)));
    for (const fault of fixed.faults) note(sitesOf, fault, tree.site);
    if (!fixed.isSafe) for (const fault of lateFaults(fixed, tree.values)) note(sitesOf, fault, tree.site);
  }
  return [...sitesOf].map(([fault, sites]) => treeRefused(fault, sites));
}

function note(sitesOf: Map<string, string[]>, fault: string, site: string): void {
  const sites = sitesOf.get(fault);
  if (sites) sites.push(site);
  else sitesOf.set(fault, [site]);
}

function treeRefused(fault: string, sites: readonly string[]): Problem {
  return {
    code: "tree-refused",
    severity: "error",
    message: `${fault}, at ${amount(sites.length, "site")}: ${some(sites)}`,
    at: [],
    because: "agents refuse such a tree, so it is not released",
    next: "make a file or tree that is too large smaller, or split it; rename a file with a wrong name",
  };
}

interface LateFile {
  readonly file: TreeFile;
  readonly part: TreePart;
  /** Bytes of the content that are the same at every site. */
  readonly fixedBytes: number;
}

/** What all sites of a shape share. */
interface FixedShape {
  readonly faults: readonly string[];
  readonly bytes: number;
  readonly late: readonly LateFile[];
  /** Even the longest value of the fleet in every hole would break no limit: no site needs a look of its own. */
  readonly isSafe: boolean;
}

// In UTF-8 a character of a string takes at most three bytes.
function longestValue(trees: readonly SiteTree[]): number {
  let longest = 0;
  for (const { values } of trees) for (const value of values) if (value.length > longest) longest = value.length;
  return longest * 3;
}

function fixedShape(shape: TreeShape, valueBytesMax: number): FixedShape {
  const faults: string[] = [];
  const late: LateFile[] = [];
  const folders = new Set<string>();
  let files = 0;
  let bytes = 0;
  for (const part of shape.parts) {
    addFolders(part.folder, folders);
    files += part.files.length;
    for (const file of part.files) {
      const fixedBytes = typeof file.content === "string" ? Buffer.byteLength(file.content) : piecesBytes(file.content);
      bytes += fixedBytes;
      if (typeof file.name === "string") faults.push(...nameFaults(part, file.name), ...sizeFaults(pathOf(part, file), fixedBytes));
      if (typeof file.name !== "string" || typeof file.content !== "string") late.push({ file, part, fixedBytes });
    }
  }
  const entries = files + folders.size;
  if (entries > limits.treeEntries) faults.push(`the tree has ${entries} entries, over the limit of ${limits.treeEntries}`);
  if (!shape.parts.some((part) => part.folder === "" && part.files.some((file) => file.name === "plan.json")))
    faults.push("plan.json is missing");
  return { faults, bytes, late, isSafe: isSafe(late, bytes, valueBytesMax) };
}

function isSafe(late: readonly LateFile[], bytes: number, valueBytesMax: number): boolean {
  const most = late.map(
    ({ file, fixedBytes }) => fixedBytes + (typeof file.content === "string" ? 0 : file.content.holes.length * valueBytesMax),
  );
  const fixed = late.reduce((sum, { fixedBytes }) => sum + fixedBytes, 0);
  const total = bytes - fixed + most.reduce((sum, each) => sum + each, 0);
  return (
    total <= limits.treeBytes &&
    late.every(({ file }, index) => typeof file.name === "string" && (most[index] as number) <= limits.blobBytes)
  );
}

function lateFaults(fixed: FixedShape, values: readonly string[]): string[] {
  const faults: string[] = [];
  let bytes = fixed.bytes;
  for (const { file, part, fixedBytes } of fixed.late) {
    const own = typeof file.content === "string" ? 0 : valueBytes(file.content, values);
    bytes += own;
    if (fixedBytes + own > limits.blobBytes) faults.push(...sizeFaults(pathOf(part, file), fixedBytes + own));
    if (typeof file.name !== "string") faults.push(...nameFaults(part, file.name, fill(file.name, values)));
  }
  if (bytes > limits.treeBytes) faults.push(`the tree has over ${limits.treeBytes} bytes`);
  return faults;
}

// A fault is told in words that are the same at all sites, or each would be a problem of its own: a late part is `…`.
function pathOf(part: TreePart, file: Pick<TreeFile, "name">): string {
  const name = typeof file.name === "string" ? file.name : file.name.pieces.join("…");
  return part.folder === "" ? name : `${part.folder}/${name}`;
}

function nameFaults(part: TreePart, name: string | Template, filled = name as string): string[] {
  const path = part.folder === "" ? filled : `${part.folder}/${filled}`;
  // A slash inside a name would still make a path that is allowed, but no tree can hold it.
  return filled.includes("/") || tryParseTreePath(path) === undefined
    ? [`${JSON.stringify(pathOf(part, { name }))} is not a path that a site tree may hold`]
    : [];
}

function sizeFaults(path: string, bytes: number): string[] {
  const most = path === "plan.json" ? limits.planBytes : limits.blobBytes;
  return bytes > most ? [`${path} is larger than ${most} bytes`] : [];
}

function piecesBytes(template: Template): number {
  return template.pieces.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0);
}

function valueBytes(template: Template, values: readonly string[]): number {
  return template.holes.reduce((sum, hole) => sum + Buffer.byteLength(values[hole] as string), 0);
}

function addFolders(folder: string, folders: Set<string>): void {
  for (let path = folder; path !== "" && !folders.has(path); path = path.slice(0, Math.max(0, path.lastIndexOf("/")))) folders.add(path);
}
