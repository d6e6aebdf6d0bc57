import { objectId } from "./object.ts";
import { encodeTree, FILE_MODE, FOLDER_MODE, type TreeEntry } from "./tree.ts";

export interface PathAndBytes {
  /** Relative, parts joined by `/`. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

interface Folder {
  readonly files: Map<string, Buffer>;
  readonly folders: Map<string, Folder>;
}

/**
 * `Skerry-Tree`: the id that these files have as a tree in a SHA-256 git repository (all files mode 100644), as
 * `sha256:<64 hex>`. Recomputed over every byte, so nothing depends on SHA-1 or on ids from a repository.
 * Throws when two files have one path, or a file has the path of another's folder.
 */
export function siteTreeDigest(files: Iterable<PathAndBytes>): string {
  const root: Folder = newFolder();
  for (const file of files) place(root, file);
  return `sha256:${folderId(root).toString("hex")}`;
}

function newFolder(): Folder {
  return { files: new Map(), folders: new Map() };
}

function place(root: Folder, file: PathAndBytes): void {
  const parts = file.path.split("/");
  const name = parts.pop() as string;
  let folder = root;
  for (const part of parts) {
    let next = folder.folders.get(part);
    if (!next) folder.folders.set(part, (next = newFolder()));
    if (part === "" || folder.files.has(part)) throw new Error(`two files conflict at ${JSON.stringify(file.path)}`);
    folder = next;
  }
  if (name === "" || folder.files.has(name) || folder.folders.has(name))
    throw new Error(`two files conflict at ${JSON.stringify(file.path)}`);
  folder.files.set(name, objectId("blob", file.bytes, "sha256"));
}

function folderId(folder: Folder): Buffer {
  const entries: TreeEntry[] = [];
  for (const [name, id] of folder.files) entries.push({ mode: FILE_MODE, name, id });
  for (const [name, child] of folder.folders) entries.push({ mode: FOLDER_MODE, name, id: folderId(child) });
  return objectId("tree", encodeTree(entries), "sha256");
}
