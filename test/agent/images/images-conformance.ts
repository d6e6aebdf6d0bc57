import { describe, expect, test } from "@jest/globals";
import type { Images } from "../../../agent/images/images.ts";
import { NOBODY, type Repository } from "./containerd/registry.ts";

/** An image store, and what a test does to it without the agent. */
export interface ImagesUnderTest {
  readonly images: Images;
  /** Whether the kubelet of this box sees pins by label. */
  readonly knowsPins: boolean;
  /** A reference with a digest, as containerd names it, to an image whose registry answers so when it is pulled. */
  name(repository: Repository): string;
  remove(name: string): void;
  /** Takes every layer's bytes, as containerd itself does with `discard_unpacked_layers`, or all that was fetched. What is unpacked stays. */
  lose(name: string, what: "layers" | "all"): void;
  /** Labels of one image. */
  labels(name: string): string;
  label(name: string, ...labels: readonly string[]): void;
}

const never = new AbortController().signal;

/**
 * What every image store must do for A12 and R10 to hold: the conformance suite of the port `Images`. `open` is called in each test, and may
 * give the same store again.
 */
export function describeImages(name: string, open: () => ImagesUnderTest): void {
  describe(`${name}, like every image store`, () => {
    presenceSuite(open);
    refusalSuite(open);
    pinSuite(open);
  });
}

function presenceSuite(open: () => ImagesUnderTest): void {
  test("A12: an absent image is missing until it is pulled", async () => {
    const { images, name, remove } = open();
    const good = name("there");
    remove(good);
    expect(await images.missing([good])).toEqual({ done: true, missing: [good] });
    expect(await images.pull(good, never)).toEqual({ done: true });
    expect(await images.pull(good, never)).toEqual({ done: true });
    expect(await images.missing([good])).toEqual({ done: true, missing: [] });
  });

  test("A12: layers that were discarded after unpacking do not count as missing with any snapshotter; other lost content does, until it is pulled", async () => {
    const { images, name, remove, lose } = open();
    const good = name("there");
    remove(good);
    await images.pull(good, never);
    lose(good, "layers");
    expect(await images.missing([good])).toEqual({ done: true, missing: [] });
    lose(good, "all");
    expect(await images.missing([good])).toEqual({ done: true, missing: [good] });
    expect(await images.pull(good, never)).toEqual({ done: true });
    expect(await images.missing([good])).toEqual({ done: true, missing: [] });
  });
}

function refusalSuite(open: () => ImagesUnderTest): void {
  test("image missing for r: the registry's answer that it has no such image is a verdict", async () => {
    const { images, name } = open();
    const absent = name("there").replace(/[0-9a-f]{64}$/, "0".repeat(64));
    expect(await images.pull(absent, never)).toMatchObject({ done: false, reason: "image-not-available", isNotFound: true });
  });

  test("image missing for r: a mirror's 404 while the registry itself cannot be reached is not a verdict", async () => {
    const { images } = open();
    expect(await images.pull(`${NOBODY}/there@sha256:${"0".repeat(64)}`, never)).toMatchObject({
      done: false,
      reason: "image-not-available",
      detail: expect.stringMatching(/cannot be reached/),
      isNotFound: false,
    });
  });

  const cases: readonly [repository: Repository, reason: string, detail: RegExp][] = [
    ["cut", "image-not-available", /cannot be reached/],
    ["denied", "access-refused", /refused the credentials/],
    ["denied-basic", "access-refused", /refused the credentials/],
    ["denied-token", "access-refused", /refused the credentials/],
    ["fault-token", "image-not-available", /server error/],
    ["no-token", "image-not-available", /cannot be reached/],
    ["forbidden", "access-refused", /refused the credentials/],
    ["busy", "image-not-available", /rate limit/],
    ["fault", "image-not-available", /server error/],
    ["layer-lost", "image-not-available", /could not fetch/],
    ["layer-other", "image-not-available", /does not match the digest/],
  ];

  test.each(cases)(
    "image missing for r: a registry that answers %s gives no verdict, and its message is not shown",
    async (kind, reason, detail) => {
      const { images, name } = open();
      const fault = await images.pull(name(kind), never);
      expect(fault).toEqual({ done: false, reason, detail: expect.stringMatching(detail), isNotFound: false });
      expect(JSON.stringify(fault)).not.toMatch(/secret|https?:/);
    },
  );

  test("a pull from a silent registry ends when the agent is stopped, and another pull works", async () => {
    const { images, name } = open();
    const stop = AbortSignal.timeout(500);
    expect(await images.pull(name("hangs"), stop)).toMatchObject({ done: false, reason: "image-not-available", isNotFound: false });
    expect(await images.pull(name("there"), never)).toEqual({ done: true });
  });
}

function pinSuite(open: () => ImagesUnderTest): void {
  const held = ({ knowsPins }: ImagesUnderTest): object =>
    knowsPins
      ? { done: true }
      : { done: false, reason: "fallback-impaired", detail: expect.stringMatching(/as pinned/), isNotFound: false };

  test("R10: an image is pinned as long as it is requested, and unpinned afterwards; a containerd without pins is detected", async () => {
    const store = open();
    const { images, name, labels } = store;
    const good = name("there");
    await images.pull(good, never);
    expect(await images.pin([good])).toEqual(held(store));
    expect(await images.pin([good])).toEqual(held(store));
    expect(labels(good)).toContain("io.cri-containerd.pinned=pinned");
    expect(await images.pin([])).toEqual({ done: true });
    expect(labels(good)).not.toContain("pinned");
  });

  test("R10: a pin that somebody else set stays when the agent removes its own", async () => {
    const store = open();
    const { images, name, labels, label } = store;
    const good = name("there");
    await images.pull(good, never);
    label(good, "io.cri-containerd.pinned=pinned");
    expect(await images.pin([good])).toEqual(held(store));
    expect(await images.pin([])).toEqual({ done: true });
    expect(labels(good)).toContain("io.cri-containerd.pinned=pinned");
    label(good, "io.cri-containerd.pinned=");
  });

  test("image of cur evicted by GC: it is missing and cannot be pinned", async () => {
    const store = open();
    const { images, name, remove } = store;
    const good = name("there");
    await images.pull(good, never);
    expect(await images.pin([good])).toEqual(held(store));
    remove(good);
    expect(await images.missing([good])).toEqual({ done: true, missing: [good] });
    expect(await images.pin([good])).toMatchObject({
      done: false,
      reason: "fallback-impaired",
      detail: expect.stringMatching(/not in the/),
    });
    expect(await images.pin([])).toEqual({ done: true });
  });
}
