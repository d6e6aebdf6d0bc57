import { limits } from "../../core/index.ts";
import { FILE_MODE, FOLDER_MODE, type RawReader, tryReadTree } from "../../git/index.ts";
import { refuse, type Verdict } from "./verdict.ts";

/** A file of a tree by its object id; its content has not been read. */
export interface TreeFileEntry {
  readonly path: string;
  readonly id: string;
}

/** An entry has a mode, a name of at most 255 bytes in any file system, and an id. */
const TREE_BYTES_MAX = limits.treeEntries * 300;

const MODE_NAMES: Readonly<Record<string, string>> = { "120000": "a symlink", "160000": "a submodule", "100755": "an executable file" };

interface Folder {
  readonly path: string;
  readonly id: string;
}

/**
 * Lists a tree level by level, with limits that are checked before the next object is expanded: eleven trees that each name the next one ten
 * times have a hundred thousand million paths. Only plain files and folders are accepted, no duplicate names, no empty folder.
 */
export async function listTree(reader: RawReader, root: string): Promise<Verdict<readonly TreeFileEntry[]>> {
  const files: TreeFileEntry[] = [];
  let entries = 0;
  let level: Folder[] = [{ path: "", id: root }];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > limits.treeDepth) return refuse("tree-too-large", `folders are more than ${limits.treeDepth} deep`);
    const below: Folder[] = [];
    const facts = await reader.inspect(level.map((folder) => folder.id));
    for (const [index, folder] of level.entries()) {
      const { kind, size } = facts[index] as { kind: string; size: number };
      if (kind !== "tree") return refuse("bad-tree", `${folder.path || "the root"} is a ${kind}, not a tree`);
      if (size > TREE_BYTES_MAX) return refuse("tree-too-large", `${folder.path || "the root"} has ${size} bytes of names`);
      const read = readFolder(folder, (await reader.read([folder.id]))[0] as Buffer);
      if ("refusal" in read) return read;
      entries += read.value.files.length + read.value.folders.length;
      if (entries > limits.treeEntries) return refuse("tree-too-large", `more than ${limits.treeEntries} entries`);
      files.push(...read.value.files);
      below.push(...read.value.folders);
    }
    level = below;
  }
  return { value: files };
}

function readFolder(folder: Folder, body: Buffer): Verdict<{ readonly files: TreeFileEntry[]; readonly folders: Folder[] }> {
  const entries = tryReadTree(body);
  if (entries === undefined) return refuse("bad-tree", `${folder.path || "the root"} is not a readable tree`);
  if (entries.length === 0) return refuse("bad-tree", `${folder.path || "the root"} is empty`);
  const names = new Set<string>();
  const found: { files: TreeFileEntry[]; folders: Folder[] } = { files: [], folders: [] };
  for (const { mode, name, id } of entries) {
    const path = folder.path === "" ? name : `${folder.path}/${name}`;
    // Quoted, because a hostile name may hold any byte but NUL.
    if (name === "" || name === "." || name === ".." || name.includes("/"))
      return refuse("bad-name", `${JSON.stringify(path)} is not a valid name`);
    if (names.has(name)) return refuse("name-twins", `${JSON.stringify(path)} appears twice`);
    if (mode !== FILE_MODE && mode !== FOLDER_MODE)
      return refuse("bad-mode", `${JSON.stringify(path)} is ${MODE_NAMES[mode] ?? `of mode ${mode}`}`);
    names.add(name);
    if (mode === FILE_MODE) found.files.push({ path, id: id.toString("hex") });
    else found.folders.push({ path, id: id.toString("hex") });
  }
  return { value: found };
}
