import { type DiskEntry, sha256Hex } from "../../../core/index.ts";
import type { Chance } from "../schedule/chance.ts";

/**
 * What a disk holds: the view of the living system, and beside it what a power cut is sure to leave. Bytes become sure by `syncFile`, names by
 * `syncFolder`; nothing else makes either sure, and what is not sure may be kept, lost or torn, file by file and name by name.
 */
export type Cut = "lost" | "kept" | "torn";

interface FileNode {
  readonly kind: "file";
  bytes: Buffer;
  /** undefined: no byte was ever flushed. */
  sure: Buffer | undefined;
  /** A flush failed: the kernel dropped the pages and calls them clean, so that a later flush succeeds and saves nothing. */
  isDropped: boolean;
  changedMs: number;
}

interface FolderNode {
  readonly kind: "folder";
  readonly entries: Map<string, Node>;
  readonly sure: Map<string, Node>;
  /** Memory-backed, with all below it: nothing in it is ever sure. */
  readonly isMemory: boolean;
  changedMs: number;
}

interface LinkNode {
  readonly kind: "link";
  readonly target: string;
  changedMs: number;
}

type Node = FileNode | FolderNode | LinkNode;

/** One step of a folder's journal; a rename changes two names and is never half done. */
interface NameChange {
  readonly folder: FolderNode;
  readonly name: string;
  readonly node: Node | undefined;
}
type NameStep = readonly NameChange[];

const EMPTY = Buffer.alloc(0);
/** What file systems give for a folder; only that it stays the same matters. */
const FOLDER_SIZE = 4_096;
const LINKS_MAX = 8;

export class DiskImage {
  readonly #root: FolderNode;
  #steps: NameStep[] = [];
  nowMs: () => number = () => 0;

  constructor(root: FolderNode = folderNode(0, false)) {
    this.#root = root;
  }

  read(path: string): Buffer {
    const node = this.#get(path, "open", true);
    if (node.kind !== "file") throw fault("EISDIR", "read", path);
    return node.bytes;
  }

