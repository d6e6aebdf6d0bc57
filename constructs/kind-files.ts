import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { noteRead } from "../core/index.ts";
import { type JsonMap, readObjects } from "../kube/index.ts";

/**
 * Reads files with CustomResourceDefinitions. Called when the fleet is constructed, because `build` must not depend on files. Throws an
 * error with file and line.
 */
export function readKindFiles(files: readonly URL[]): readonly JsonMap[] {
  return files.flatMap((file) => {
    noteRead(fileURLToPath(file));
    const read = readObjects(readFileSync(file, "utf8"));
    if ("fault" in read) throw new Error(`${file.pathname}: ${read.fault}`);
    return read.value;
  });
}
