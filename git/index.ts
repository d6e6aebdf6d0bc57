export { ID_BYTES, isObjectId, type ObjectFormat, type ObjectKind, objectId, type RawObject } from "./object.ts";
export { type PathAndBytes, siteTreeDigest } from "./site-tree-digest.ts";
export { compareEntries, encodeTree, FILE_MODE, FOLDER_MODE, type TreeEntry, tryReadTree } from "./tree.ts";
