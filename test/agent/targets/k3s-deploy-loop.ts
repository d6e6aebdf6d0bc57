import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { formatObjectRef, sha256Hex } from "../../../core/index.ts";
import { identityOf, type JsonMap, readObjects } from "../../../kube/index.ts";

/** An object in the cluster: its text, and the AddOn whose label it bears. */
export interface LiveObject {
  readonly text: string;
  readonly owner: string;
  /** group/version/Kind. */
  readonly type: string;
  /** A new one with each creation: one that was deleted and made again is not the same object. */
  readonly uid: number;
}

interface AddOn {
  checksum: string;
  /** Annotation `addon.k3s.cattle.io/gvks`: only among these, and those of the file, does k3s look for what to delete. */
  types: ReadonlySet<string>;
}

/** By checksum, because tests let k3s read the same bytes over and over. */
const parsed = new Map<string, ReturnType<typeof readObjects>>();

/**
 * What k3s and its cluster do with a deploy folder. Rules and where they stand in k3s-io/k3s pkg/deploy/controller.go (at commit
 * 0301210f) and rancher/wrangler pkg/apply (at 82381151):
 * 1. `start`: all files every 15 s; the first time by force, and until one pass had no error.
 * 2. `walkFiles`, `listFilesIn`: subfolders too, sorted by path; what changed by its modification time, all when forced. Stamps are taken for
 *    all files first, bytes are read later, file by file.
 * 3. `shouldSkipFile`: names with a leading dot, names for which a `.skip` file lies anywhere, and all but .yaml, .yml, .json are not read.
 * 4. `basename`: the AddOn is named by what stands before the first dot.
 * 5. `deploy`: the same SHA-256 as when it was last applied with success is no change, unless forced; a file that does not parse is an event
 *    and nothing is applied; a file that is gone is not looked at, so its objects stay.
 * 6. `desiredset_process.go`, `process` and `compareSets`: type by type, first those of the file, then the known ones; what exists with
 *    another owner's label is taken over; what bears the label and is not in the file is deleted, unless the file holds it in another
 *    version (`filterCrossVersion`). A fault in one object stops none of the others.
 * 7. Checksum and types are noted only after an apply without a fault.
 * And of Kubernetes: nothing is created in a namespace that is not there, and a namespace takes what is in it with it.
 *
 * k3s tells changes by stamps alone. Two writes within one tick of the file system's clock would look alike to it; writes of one file by the
 * agent are seconds apart where it matters, so the model looks at the bytes too and does not depend on the test machine's clock.
 */
export class K3sDeployLoop {
  readonly cluster = new Map<string, LiveObject>();
  /** Ids, in order. */
  readonly deleted: string[] = [];
  readonly events: string[] = [];
  /** Ids that the API refuses. */
  readonly refused = new Set<string>();
  readonly #folder: string;
  readonly #addOns = new Map<string, AddOn>();
  #seen = new Map<string, string>();
  #force = true;
  #uids = 0;
  #pass: Iterator<void> | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** One whole pass, after any that was under way. */
  scan(): void {
    while (this.#pass !== undefined) this.step();
    const pass = this.#scanning();
    while (pass.next().done !== true);
  }

  /** A part of a pass: all stamps, or one file. What others do between two steps happens in the middle of a pass. */
  step(): void {
    this.#pass ??= this.#scanning();
    if (this.#pass.next().done === true) this.#pass = undefined;
  }

  /** k3s comes up anew: the cluster and its AddOns are the same, and all files are applied again. */
  restart(): void {
    this.#pass = undefined;
    this.#seen = new Map();
    this.#force = true;
  }

  ids(): string[] {
    return [...this.cluster.keys()].sort();
  }

  *#scanning(): Generator<void> {
    const stamps = this.#stamps();
    const forced = this.#force;
    let faults = 0;
    for (const [path, stamp] of stamps) {
      yield;
      if (!forced && this.#seen.get(path) === stamp) continue;
      if (this.#deploy(path, forced)) this.#seen.set(path, stamp);
      else faults++;
    }
    if (faults === 0) this.#force = false;
  }

  #stamps(): [path: string, stamp: string][] {
    const paths = readdirSync(this.#folder, { recursive: true, encoding: "utf8" }).sort();
    const skips = new Set(paths.filter((path) => path.endsWith(".skip")).map((path) => basename(path).slice(0, -".skip".length)));
    return paths
      .filter((path) => !basename(path).startsWith(".") && !skips.has(basename(path)) && /\.(yaml|yml|json)$/i.test(path))
      .filter((path) => lstatSync(join(this.#folder, path)).isFile())
      .map((path) => [path, `${lstatSync(join(this.#folder, path)).mtimeMs} ${sha256Hex(readFileSync(join(this.#folder, path)))}`]);
  }

  /** Whether there was no fault. */
  #deploy(path: string, forced: boolean): boolean {
    const name = basename(path).split(".", 1)[0] as string;
    const addOn = this.#addOns.get(name) ?? { checksum: "", types: new Set<string>() };
    this.#addOns.set(name, addOn);
    let bytes: Buffer;
    try {
      bytes = readFileSync(join(this.#folder, path));
    } catch {
      this.events.push(`ReadManifestFailed ${path}`);
      return false;
    }
    const checksum = sha256Hex(bytes);
    if (!forced && checksum === addOn.checksum) return true;
    const read = parsed.get(checksum) ?? readObjects(bytes.toString("utf8"));
    parsed.set(checksum, read);
    if ("fault" in read) {
      this.events.push(`ParseManifestFailed ${path}`);
      return false;
    }
    const objects = new Map(read.value.map((object) => [idOf(object), object]));
    const own = new Set(Array.from(objects.values(), typeOf));
    let isApplied = true;
    for (const type of new Set([...own, ...[...addOn.types].sort()])) isApplied = this.#process(name, type, objects) && isApplied;
    if (!isApplied) {
      this.events.push(`ApplyManifestFailed ${path}`);
      return false;
    }
    addOn.checksum = checksum;
    addOn.types = own;
    return true;
  }

  #process(owner: string, type: string, objects: ReadonlyMap<string, JsonMap>): boolean {
    let isApplied = true;
    for (const [id, object] of objects) {
      if (typeOf(object) !== type) continue;
      const live = this.cluster.get(id);
      const [, , namespace] = id.split("/");
      const isHomeless = live === undefined && namespace !== "" && !this.cluster.has(`/Namespace//${namespace}`);
      if (this.refused.has(id) || isHomeless) isApplied = false;
      else this.cluster.set(id, { text: JSON.stringify(object), owner, type, uid: live?.uid ?? ++this.#uids });
    }
    for (const [id, live] of this.cluster) if (live.owner === owner && live.type === type && !objects.has(id)) this.#delete(id);
    return isApplied;
  }

  #delete(id: string): void {
    this.cluster.delete(id);
    this.deleted.push(id);
    const [group, kind, , name] = id.split("/");
    if (group !== "" || kind !== "Namespace") return;
    for (const inner of this.cluster.keys()) if (inner.split("/")[2] === name) this.#delete(inner);
  }
}

function idOf(object: JsonMap): string {
  return formatObjectRef(identityOf(object as unknown as Parameters<typeof identityOf>[0]));
}

function typeOf(object: JsonMap): string {
  return `${String(object["apiVersion"])}/${String(object["kind"])}`;
}
