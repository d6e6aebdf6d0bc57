import type { PathAndBytes } from "../../git/index.ts";
import { containersOf, readObjects, tryPodTemplate } from "../../kube/index.ts";

/** Images that a tree's pods run, each once and sorted. What cannot be read is the target's to refuse. */
export function treeImages(files: readonly PathAndBytes[]): readonly string[] {
  const found = new Set<string>();
  for (const { path, bytes } of files) {
    if (!path.startsWith("manifests/")) continue;
    const read = readObjects(Buffer.from(bytes).toString("utf8"));
    for (const object of "value" in read ? read.value : []) {
      const template = tryPodTemplate(object);
      for (const { container } of template ? containersOf(template) : []) {
        if (typeof container["image"] === "string") found.add(container["image"]);
      }
    }
  }
  return [...found].sort();
}
