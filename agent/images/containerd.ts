import { type Clock, printable, type ProcessPort, type Reason } from "../../core/index.ts";
import { BoxTools } from "./box-tools.ts";
import { type ListedImage, readImageList, readSnapshotters, readWholeImages } from "./image-list.ts";
import { imageName } from "./image-name.ts";
import type { Images, ImagesFault } from "./images.ts";
import { pullFault } from "./pull-fault.ts";
import { reachesRegistry } from "./registry-reach.ts";

/** containerd's CRI plugin reports images with this label as `pinned`, and the kubelet does not garbage-collect them. Since containerd 1.6.25 and 1.7.10. */
const PINNED = "io.cri-containerd.pinned";
/** Set only with the agent's own pins, so that images pinned by k3s or a person stay pinned. */
const OURS = "skerry.dev/pinned";

/** The CRI plugin learns of a changed label by an event, so the agent checks repeatedly. */
const PIN_LOOKS = 10;
const PIN_LOOK_MS = 500;

type Done<T> = ({ readonly done: true } & T) | ImagesFault;

/** The image store of a box with k3s or containerd (A12, R10). For one agent: two on one containerd would remove each other's pins. */
export class Containerd implements Images {
  readonly #tools: BoxTools;
  readonly #clock: Clock;

  constructor(socket: string, clock: Clock, environment: ProcessPort) {
    this.#tools = new BoxTools(socket, clock, environment);
    this.#clock = clock;
  }

  async missing(images: readonly string[]): Promise<Done<{ readonly missing: readonly string[] }>> {
    if (images.length === 0) return { done: true, missing: [] };
    const listed = await this.#list("image-not-available");
    if (!listed.done) return listed;
    const names = new Set(listed.images.flatMap((image) => image.names));
    const here = images.map(imageName).filter((name) => names.has(name));
    const whole = await this.#whole([...new Set(here)]);
    return whole.done ? { done: true, missing: images.filter((image) => !whole.names.has(imageName(image))) } : whole;
  }

  async pull(image: string, signal: AbortSignal): Promise<Done<unknown>> {
    const name = imageName(image);
    const answer = await this.#tools.pull(name, signal);
    if (answer.did === "answer") return { done: true };
    if (answer.did === "nothing") return fault("image-not-available", `${name}: ${answer.why}`);
    const { reason, detail, isNotFound } = pullFault(name, answer.stderr);
    if (!isNotFound) return fault(reason, `${name}: ${detail}`);
    if (await reachesRegistry(name, this.#clock)) return { ...fault(reason, `${name}: ${detail}`), isNotFound: true };
    return fault(reason, `${name}: a mirror does not have it, and the registry itself cannot be reached`);
  }

  /** New pins first, so that a fault leaves too many pins and never too few. */
  async pin(images: readonly string[]): Promise<Done<unknown>> {
    const wanted = new Set(images.map(imageName));
    const pinned = await this.#labelled(`labels."${PINNED}"==pinned`);
    if (!pinned.done) return pinned;
    const ours = await this.#labelled(`labels."${OURS}"`);
    if (!ours.done) return ours;
    const lost: string[] = [];
    for (const name of [...wanted].filter((one) => !pinned.names.has(one))) {
      const set = await this.#label(name, [`${PINNED}=pinned`, `${OURS}=agent`]);
      if (set === undefined) lost.push(name);
      else if (!set.done) return set;
    }
    for (const name of [...ours.names].filter((one) => !wanted.has(one))) {
      // An empty value removes a label. An image that was removed meanwhile has no labels any more.
      const lifted = await this.#label(name, [`${PINNED}=`, `${OURS}=`]);
      if (lifted?.done === false) return lifted;
    }
    if (lost.length > 0) return fault("fallback-impaired", `${firstOf(lost)} cannot be pinned: not in the image store`);
    return wanted.size === 0 ? { done: true } : this.#confirm(wanted);
  }

  /** An older containerd accepts the label without any effect, so only what the kubelet sees counts. */
  async #confirm(wanted: ReadonlySet<string>): Promise<Done<unknown>> {
    let open: readonly string[] = [...wanted];
    for (let look = 0; look < PIN_LOOKS; look += 1) {
      if (look > 0) await this.#clock.sleep(PIN_LOOK_MS);
      const listed = await this.#list("fallback-impaired");
      if (!listed.done) return listed;
      const held = new Set(listed.images.filter(({ isPinned }) => isPinned).flatMap(({ names }) => names));
      open = [...wanted].filter((name) => !held.has(name));
      if (open.length === 0) return { done: true };
    }
    return fault("fallback-impaired", `containerd does not report ${firstOf(open)} as pinned although the label is set`);
  }

  async #list(reason: Reason): Promise<Done<{ readonly images: readonly ListedImage[] }>> {
    const answer = await this.#tools.crictl(["images", "--output", "json"]);
    if (answer.did !== "answer") return fault(reason, `images cannot be listed: ${answer.why}`);
    const read = readImageList(answer.stdout);
    return "fault" in read ? fault(reason, read.fault) : { done: true, images: read.value };
  }

