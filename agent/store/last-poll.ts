import { constants } from "node:fs";
import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import { canonicalDocument, type Disk, isReason } from "../../core/index.ts";
import { headline, troubles } from "../machine/headline.ts";
import type { Trouble } from "../machine/memory.ts";
import { DETAIL_MAX, isResting, type Machine, seconds } from "../machine/state.ts";
import type { Moment } from "../machine/moment.ts";
import { cacheFolderFault } from "./cache-folder.ts";

/**
 * The result of the last poll, for a status without a running agent. It is in the cache folder on tmpfs, because an idle poll writes nothing
 * under the state folder (A28). No decision depends on it, and a boot deletes it.
 */
export interface LastPoll {
  readonly format: "skerry.last-poll/1";
  /** When it was written, in seconds since 1970. */
  readonly at: number;
  /** Record number of its journal: with another journal it is out of date. */
  readonly record: number;
  /** As `troubles` of the live status: most pressing first. */
  readonly troubles: readonly Trouble[];
  /** Why the health of the running release is not known; absent when it is known. */
  readonly unproven?: string;
}

const FILE = "last-poll.json";
const BYTES_MAX = 16_384;
const TROUBLES_MAX = 8;

/** Writes the result when it changes, and once more at the end of the process for its time. */
export class LastPollNote {
  readonly #disk: Disk;
  readonly #folder: string;
  #written: string | undefined;
  #body: Omit<LastPoll, "at"> | undefined;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(disk: Disk, cacheFolder: string) {
    this.#disk = disk;
    this.#folder = cacheFolder;
  }

  note(before: Machine, after: Machine, moment: Moment): void {
    if (after.memory.polls === 0 || !isResting(after.phase) || !hasChanged(before, after)) return;
    const listed = troubles(after, moment).map(({ reason, detail, since }) => ({ reason, detail: detail.slice(0, DETAIL_MAX), since }));
    const { reason, detail } = headline(after, moment);
    const body = {
      format: "skerry.last-poll/1",
      record: after.journal.record,
      troubles: listed.slice(0, TROUBLES_MAX),
      ...(reason === "unproven" ? { unproven: detail.slice(0, DETAIL_MAX) } : {}),
    } as const;
    const text = JSON.stringify(body);
    if (text === this.#written) return;
    this.#written = text;
    this.#body = body;
    this.#save(moment);
  }

  /** Called at the end of the process, to record its time. Resolves when all writes are done. */
  async end(moment: Moment): Promise<void> {
    this.#save(moment);
    await this.#writing;
  }

  #save(moment: Moment): void {
    if (this.#body === undefined) return;
    const bytes = Buffer.from(canonicalDocument({ ...this.#body, at: seconds(moment) }));
    this.#writing = this.#writing.then(() => this.#write(bytes));
  }

  /** A failed write only leaves the result out of the status of a stopped agent. */
  async #write(bytes: Buffer): Promise<void> {
    const path = join(this.#folder, FILE);
    try {
      if ((await cacheFolderFault(this.#folder, this.#disk)) !== undefined) return;
      await this.#disk.write(`${path}.new`, bytes, 0o600);
      await this.#disk.rename(`${path}.new`, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
      this.#written = undefined;
    }
  }
}

function hasChanged(before: Machine, after: Machine): boolean {
  const { memory: one } = before;
  const { memory: other } = after;
  return (
    before.journal !== after.journal ||
    one.polls !== other.polls ||
    one.trustTrouble !== other.trustTrouble ||
    one.driftTrouble !== other.driftTrouble ||
    one.rolloutTrouble !== other.rolloutTrouble ||
    one.refusal !== other.refusal ||
    one.fallbackTrouble !== other.fallbackTrouble
  );
}

/** undefined when there is none, or when its owner is neither root nor the owner of the state folder, who is the agent's user. */
export async function tryLastPoll(cacheFolder: string, state: string): Promise<LastPoll | undefined> {
  try {
    const { uid } = await stat(state);
    const handle = await open(join(cacheFolder, FILE), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stats = await handle.stat();
      if (!stats.isFile() || stats.size > BYTES_MAX || (stats.uid !== 0 && stats.uid !== uid)) return undefined;
      return tryRead(await handle.readFile("utf8"));
    } finally {
      await handle.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return undefined;
  }
}

function tryRead(text: string): LastPoll | undefined {
  try {
    const { format, at, record, troubles: listed, unproven } = JSON.parse(text) as Partial<LastPoll>;
    if (format !== "skerry.last-poll/1" || !isCount(at) || !isCount(record) || !Array.isArray(listed)) return undefined;
    const isSaid = typeof unproven === "string" && unproven.length <= DETAIL_MAX;
    return { format, at, record, troubles: listed.slice(0, TROUBLES_MAX).filter(isTrouble), ...(isSaid ? { unproven } : {}) };
  } catch {
    return undefined;
  }
}

function isTrouble(value: unknown): value is Trouble {
  const { reason, detail, since } = (value ?? {}) as Partial<Record<keyof Trouble, unknown>>;
  return typeof reason === "string" && isReason(reason) && typeof detail === "string" && detail.length <= DETAIL_MAX && isCount(since);
}

/** Small enough to be shown as a date. */
function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= 2 ** 40;
}
