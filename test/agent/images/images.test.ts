import { rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Clock, systemClock } from "../../../core/index.ts";
import { Containerd } from "../../../agent/images/containerd.ts";
import { imageName } from "../../../agent/images/image-name.ts";
import { treeImages } from "../../../agent/images/tree-images.ts";
import { ModelBox } from "./containerd/model.ts";
import { noContainerd, RealBox } from "./containerd/real.ts";
import { Registry } from "./containerd/registry.ts";
import { modelStore, realStore } from "./containerd/stores.ts";
import { triesAll } from "../../tries-all.ts";
import { describeImages } from "./images-conformance.ts";

const HEX = "0123456789abcdef".repeat(4);
const never = new AbortController().signal;
/** Does not wait between its looks whether a pin has come about. */
const impatient: Clock = { ...systemClock, sleep: (ms, signal) => (ms === 500 ? Promise.resolve() : systemClock.sleep(ms, signal)) };

const boxes: ModelBox[] = [];
let registry: Server;
let host: string;

beforeAll(async () => {
  registry = createServer((socket) => socket.end());
  await new Promise<void>((resolve) => void registry.listen(0, "127.0.0.1", resolve));
  host = `127.0.0.1:${(registry.address() as { port: number }).port}`;
});

afterAll(() => {
  registry.close();
  for (const { folder } of boxes) rmSync(folder, { recursive: true });
});

function aBox(isK3s = false): { readonly box: ModelBox; readonly images: Containerd; readonly name: (registry?: string) => string } {
  const box = new ModelBox(isK3s);
  boxes.push(box);
  return { box, images: new Containerd(box.socket, systemClock, box.process), name: (at = host) => `${at}/boards/web@sha256:${HEX}` };
}

describeImages("containerd by its recorded answers", () => {
  const { box, images } = aBox();
  return modelStore(box, images, host);
});

// The same again, with waits for pins that never come.
(triesAll ? describe : describe.skip)("an older containerd", () => {
  describeImages("a containerd from before pins by label that unpacks with another than overlayfs, by its recorded answers", () => {
    const { box } = aBox();
    box.change((state) => Object.assign(state, { knowsPins: false, snapshotter: "native" }));
    return modelStore(box, new Containerd(box.socket, impatient, box.process), host);
  });
});

describe("containerd by its recorded answers", () => {
  test("A12: a box with the tools only inside k3s pulls and pins like any other", async () => {
    const { box, images, name } = aBox(true);
    box.change((state) => void (state.registry[name()] = "there"));
    expect(await images.pull(name(), never)).toEqual({ done: true });
    expect(await images.pin([name()])).toEqual({ done: true });
  });
});

const reason = noContainerd();
if (reason !== undefined)
  process.stdout.write(`images: no containerd of our own on this machine, so the recorded answers stand alone: ${reason}\n`);

(reason === undefined ? describe : describe.skip)("containerd itself", () => {
  let box: RealBox;
  let served: Registry;

  beforeAll(async () => {
    served = await Registry.open();
    box = await RealBox.start(served.host);
  }, 60_000);

  afterAll(async () => {
    await box?.stop();
    await served?.close();
  }, 60_000);

  describeImages("one of our own", () =>
    realStore(box, new Containerd(box.socket, box.knowsPins ? systemClock : impatient, box.process), served),
  );
});

describe("pulls that fail", () => {
  const cases: readonly [answer: string, reason: string, detail: RegExp][] = [
    ["no-name", "image-not-available", /cannot be reached/],
    ["no-route", "image-not-available", /cannot be reached/],
    ["store-lost", "image-not-available", /could not fetch/],
    ["full", "disk-full", /disk of the image store is full/],
    ["other", "image-not-available", /could not fetch/],
  ];

  test("image missing for r: only the registry's own not-found is a verdict; offline and disk full are not, and the tool's message is not shown", async () => {
    const { box, images, name } = aBox();
    for (const [answer, reason, detail] of cases) {
      box.change((state) => void (state.registry[name()] = answer));
      const fault = await images.pull(name(), never);
      expect([answer, fault]).toEqual([answer, { done: false, reason, detail: expect.stringMatching(detail), isNotFound: false }]);
      expect(JSON.stringify(fault)).not.toMatch(/secret|https:/);
    }
  });

  test("a pull and its program end when the agent is stopped", async () => {
    const { box, images, name } = aBox();
    box.change((state) => void (state.registry[name()] = "hangs"));
    const stop = new AbortController();
    const pulled = images.pull(name(), stop.signal);
    while (box.state.calls.length === 0) await systemClock.sleep(20);
    stop.abort();
    expect(await pulled).toMatchObject({ done: false, reason: "image-not-available", isNotFound: false });
  });
});

