import type { Images } from "../../../../agent/images/images.ts";
import type { ImagesUnderTest } from "../images-conformance.ts";
import type { ModelBox } from "./model.ts";
import type { RealBox } from "./real.ts";
import type { Registry } from "./registry.ts";

/** `host` answers; what it answers with is in the model's state. */
export function modelStore(box: ModelBox, images: Images, host: string): ImagesUnderTest {
  return {
    images,
    knowsPins: box.state.knowsPins,
    name: (repository) => {
      const name = `${host}/${repository}@sha256:${"0123456789abcdef".repeat(4)}`;
      box.change((state) => void (state.registry[name] = repository));
      return name;
    },
    remove: (name) =>
      box.change((state) => {
        const id = state.images[name]?.id;
        for (const [ref, image] of Object.entries(state.images)) if (image.id === id) delete state.images[ref];
      }),
    lose: (name, what) =>
      box.change((state) => {
        const id = state.images[name]?.id;
        for (const image of Object.values(state.images)) if (image.id === id) image.content = what === "all" ? "unavailable" : "incomplete";
      }),
    labels: (name) =>
      Object.entries(box.state.images[name]?.labels ?? {})
        .map((pair) => pair.join("="))
        .join(","),
    label: (name, ...labels) =>
      box.change((state) => {
        for (const [key = "", value = ""] of labels.map((one) => one.split("="))) {
          if (value === "") delete state.images[name]?.labels[key];
          else Object.assign(state.images[name]?.labels ?? {}, { [key]: value });
        }
      }),
  };
}

export function realStore(box: RealBox, images: Images, registry: Registry): ImagesUnderTest {
  const blobs = (): readonly string[] => box.ctr("content", "list", "--quiet").trim().split("\n");
  return {
    images,
    knowsPins: box.knowsPins,
    name: (repository) => registry.name(repository),
    remove: (name) => {
      // By name all of its records go, as when the kubelet cleans up; a pinned one too, since a person may do that.
      if (box.ctr("images", "list", "--quiet").split("\n").includes(name)) box.crictl("rmi", name);
    },
    lose: (name, what) => {
      const lost = what === "all" ? registry.blobs(name) : registry.blobs(name).slice(-1);
      box.ctr("content", "rm", ...blobs().filter((blob) => lost.includes(blob)));
    },
    labels: (name) => box.ctr("images", "list", `name=="${name}"`).split("\n")[1] ?? "",
    label: (name, ...labels) => void box.ctr("images", "label", name, ...labels),
  };
}