  write(path: string, bytes: Uint8Array): void {
    const { folder, name } = this.#parent(path, "open");
    const body = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes);
    const before = folder.entries.get(name);
    if (before === undefined) {
      const node: FileNode = { kind: "file", bytes: body, sure: undefined, isDropped: false, changedMs: this.nowMs() };
      this.#step([{ folder, name, node }]);
      return;
    }
    if (before.kind !== "file") throw fault(before.kind === "folder" ? "EISDIR" : "ELOOP", "open", path);
    before.bytes = body;
    before.isDropped = false;
    before.changedMs = this.nowMs();
  }

  syncFile(path: string): void {
    const node = this.#get(path, "open", true);
    if (node.kind === "file" && !node.isDropped) node.sure = node.bytes;
  }

  /** The flush fails, and what was to be flushed will never be. */
  failSync(path: string): void {
    const node = this.#get(path, "open", true);
    if (node.kind === "file" && node.sure !== node.bytes) node.isDropped = true;
  }

  /** With every earlier step on the same names: a folder's journal has an order. */
  syncFolder(path: string): void {
    const folder = this.#get(path, "open", true);
    if (folder.kind !== "folder" || this.#steps.length === 0) return;
    const wanted = new Set<NameStep>();
    for (let place = this.#steps.length - 1; place >= 0; place--) {
      const step = this.#steps[place] as NameStep;
      if (step.some((change) => change.folder === folder) || isNeeded(step, wanted)) wanted.add(step);
    }
    if (wanted.size === 0) return;
    for (const step of this.#steps) if (wanted.has(step)) for (const change of step) put(change.folder.sure, change);
    this.#steps = this.#steps.filter((step) => !wanted.has(step));
  }

  rename(from: string, to: string): void {
    const source = this.#parent(from, "rename");
    const goal = this.#parent(to, "rename");
    const node = source.folder.entries.get(source.name);
    if (node === undefined) throw fault("ENOENT", "rename", from);
    const before = goal.folder.entries.get(goal.name);
    if (before?.kind === "folder" && node.kind !== "folder") throw fault("EISDIR", "rename", to);
    if (before !== undefined && before.kind !== "folder" && node.kind === "folder") throw fault("ENOTDIR", "rename", to);
    if (before?.kind === "folder" && before.entries.size > 0) throw fault("ENOTEMPTY", "rename", to);
    node.changedMs = this.nowMs();
    this.#step([
      { ...source, node: undefined },
      { ...goal, node },
    ]);
  }

  /** Mounts fresh memory there. */
  makeMemory(path: string): void {
    const { folder, name } = this.#parent(path, "mount");
    const memory = folderNode(this.nowMs(), true);
    folder.entries.set(name, memory);
    folder.sure.set(name, memory);
  }

  makeFolder(path: string): void {
    let folder = this.#root;
    for (const name of partsOf(path)) {
      const next = this.#followed(folder, name, path);
      if (next !== undefined && next.kind !== "folder") throw fault("EEXIST", "mkdir", path);
      const made = next ?? folderNode(this.nowMs(), folder.isMemory);
      if (next === undefined) this.#step([{ folder, name, node: made }]);
      folder = made;
    }
  }

  list(path: string): DiskEntry[] {
    const folder = this.#get(path, "scandir", true);
    if (folder.kind !== "folder") throw fault("ENOTDIR", "scandir", path);
    return [...folder.entries].sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, node]) => entryOf(name, node));
  }

  /** A folder goes name by name, so that a power cut may leave a part of it. */
  remove(path: string): void {
    const place = this.#tryParent(path);
    const node = place?.folder.entries.get(place.name);
    if (place === undefined || node === undefined) return;
    if (node.kind === "folder") for (const name of node.entries.keys()) this.remove(`${path}/${name}`);
    this.#step([{ ...place, node: undefined }]);
  }

  inspect(path: string): DiskEntry | undefined {
    const node = this.#tryGet(path, false);
    return node && entryOf(partsOf(path).at(-1) ?? "", node);
  }

  link(target: string, path: string): void {
    const place = this.#parent(path, "symlink");
    if (place.folder.entries.has(place.name)) throw fault("EEXIST", "symlink", path);
    this.#step([{ ...place, node: { kind: "link", target, changedMs: this.nowMs() } }]);
  }

  readLink(path: string): string {
    const node = this.#get(path, "readlink", false);
    if (node.kind !== "link") throw fault("EINVAL", "readlink", path);
    return node.target;
  }

  /** Path below `folder` -> bytes, links not followed; undefined when no folder is there. Looks as a checker does, from outside. */
  tryFiles(folder: string): Map<string, Buffer> | undefined {
    const top = this.#tryGet(folder, true);
    if (top?.kind !== "folder") return undefined;
    const files = new Map<string, Buffer>();
    const walk = (inner: FolderNode, prefix: string): void => {
      for (const [name, node] of inner.entries) {
        if (node.kind === "folder") walk(node, `${prefix}${name}/`);
        else files.set(prefix + name, node.kind === "file" ? node.bytes : Buffer.from(`-> ${node.target}`));
      }
    };
    walk(top, "");
    return files;
  }

  tryRead(path: string): Buffer | undefined {
    const node = this.#tryGet(path, true);
    return node?.kind === "file" ? node.bytes : undefined;
  }

  /** The disk after the power came back. `chance` decides only what is torn. Whatever is left is sure: it was read from the platter. */
  afterCut(cut: Cut, chance: Chance): DiskImage {
    const copies = new Map<Node, Node>();
    const copyOf = (node: Node): Node => {
      const known = copies.get(node);
      if (known !== undefined) return known;
      const copy = emptyCopy(node, cut, chance);
      copies.set(node, copy);
      if (node.kind === "folder") for (const [name, inner] of node.sure) (copy as FolderNode).entries.set(name, copyOf(inner));
      return copy;
    };
    const root = copyOf(this.#root) as FolderNode;
    for (const { folder, name, node } of keptSteps(this.#steps, cut, chance).flat()) {
      put((copyOf(folder) as FolderNode).entries, { name, node: node && copyOf(node) });
    }
    for (const copy of copies.values()) if (copy.kind === "folder") for (const [name, node] of copy.entries) copy.sure.set(name, node);
    return new DiskImage(root);
  }

  /** Everything as it is, and sure: how a prepared disk is made, and copied. */
  settled(): DiskImage {
    return this.afterCut("kept", NO_CHANCE);
  }

  /** Says of a settled disk what is on it, memory left out: equal texts are equal disks. */
  get print(): string {
    const lines: string[] = [];
    const walk = (folder: FolderNode, prefix: string): void => {
      for (const name of [...folder.entries.keys()].sort()) {
        const node = folder.entries.get(name) as Node;
        if (node.kind === "file") lines.push(`${prefix}${name} ${printOf(node.bytes)}`);
        else if (node.kind === "link") lines.push(`${prefix}${name} -> ${node.target}`);
        else if (!node.isMemory) {
          lines.push(`${prefix}${name}/`);
          walk(node, `${prefix}${name}/`);
        }
      }
    };
    walk(this.#root, "/");
    return lines.join("\n");
  }

  #step(step: NameStep): void {
    for (const change of step) {
      put(change.folder.entries, change);
      change.folder.changedMs = this.nowMs();
    }
    if (!step.every((change) => change.folder.isMemory)) this.#steps.push(step);
  }

  #get(path: string, call: string, follow: boolean): Node {
    const node = this.#tryGet(path, follow);
    if (node === undefined) throw fault("ENOENT", call, path);
    return node;
  }

  #tryGet(path: string, follow: boolean): Node | undefined {
    if (path === "/") return this.#root;
    const place = this.#tryParent(path);
    if (place === undefined) return undefined;
    return follow ? this.#followed(place.folder, place.name, path) : place.folder.entries.get(place.name);
  }

  #parent(path: string, call: string): { readonly folder: FolderNode; readonly name: string } {
    const place = this.#tryParent(path);
    if (place === undefined) throw fault("ENOENT", call, path);
    return place;
  }

  #tryParent(path: string): { readonly folder: FolderNode; readonly name: string } | undefined {
    const parts = partsOf(path);
    let folder = this.#root;
    for (let place = 0; place < parts.length - 1; place++) {
      const next = this.#followed(folder, parts[place] as string, path);
      if (next?.kind !== "folder") return undefined;
      folder = next;
    }
    return { folder, name: parts.at(-1) as string };
  }

  /** Links of this disk are relative to the folder that they stand in, and name folders below it, or are absolute. */
  #followed(folder: FolderNode, name: string, path: string, depth = 0): Node | undefined {
    const node = folder.entries.get(name);
    if (node?.kind !== "link") return node;
    if (depth > LINKS_MAX) throw fault("ELOOP", "open", path);
    if (node.target.startsWith("/")) return this.#tryGet(node.target, true);
    let inner: Node | undefined = folder;
    for (const part of partsOf(node.target)) {
      if (inner?.kind !== "folder") return undefined;
      inner = this.#followed(inner, part, path, depth + 1);
    }
    return inner;
  }
}