describe("images on the box", () => {
  test("A12: an image counts as present only under the name that the kubelet uses, and when it is complete", async () => {
    const { box, images, name } = aBox();
    const ref = (digit: string): string => `${host}/boards/web@sha256:${digit.repeat(64)}`;
    const add = (digit: string, content: "complete" | "incomplete" | "unavailable" | "error", unpacked: boolean): void =>
      box.change((state) => void (state.images[ref(digit)] = { id: `sha256:${digit}`, labels: {}, content, unpacked }));
    add("1", "complete", false);
    add("2", "incomplete", true);
    add("3", "incomplete", false);
    add("4", "unavailable", false);
    add("5", "error", false);
    box.change(
      (state) => void (state.images[`${host}/boards/web:1`] = { id: "sha256:6", labels: {}, content: "complete", unpacked: true }),
    );
    add("7", "complete", true);
    box.change((state) => Object.assign(state.images[ref("7")] ?? {}, { isUnlisted: true }));
    const asked = ["1", "2", "3", "4", "5", "6", "7"].map(ref);
    expect(await images.missing(asked)).toEqual({ done: true, missing: ["3", "4", "5", "6", "7"].map(ref) });
    expect(await images.missing([])).toEqual({ done: true, missing: [] });
    expect(await images.missing([`${host}/boards/web:9@sha256:${"1".repeat(64)}`, name()])).toEqual({ done: true, missing: [name()] });
  });

  test("a containerd that does not answer, a malformed or endless answer, and a box without the tools are faults", async () => {
    const { box, images, name } = aBox();
    box.change((state) => void (state.isDown = true));
    const down = { done: false, reason: "image-not-available", detail: expect.stringMatching(/containerd does not answer/) };
    expect(await images.missing([name()])).toMatchObject(down);
    expect(await images.pull(name(), never)).toMatchObject(down);
    expect(await images.pin([name()])).toMatchObject({ ...down, reason: "fallback-impaired" });
    for (const [bytes, words] of [
      [10, /JSON/],
      [16_000_001, /printed more than/],
    ] as const) {
      box.change((state) => Object.assign(state, { isDown: false, listBytes: bytes }));
      expect(await images.missing([name()])).toMatchObject({ done: false, detail: expect.stringMatching(words) });
    }
    const bare = new Containerd(box.socket, systemClock, { ...box.process, env: () => "/nowhere" });
    expect(await bare.missing([name()])).toMatchObject({ done: false, detail: expect.stringMatching(/neither crictl nor k3s/) });
  });

  test("tools get only PATH, HOME and LANG from the environment", async () => {
    const { box } = aBox();
    const asked: string[] = [];
    const world = { ...box.process, env: (name: string) => (asked.push(name), box.process.env(name)) };
    await new Containerd(box.socket, systemClock, world).missing(["a/b"]);
    expect([...new Set(asked)].sort()).toEqual(["HOME", "LANG", "PATH"]);
  });
});