  async #whole(names: readonly string[]): Promise<Done<{ readonly names: ReadonlySet<string> }>> {
    const first = await this.#checked(names, []);
    if (!first.done || names.every((name) => first.names.has(name))) return first;
    // ctr checks overlayfs by default, but the box may use another snapshotter; and a pull does not restore blobs that were discarded after unpacking.
    const answer = await this.#tools.crictl(["imagefsinfo", "--output", "json"]);
    const whole = new Set(first.names);
    for (const snapshotter of answer.did === "answer" ? readSnapshotters(answer.stdout) : []) {
      const open = names.filter((name) => !whole.has(name));
      const more = await this.#checked(open, ["--snapshotter", snapshotter]);
      if (!more.done) return more;
      for (const name of more.names) whole.add(name);
    }
    return { done: true, names: whole };
  }

  async #checked(names: readonly string[], flags: readonly string[]): Promise<Done<{ readonly names: ReadonlySet<string> }>> {
    if (names.length === 0) return { done: true, names: new Set() };
    const answer = await this.#tools.ctr(["check", ...flags, ...names.map((name) => `name=="${name}"`)]);
    // One unreadable image makes the whole check exit with 1, after the table; without a table nothing was checked.
    const hasTable = answer.did === "refuse" && answer.stdout.startsWith("REF");
    if (answer.did === "answer" || hasTable) return { done: true, names: readWholeImages(answer.stdout) };
    return fault("image-not-available", `images cannot be checked: ${answer.why}`);
  }

  async #labelled(filter: string): Promise<Done<{ readonly names: ReadonlySet<string> }>> {
    const answer = await this.#tools.ctr(["list", "--quiet", filter]);
    if (answer.did !== "answer") return fault("fallback-impaired", `pins cannot be read: ${answer.why}`);
    return { done: true, names: new Set(answer.stdout.split("\n").filter((line) => line !== "")) };
  }

  /** undefined when the image is not in the store. */
  async #label(name: string, labels: readonly string[]): Promise<Done<unknown> | undefined> {
    const answer = await this.#tools.ctr(["label", name, ...labels]);
    if (answer.did === "answer") return { done: true };
    if (answer.did === "refuse" && answer.stderr.includes(`image "${name}": not found`)) return undefined;
    return fault("fallback-impaired", `the pin of ${name} cannot be changed: ${answer.why}`);
  }
}

function firstOf(names: readonly string[]): string {
  const [first = ""] = names;
  return names.length > 1 ? `${first} and ${names.length - 1} more` : first;
}

function fault(reason: Reason, detail: string): ImagesFault {
  return { done: false, reason, detail: printable(detail, 299), isNotFound: false };
}
