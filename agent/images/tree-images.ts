import type { PathAndBytes } from "../../git/index.ts";
import { containersOf, isMap, type JsonMap, listAt, mapAt, readObjects, tryPodTemplate } from "../../kube/index.ts";

/**
 * Images that a tree's pods run or mount, as written in the manifests, sorted and without duplicates. Unreadable manifests are refused by the
 * target. Pods of custom kinds are not found: only their controller knows what they run.
 */
export function treeImages(files: readonly PathAndBytes[]): readonly string[] {
  const found = new Set<string>();
  for (const { path, bytes } of files) {
    if (!path.startsWith("manifests/")) continue;
    const text = Buffer.from(bytes).toString("utf8");
    // Parsing is expensive, and most objects have no image. YAML can spell the word differently only with a backslash.
    if (!/image|\\/.test(text)) continue;
    const read = readObjects(text);
    for (const object of "value" in read ? read.value : []) for (const image of podImages(object)) found.add(image);
  }
  return [...found].sort();
}

function podImages(object: JsonMap): readonly string[] {
  const template = tryPodTemplate(object);
  if (template === undefined) return [];
  const run = containersOf(template).map(({ container }) => container["image"]);
  const mounted = listAt(template.spec, "volumes").map((volume) => (isMap(volume) ? mapAt(volume, "image")["reference"] : undefined));
  return [...run, ...mounted].filter((image) => typeof image === "string" && image !== "") as string[];
}
