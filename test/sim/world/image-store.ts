import type { Images } from "../../../agent/images/images.ts";
import type { Life } from "./life.ts";
import { never, type SimTime } from "./sim-time.ts";

/** The box's images: what is here, what is pinned, and how the registry behaves. */
export class ImageStore {
  readonly here = new Set<string>();
  pinned: readonly string[] = [];
  registry: "up" | "offline" | "not-found" = "up";

  /** The box's own clean-up: all that is not pinned goes. */
  evict(): void {
    for (const image of this.here) if (!this.pinned.includes(image)) this.here.delete(image);
  }
}

const PULL_MS = 3_000;

export function simImages(store: ImageStore, time: SimTime, life: Life): Images {
  return {
    async missing(images) {
      if (!life.isAlive) return never();
      return { done: true, missing: images.filter((image) => !store.here.has(image)) };
    },
    async pull(image, signal) {
      if (!life.isAlive) return never();
      await time.clockOf(life).sleep(PULL_MS, signal);
      if (store.registry === "up" && !signal.aborted) {
        store.here.add(image);
        return { done: true };
      }
      const isNotFound = store.registry === "not-found";
      return { done: false, reason: "image-not-available", detail: isNotFound ? "manifest unknown" : "no route to host", isNotFound };
    },
    async pin(images) {
      if (!life.isAlive) return never();
      store.pinned = [...images];
      return { done: true };
    },
  };
}
