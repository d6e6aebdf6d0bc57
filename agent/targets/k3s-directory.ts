import { type Clock, type Disk, sha256Hex } from "../../core/index.ts";
import { guardedTarget } from "./guarded-target.ts";
import { answered } from "./answered.ts";
import { deployFileBody, documentOf, documentsIn } from "./deploy-file.ts";
import { DeployFolder, holds, type Survey } from "./deploy-folder.ts";
import { DeployLayout, heldObjects, type Wanted } from "./deploy-layout.ts";
import { DeployRecord, type RecordedFiles } from "./deploy-record.ts";
import { isUntouched, type FolderListing } from "./folder-listing.ts";
import { handOvers } from "./hand-over.ts";
import { LeftOverStore } from "./left-over.ts";
import { bodiesToWrite, firstFault, type StuckFiles, stuckNarrow, stuckWide } from "./stuck-file.ts";
import { CHANGED_MAX, type PruneAnswer, type RetainedObjects, type Target, type TargetAnswer, type TargetTree } from "./target.ts";
import { manifestFault, type PlacedObject, placedObjects, readPlacedObjects } from "./tree-objects.ts";

/**
 * A22: the folder whose files k3s applies, one file per unit and stage. k3s reads it every 15 s and at once deletes objects that a changed
 * file no longer has; so objects that must stay are written again each time. The agent cannot see what k3s does with the files: probes judge a
 * release. An object that k3s never applied successfully and that a later file drops stays in the cluster, because k3s looks for dropped
 * objects only among kinds that it once applied.
 */
export function k3sDirectory(path: string, state: string, disk: Disk, clock: Clock): Target {
  return guardedTarget(new K3sDirectory(path, state, disk, clock), path, disk);
}

/** Two poll intervals of k3s: after this time it has read what was written. */
const SETTLE_SECONDS = 30;
const SETTLE_MS = SETTLE_SECONDS * 1_000;

/** An emptied file stays this long, in case k3s does not run: k3s needs it to delete the objects. */
const EMPTY_MS = 86_400_000;

const NOTHING: ReadonlySet<string> = new Set();

type Planned = { readonly layout: DeployLayout; readonly survey: Survey; readonly record: RecordedFiles | undefined };
type Blocked = { readonly id: string; readonly detail: string };

class K3sDirectory implements Target {
  readonly settleSeconds = SETTLE_SECONDS;
  readonly #clock: Clock;
  readonly #folder: DeployFolder;
  readonly #record: DeployRecord;
  readonly #leftOver: LeftOverStore;
  /** The last listing at which every byte was right, and for which content. */
  #right: { readonly key: string; readonly listing: FolderListing } | undefined;
  /** Emptied file -> since when on the monotonic clock. Lost with the process, which only makes the wait longer. */
  readonly #emptySince = new Map<string, number>();

  constructor(path: string, state: string, disk: Disk, clock: Clock) {
    this.#clock = clock;
    this.#folder = new DeployFolder(path, disk, clock);
    this.#record = new DeployRecord(disk, state);
    this.#leftOver = new LeftOverStore(disk, state);
  }

  async dryRun(tree: TargetTree): Promise<TargetAnswer> {
    return answered(async () => {
      const read = readPlacedObjects(await tree.load());
      if ("fault" in read) return { done: false, reason: "bad-manifest", detail: read.fault };
      const record = await this.#record.tryLoad();
      for (const [id, { file, bytes }] of read.value) {
        // Most of a release equals the running one, and passed when that was applied.
        if (record?.get(file)?.get(id) === sha256Hex(documentOf(bytes))) continue;
        const fault = manifestFault(id, bytes);
        if (fault !== undefined) return { done: false, reason: "bad-manifest", detail: `the manifest of ${id}: ${fault}` };
      }
      return { done: true };
    });
  }