describe("pins", () => {
  const ref = (digit: string): string => `${host}/boards/web@sha256:${digit.repeat(64)}`;

  test("R10: exactly the requested images are pinned; a missing one is reported and the others are still pinned", async () => {
    const { box, images } = aBox();
    for (const digit of ["1", "2", "3"])
      box.change((state) => void (state.images[ref(digit)] = { id: digit, labels: {}, content: "complete", unpacked: true }));
    const held = (): readonly string[] =>
      Object.entries(box.state.images).flatMap(([name, { labels }]) => ("io.cri-containerd.pinned" in labels ? [name] : []));
    expect(await images.pin([ref("1"), ref("2")])).toEqual({ done: true });
    expect(held()).toEqual([ref("1"), ref("2")]);
    expect(await images.pin([ref("2"), ref("9"), ref("3")])).toMatchObject({
      done: false,
      reason: "fallback-impaired",
      detail: expect.stringContaining(ref("9")),
    });
    expect(held()).toEqual([ref("2"), ref("3")]);
    expect(box.state.calls.every((call) => !call.includes("pull"))).toBe(true);
  });

  test("R10: a pin counts when the kubelet sees it: a delay is waited for, a missing pin is reported", async () => {
    const { box, images } = aBox();
    box.change((state) =>
      Object.assign(state, { pinLag: 1, images: { [ref("1")]: { id: "1", labels: {}, content: "complete", unpacked: true } } }),
    );
    expect(await images.pin([ref("1")])).toEqual({ done: true });
    box.change((state) => void (state.knowsPins = false));
    const unbelieving = new Containerd(box.socket, impatient, box.process);
    expect(await unbelieving.pin([ref("1")])).toMatchObject({
      done: false,
      reason: "fallback-impaired",
      detail: expect.stringMatching(/as pinned/),
    });
  }, 30_000);
});

describe("names and trees", () => {
  test("A12: references are converted to containerd's names", () => {
    const digest = `@sha256:${HEX}`;
    expect(
      [
        "nginx",
        `nginx${digest}`,
        `nginx:1.27${digest}`,
        `team/web${digest}`,
        `index.docker.io/nginx${digest}`,
        "docker.io/a/b:2",
        `localhost/web${digest}`,
        `r.example:5000/web:1${digest}`,
        "r.example/web",
      ].map(imageName),
    ).toEqual([
      "docker.io/library/nginx:latest",
      `docker.io/library/nginx${digest}`,
      `docker.io/library/nginx${digest}`,
      `docker.io/team/web${digest}`,
      `docker.io/library/nginx${digest}`,
      "docker.io/a/b:2",
      `localhost/web${digest}`,
      `r.example:5000/web${digest}`,
      "r.example/web:latest",
    ]);
  });

  test("A12: a tree's images are those of every pod, including init containers, cron jobs and mounted images", () => {
    const pod = `{"initContainers":[{"name":"i","image":"r/init@sha256:1"}],"containers":[{"name":"c","image":"r/web@sha256:2"},{"name":"d","image":"r/web@sha256:2"}],"volumes":[{"name":"v","image":{"reference":"r/model@sha256:3"}}]}`;
    const file = (path: string, text: string): { path: string; bytes: Buffer } => ({ path, bytes: Buffer.from(text) });
    const deployment = file(
      "manifests/40-apps/boards/deployment.apps_boards_web.yaml",
      `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: ${pod}}}\n`,
    );
    const job = file(
      "manifests/40-apps/boards/cronjob.batch_boards_night.yaml",
      `apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: night}\nspec: {jobTemplate: {spec: {template: {spec: {containers: [{name: a, image: "r/a@sha256:0"}]}}}}}\n`,
    );
    const settings = file(
      "manifests/40-apps/boards/configmap_boards_s.yaml",
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: s}\ndata: {image: r/no@sha256:9}\n",
    );
    const escaped = file(
      "manifests/40-apps/boards/pod_boards_e.yaml",
      'apiVersion: v1\nkind: Pod\nmetadata: {name: e}\nspec: {containers: [{"im\\x61ge": r/z@sha256:7}]}\n',
    );
    const node = file("nodes/1/cloud-config", "image: [not yaml");
    const broken = file("manifests/40-apps/boards/pod_a_b.yaml", "a: [");
    expect(treeImages([job, settings, node, broken, deployment, escaped])).toEqual([
      "r/a@sha256:0",
      "r/init@sha256:1",
      "r/model@sha256:3",
      "r/web@sha256:2",
      "r/z@sha256:7",
    ]);
  });
});
