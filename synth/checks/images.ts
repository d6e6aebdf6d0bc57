import { containersOf, type FieldPath, formatFieldPath, isMap, type PodTemplate, tryPodTemplate } from "../../kube/index.ts";
import type { UnitCheck } from "./check.ts";

// A tag before the digest is for people; the container runtime only uses the digest.
const BY_DIGEST = /@sha256:[0-9a-f]{64}$/;

/** Every image must have a digest, because a tag may refer to different images at different sites. */
export const checkImages: UnitCheck = ({ objects }, report) => {
  for (const object of objects) {
    const template = tryPodTemplate(object.json);
    if (template === undefined) continue;
    for (const { path, image } of imagesOf(template)) {
      if (typeof image === "string" && BY_DIGEST.test(image)) continue;
      const field = formatFieldPath(path);
      if (typeof image !== "string" || image === "") {
        report({ code: "no-image", message: "a container has no image", object, field, next: "set it to name@sha256:…" });
        continue;
      }
      report({
        code: "image-without-digest",
        message: `the image ${JSON.stringify(image)} ${fault(image)}`,
        object,
        field,
        because: "a tag can be moved, so two sites could run different images under one release",
        next: `write ${bare(image)}@sha256:… with the digest from your registry, e.g. from: crane digest ${bare(image)}`,
      });
    }
  }
};

/** The images of all containers and of image volumes. */
function imagesOf(template: PodTemplate): { readonly path: FieldPath; readonly image: unknown }[] {
  const images = containersOf(template).map(({ path, container }) => ({ path: [...path, "image"], image: container["image"] }));
  const volumes = Array.isArray(template.spec["volumes"]) ? template.spec["volumes"] : [];
  for (const [index, volume] of volumes.entries()) {
    if (!isMap(volume) || !isMap(volume["image"])) continue;
    images.push({ path: [...template.path, "spec", "volumes", index, "image", "reference"], image: volume["image"]["reference"] });
  }
  return images;
}

function fault(image: string): string {
  if (image.includes("@")) return "has a digest that is not sha256 with 64 hex digits";
  return /:[^/:]+$/.test(image) ? "has a tag, but no digest" : "has no digest";
}

function bare(image: string): string {
  return image.replace(/@.*$/, "");
}
