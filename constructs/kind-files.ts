import { readFileSync } from "node:fs";
import { type JsonMap, readObjects } from "../kube/index.ts";

/**
 * The objects in files with CustomResourceDefinitions, read when a fleet is constructed and not when it is rendered: `build` must not depend
 * on files. Throws an error that names file and line.
 */
export function readKindFiles(files: readonly URL[]): readonly JsonMap[] {
  return files.flatMap((file) => {
    const read = readObjects(readFileSync(file, "utf8"));
    if ("fault" in read) throw new Error(`${file.pathname}: ${read.fault}`);
    return read.value;
  });
}
