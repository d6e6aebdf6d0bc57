export { ID_BYTES, isObjectId, type ObjectFormat, type ObjectKind, objectId, type RawObject } from "./object.ts";
export { type PathAndBytes, siteTreeDigest } from "./site-tree-digest.ts";
export { compareEntries, encodeTree, FILE_MODE, FOLDER_MODE, type TreeEntry, tryReadTree } from "./tree.ts";
export { type Cache, describeCache, pruneCache, remakeCache } from "./cache.ts";
export { type FetchedTips, type FetchRefs, type FetchResult, fetchSite } from "./fetch.ts";
export { CacheDamaged, type ObjectFacts, openRawReader, type RawReader } from "./raw-reader.ts";
export { type GitProtocol, parseRepository, withoutCredentials } from "./repository-address.ts";
