export { type GitSetting, gitEnvironment } from "./environment.ts";
export { ID_BYTES, isObjectId, type ObjectFormat, type ObjectKind, objectId, type RawObject } from "./object.ts";
export { redact } from "./redaction.ts";
export { type GitCall, type GitProcess, gitText, runGit, startGit } from "./runner.ts";
export { type PathAndBytes, siteTreeDigest } from "./site-tree-digest.ts";
export { compareEntries, encodeTree, FILE_MODE, FOLDER_MODE, type TreeEntry, tryReadTree } from "./tree.ts";
