import { hash } from "node:crypto";
import type { SiteTree, Template, TreeFile, TreePart, TreeShape } from "../../core/index.ts";
import { Delta } from "./delta.ts";
import { isLate, LateBlob, type Placed, type Scratch } from "./late-blob.ts";
import { LateFolder, LateNamedFolder, type NamedByTemplate, type PlacedEntry, treeObject } from "./late-folder.ts";
import { objectBytes } from "../objects/object.ts";
import type { ObjectSink } from "./object-writer.ts";
import { compareEntries, FILE_MODE, FOLDER_MODE } from "../objects/tree.ts";

type Entry = PlacedEntry | NamedByTemplate;

interface Folder {
  readonly parts: TreePart[];
  readonly folders: Map<string, Folder>;
}

/**
 * Writes site trees as git objects. Shared parts are built once: files, parts and shapes without holes at their first use, the others as
 * templates with holes for ids. So the cost of a site is its late files and their parent folders.
 */
export class SiteTreeWriter {
  readonly #sink: ObjectSink;
  readonly #scratch: Scratch = { bytes: Buffer.allocUnsafe(4096), delta: new Delta() };
  readonly #shapes = new WeakMap<TreeShape, Placed>();
  readonly #parts = new WeakMap<TreePart, readonly Entry[]>();
  /** Folders with the files of exactly one part: shapes share them, and with them the first instance. */
  readonly #leaves = new WeakMap<TreePart, Placed>();
  readonly #templates = new WeakMap<Template, LateBlob>();

  constructor(sink: ObjectSink) {
    this.#sink = sink;
  }

  /**
   * Writes the new objects of this tree. The result has the tree's binary ids until the next call.
   * Throws when a shape cannot be a tree (two files of one name), which is a bug of the caller.
   */
  write(tree: SiteTree): Placed {
    let root = this.#shapes.get(tree.shape);
    if (!root) this.#shapes.set(tree.shape, (root = this.#place(grouped(tree.shape))));
    if (isLate(root)) root.fill(tree.values);
    return root;
  }

  #place(folder: Folder): Placed {
    const [only] = folder.parts;
    if (only === undefined || folder.parts.length > 1 || folder.folders.size > 0) return this.#newFolder(folder);
    let leaf = this.#leaves.get(only);
    if (!leaf) this.#leaves.set(only, (leaf = this.#newFolder(folder)));
    return leaf;
  }

  #newFolder(folder: Folder): Placed {
    const entries = folder.parts.flatMap((part) => this.#filesOf(part));
    for (const [name, child] of folder.folders) entries.push({ mode: FOLDER_MODE, name, placed: this.#place(child) });
    const plain = entries.filter((entry): entry is PlacedEntry => typeof entry.name === "string");
    refuseTwins(plain);
    if (plain.length < entries.length) return new LateNamedFolder(entries, this.#sink);
    if (plain.some((entry) => isLate(entry.placed))) return new LateFolder(plain, this.#sink, this.#scratch.delta);
    return this.#fixedFolder(plain);
  }

  #fixedFolder(entries: PlacedEntry[]): Placed {
    entries.sort(compareEntries);
    const tree1 = treeObject(entries, "id1", 20);
    const id1 = hash("sha1", tree1, "binary");
    if (this.#sink.isNew(id1)) this.#sink.writeWhole("tree", tree1.subarray(tree1.indexOf(0) + 1));
    return { id1, id2: hash("sha256", treeObject(entries, "id2", 32), "binary") };
  }

  #filesOf(part: TreePart): readonly Entry[] {
    let entries = this.#parts.get(part);
    if (!entries) this.#parts.set(part, (entries = part.files.map((file) => this.#file(file))));
    return entries;
  }

  #file({ name, content }: TreeFile): Entry {
    const placed = typeof content === "string" ? this.#fixedBlob(content) : this.#lateBlob(content);
    return { mode: FILE_MODE, name, placed } as Entry;
  }

  #lateBlob(template: Template): LateBlob {
    let blob = this.#templates.get(template);
    if (!blob) this.#templates.set(template, (blob = new LateBlob(template, this.#sink, this.#scratch)));
    return blob;
  }

  #fixedBlob(content: string): Placed {
    const body = Buffer.from(content);
    const object = objectBytes("blob", body);
    const id1 = hash("sha1", object, "binary");
    if (this.#sink.isNew(id1)) this.#sink.writeWhole("blob", body);
    return { id1, id2: hash("sha256", object, "binary") };
  }
}

function grouped(shape: TreeShape): Folder {
  const root: Folder = { parts: [], folders: new Map() };
  // git has no empty folders.
  for (const part of shape.parts.filter(({ files }) => files.length > 0)) {
    let folder = root;
    for (const name of part.folder === "" ? [] : part.folder.split("/")) {
      let next = folder.folders.get(name);
      if (!next) folder.folders.set(name, (next = { parts: [], folders: new Map() }));
      folder = next;
    }
    folder.parts.push(part);
  }
  return root;
}

function refuseTwins(entries: readonly PlacedEntry[]): void {
  const names = new Set<string>();
  for (const { name } of entries) {
    if (name === "" || names.has(name)) throw new Error(`a tree cannot have ${JSON.stringify(name)} twice`);
    names.add(name);
  }
}
