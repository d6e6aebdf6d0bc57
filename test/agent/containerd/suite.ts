import { execFileSync } from "node:child_process";
import { expect, test } from "@jest/globals";
import type { Images } from "../../../agent/images/images.ts";
import type { ModelBox } from "./model.ts";

/** An image store and the few things that a test does to it behind the agent's back. */
export interface Store {
  readonly images: Images;
  /** A reference with a digest that the store can pull, as containerd names it. */
  readonly good: string;
  /** The same repository with a digest that its registry does not have. */
  readonly absent: string;
  remove(name: string): void;
  /** Labels of one image. */
  labels(name: string): string;
  label(name: string, ...labels: readonly string[]): void;
}

/** What every containerd must do for R10 to hold; run on the recorded answers, and on the real thing where a machine has one. */
export function storeSuite(open: () => Store): void {
  const never = new AbortController().signal;

  test("A12: what is not here is missing, and not any more once it was pulled", async () => {
    const { images, good, remove } = open();
    remove(good);
    expect(await images.missing([good])).toEqual({ done: true, missing: [good] });
    expect(await images.pull(good, never)).toEqual({ done: true });
    expect(await images.pull(good, never)).toEqual({ done: true });
    expect(await images.missing([good])).toEqual({ done: true, missing: [] });
  });

  test("image missing for r: the registry says that there is none, and that is a verdict", async () => {
    const { images, absent } = open();
    expect(await images.pull(absent, never)).toMatchObject({ done: false, reason: "image-not-available", isNotFound: true });
  });

  test("R10: an image is held as long as it is asked for, and let go after", async () => {
    const { images, good, labels } = open();
    await images.pull(good, never);
    expect(await images.pin([good])).toEqual({ done: true });
    expect(await images.pin([good])).toEqual({ done: true });
    expect(labels(good)).toContain("io.cri-containerd.pinned=pinned");
    expect(await images.pin([])).toEqual({ done: true });
    expect(labels(good)).not.toContain("pinned");
  });

  test("R10: a pin that somebody else set outlives ours", async () => {
    const { images, good, labels, label } = open();
    await images.pull(good, never);
    label(good, "io.cri-containerd.pinned=pinned");
    expect(await images.pin([good])).toEqual({ done: true });
    expect(await images.pin([])).toEqual({ done: true });
    expect(labels(good)).toContain("io.cri-containerd.pinned=pinned");
    label(good, "io.cri-containerd.pinned=");
  });

  test("image of cur evicted by GC: it is missing, and cannot be pinned", async () => {
    const { images, good, remove } = open();
    await images.pull(good, never);
    expect(await images.pin([good])).toEqual({ done: true });
    remove(good);
    expect(await images.missing([good])).toEqual({ done: true, missing: [good] });
    expect(await images.pin([good])).toMatchObject({ done: false, reason: "fallback-impaired" });
    expect(await images.pin([])).toEqual({ done: true });
  });
}

export function modelStore(box: ModelBox, images: Images, good: string, absent: string): Store {
  return {
    images,
    good,
    absent,
    remove: (name) =>
      box.change((state) => {
        const id = state.images[name]?.id;
        for (const [ref, image] of Object.entries(state.images)) if (image.id === id) delete state.images[ref];
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

/** Needs root, `crictl` and `ctr` on PATH, and a registry that `good` can be pulled from. */
export function realStore(socket: string, images: Images, good: string): Store {
  const run = (program: string, ...args: readonly string[]): string => execFileSync(program, args, { encoding: "utf8" });
  const ctr = (...args: readonly string[]): string => run("ctr", "--address", socket, "--namespace", "k8s.io", "images", ...args);
  return {
    images,
    good,
    absent: good.replace(/[0-9a-f]{64}$/, "0".repeat(64)),
    remove: (name) => {
      // By name all of its records go, as when the kubelet cleans up; a pinned one too, since a person may do that.
      const names = ctr("list", "--quiet").split("\n");
      if (names.includes(name)) run("crictl", "--runtime-endpoint", `unix://${socket}`, "rmi", name);
    },
    labels: (name) => ctr("list", `name=="${name}"`).split("\n")[1] ?? "",
    label: (name, ...labels) => void ctr("label", name, ...labels),
  };
}