  /** Writes the union of old and new objects into each file. Whenever k3s reads, no object of the old tree is missing. */
  async apply(tree: TargetTree, retained: RetainedObjects, isFirst: boolean): Promise<TargetAnswer> {
    return answered(async () => {
      const planned = await this.#plan(tree, retained, NOTHING);
      const { layout, survey } = planned;
      const stuck = stuckWide(layout, survey);
      const fault = firstFault(stuck);
      // The first release is applied completely or not at all.
      if (isFirst && fault !== undefined) return fault;
      await this.#folder.remove(survey, survey.temporaries);
      await this.#folder.write(
        survey,
        bodiesToWrite(layout, stuck, (file) => layout.wide(file)),
      );
      // Also for renames of an earlier attempt that crashed before the flush.
      await this.#folder.sync();
      // After the files: the record names only what was written, so a fallback creates nothing that never existed.
      await this.#record.save(recorded(planned, layout.files, (file) => (stuck.has(file) ? layout.held(file) : layout.wide(file))));
      return fault ?? { done: true };
    });
  }

  /** Only a listing when nothing changed. The files' desired content is the same as after PRUNE. */
  async reconcile(tree: TargetTree, retained: RetainedObjects): ReturnType<Target["reconcile"]> {
    let changed: readonly string[] = [];
    const answer = await answered(async () => {
      const key = [tree.tree, ...[...retained.keep].sort()].join("\n");
      if (await this.#isUntouched(key)) return { done: true };
      const planned = await this.#plan(tree, retained, NOTHING);
      const stuck = stuckNarrow(planned.layout, planned.survey);
      const differing = differingFiles(planned, stuck);
      await this.#narrow(planned, stuck);
      changed = differing;
      this.#right = differing.length === 0 && stuck.size === 0 ? { key, listing: planned.survey.listing } : undefined;
      return firstFault(stuck) ?? { done: true };
    });
    // Also with a fault: some files may have been repaired before it.
    const repairs = { repaired: changed.length, ...(changed.length === 0 ? {} : { changed: changed.slice(0, CHANGED_MAX) }) };
    return Object.assign(answer, repairs);
  }

  /** The agent cannot see whether k3s has deleted the objects. It only ensures that the next files that k3s reads do not have them. */
  async prune(tree: TargetTree, retained: RetainedObjects, gone: readonly string[]): Promise<PruneAnswer> {
    return answered(async () => {
      const planned = await this.#plan(tree, retained, new Set(gone));
      const blocked = await this.#take(planned, gone);
      // A stored entry of an object that is in a tree again would bring back old bytes when a later tree drops it.
      if (blocked.length === 0) await this.#leftOver.retain(keptObjects(planned.layout));
      return { done: true, blocked };
    });
  }

  /** k3s has to read the emptied files before they are removed. Afterwards only the files of the objects that stay are left. */
  async erase(retained: RetainedObjects, gone: readonly string[]): Promise<PruneAnswer> {
    return answered(async () => {
      const planned = await this.#plan(undefined, retained, new Set(gone));
      const blocked = await this.#take(planned, gone);
      if (blocked.length > 0) return { done: true, blocked };
      const empty = emptyFiles(planned);
      if (empty.length > 0) await this.#clock.sleep(SETTLE_MS);
      await this.#folder.remove(planned.survey, empty);
      await this.#record.discard();
      await this.#leftOver.discard();
      return { done: true, blocked };
    });
  }

  /** The desired and the present content, and the bytes of all objects that stay, which are durable in the store from here on. */
  async #plan(tree: TargetTree | undefined, { keep, other }: RetainedObjects, gone: ReadonlySet<string>): Promise<Planned> {
    const wanted: Wanted = { tree: tree === undefined ? new Map() : placedObjects(await tree.load()), keep, gone };
    const record = await this.#record.tryLoad();
    const survey = await this.#folder.survey((name) => record?.has(name) === true);
    const stored = await this.#leftOver.load();
    const layout = new DeployLayout(wanted, heldObjects(wanted, record, survey), stored);
    const missing = layout.kept.filter((id) => !stored.has(id));
    const planned = { layout, survey, record };
    learnFromFiles(missing, planned);
    if (other !== null && missing.some((id) => layout.tryBytes(id) === undefined)) {
      const objects = placedObjects(await other.load());
      for (const id of missing) layout.learn(id, objects.get(id)?.bytes);
    }
    await this.#leftOver.save(keptObjects(layout, missing));
    return planned;
  }

  /** Narrows the files, and returns the objects of `gone` that could not be removed. */
  async #take(planned: Planned, gone: readonly string[]): Promise<Blocked[]> {
    const { layout, survey } = planned;
    const stuck = stuckNarrow(layout, survey);
    await this.#narrow(planned, stuck);
    await this.#folder.sync();
    return gone.flatMap((id) => {
      if (layout.homes.has(id)) return [{ id, detail: "the release declares it, or it must stay" }];
      const fault = [...stuck].find(([file]) => layout.held(file).has(id))?.[1];
      return fault === undefined ? [] : [{ id, detail: fault.detail }];
    });
  }

  /** Writes each file's final content, then the record. A moving object is in both files before it leaves one. */
  async #narrow(planned: Planned, stuck: StuckFiles): Promise<void> {
    const { layout, survey } = planned;
    await this.#folder.remove(survey, survey.temporaries);
    await this.#folder.write(
      survey,
      bodiesToWrite(layout, stuck, (file) => layout.wide(file)),
    );
    const moving = layout.files.filter((file) => !stuck.has(file) && layout.leaving(file).length > 0);
    for (const { sources, takers, shrunk } of handOvers(moving, layout)) {
      await this.#folder.remove(survey, sources);
      await this.#folder.write(survey, takers, true);
      await this.#clock.sleep(SETTLE_MS);
      await this.#folder.write(survey, shrunk);
    }
    const removed = await this.#removeEmptied(planned);
    const left = layout.files.filter((file) => !removed.includes(file));
    await this.#record.save(recorded(planned, left, (file) => (stuck.has(file) ? layout.held(file) : layout.own(file))));
  }

  async #isUntouched(key: string): Promise<boolean> {
    if (this.#right?.key !== key || this.#removable().length > 0) return false;
    const listing = await this.#folder.tryListing();
    return listing !== undefined && isUntouched(this.#right.listing, listing);
  }

  /** A file leaves the record after its removal. In the other order a power cut would leave an empty file that is in no record. */
  async #removeEmptied(planned: Planned): Promise<readonly string[]> {
    const empty = emptyFiles(planned);
    for (const file of this.#emptySince.keys()) if (!empty.includes(file)) this.#emptySince.delete(file);
    for (const file of empty) if (!this.#emptySince.has(file)) this.#emptySince.set(file, this.#clock.monotonic());
    const removable = this.#removable();
    await this.#folder.remove(planned.survey, removable);
    for (const file of removable) this.#emptySince.delete(file);
    return removable;
  }

  #removable(): readonly string[] {
    const now = this.#clock.monotonic();
    return [...this.#emptySince].filter(([, since]) => now - since >= EMPTY_MS).map(([file]) => file);
  }
}

/** The agent's files without any object. */
function emptyFiles({ layout, survey }: Planned): readonly string[] {
  return layout.files.filter((file) => holds(survey, file, deployFileBody([])));
}

function differingFiles({ layout, survey }: Planned, stuck: StuckFiles): readonly string[] {
  const bodies = bodiesToWrite(layout, stuck, (file) => layout.own(file));
  return [...survey.temporaries, ...[...bodies].flatMap(([file, body]) => (holds(survey, file, body) ? [] : [file]))];
}

/** Takes the bytes of objects from the agent's files, where they are as the agent wrote them. */
function learnFromFiles(ids: readonly string[], { layout, survey, record }: Planned): void {
  for (const [file, digests] of record ?? []) {
    const lying = ids.filter((id) => digests.has(id));
    const documents = lying.length === 0 ? undefined : documentsIn(survey.present.get(file) ?? Buffer.alloc(0));
    for (const id of lying) {
      const document = documents?.get(id);
      if (document !== undefined && sha256Hex(document) === digests.get(id)) layout.learn(id, document);
    }
  }
}

/** The objects that k3s may have from each of these files from now on. */
function recorded({ layout, record }: Planned, files: readonly string[], idsOf: (file: string) => Iterable<string>): RecordedFiles {
  const digest = (file: string, id: string): string => {
    const bytes = layout.tryBytes(id);
    return bytes === undefined ? (record?.get(file)?.get(id) ?? "") : sha256Hex(documentOf(bytes));
  };
  return new Map(files.map((file) => [file, new Map(Array.from(idsOf(file), (id) => [id, digest(file, id)]))]));
}

/** Those of `ids` whose bytes are known. */
function keptObjects(layout: DeployLayout, ids = layout.kept): readonly PlacedObject[] {
  return ids.flatMap((id) => {
    const bytes = layout.tryBytes(id);
    return bytes === undefined ? [] : [{ file: layout.homes.get(id) as string, bytes }];
  });
}