export function fault(code: string, call: string, path: string): NodeJS.ErrnoException {
  // A stack costs more than the call, and says nothing that the path does not.
  const depth = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  const error: NodeJS.ErrnoException = new Error(`${code}: ${call} '${path}'`);
  Error.stackTraceLimit = depth;
  error.code = code;
  return error;
}

function folderNode(changedMs: number, isMemory: boolean): FolderNode {
  return { kind: "folder", entries: new Map(), sure: new Map(), isMemory, changedMs };
}

function put(entries: Map<string, Node>, { name, node }: Pick<NameChange, "name" | "node">): void {
  if (node === undefined) entries.delete(name);
  else entries.set(name, node);
}

function shareName(one: NameStep, other: NameStep): boolean {
  return one.some((change) => other.some((second) => second.folder === change.folder && second.name === change.name));
}

function isNeeded(step: NameStep, later: ReadonlySet<NameStep>): boolean {
  for (const other of later) if (shareName(step, other)) return true;
  return false;
}

/** A step is gone when it was lost itself, or when an earlier one on a name of its was. */
function keptSteps(steps: readonly NameStep[], cut: Cut, chance: Chance): readonly NameStep[] {
  if (cut !== "torn") return cut === "kept" ? steps : [];
  const gone: NameStep[] = [];
  return steps.filter((step) => {
    const stays = chance.is(0.5) && !gone.some((earlier) => shareName(earlier, step));
    if (!stays) gone.push(step);
    return stays;
  });
}

function emptyCopy(node: Node, cut: Cut, chance: Chance): Node {
  if (node.kind === "folder") return folderNode(node.changedMs, node.isMemory);
  if (node.kind === "link") return { ...node };
  const bytes = node.sure === node.bytes ? node.bytes : bytesAfter(node, cut, chance);
  return { kind: "file", bytes, sure: bytes, isDropped: false, changedMs: node.changedMs };
}

function bytesAfter({ bytes, sure = EMPTY, isDropped }: FileNode, cut: Cut, chance: Chance): Buffer {
  if (cut === "lost" || isDropped) return sure;
  if (cut === "kept") return bytes;
  const end = chance.below(bytes.length + 1);
  const half = bytes.subarray(0, end);
  // Old bytes, the beginning of the new, the new length over blocks that never came, the new beginning over the old end, or all.
  switch (chance.below(5)) {
    case 0:
      return sure;
    case 1:
      return half;
    case 2:
      return Buffer.concat([half, Buffer.alloc(bytes.length - end)]);
    case 3:
      return Buffer.concat([half, sure.subarray(end)]);
    default:
      return bytes;
  }
}

function entryOf(name: string, node: Node): DiskEntry {
  const size = node.kind === "file" ? node.bytes.length : node.kind === "link" ? node.target.length : FOLDER_SIZE;
  return { name, kind: node.kind, size, changedMs: node.changedMs };
}

const prints = new WeakMap<Buffer, string>();

function printOf(bytes: Buffer): string {
  const before = prints.get(bytes);
  if (before !== undefined) return before;
  const print = sha256Hex(bytes);
  prints.set(bytes, print);
  return print;
}

const known = new Map<string, readonly string[]>();

/** The same few hundred paths are asked for millions of times. */
function partsOf(path: string): readonly string[] {
  const before = known.get(path);
  if (before !== undefined) return before;
  const parts = path.split("/").filter((part) => part !== "");
  if (known.size < 20_000) known.set(path, parts);
  return parts;
}

const NO_CHANCE = {} as Chance;
