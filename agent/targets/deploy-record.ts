import { join } from "node:path";
import { canonicalDocument, type Disk, readCanonicalDocument, sha256Hex } from "../../core/index.ts";
import { tryBytes, writeDurably } from "../store/durable.ts";

/** File of ours -> id of each object that k3s may have taken from it -> digest of its document there, empty when nobody knows it. */
export type RecordedFiles = ReadonlyMap<string, ReadonlyMap<string, string>>;

/**
 * What each file of ours held when the agent last wrote it. k3s deletes what a file held and holds no longer, even when somebody removed or
 * emptied the file in between, so the files alone do not say what their next bytes would take away. The digests let an object stay with the
 * bytes that lie there, and no others (I1). One canonical line and its SHA-256.
 */
export class DeployRecord {
  readonly #disk: Disk;
  readonly #path: string;
  /** The bytes on the disk, to write nothing when nothing changed. */
  #bytes: string | undefined;

  constructor(disk: Disk, state: string) {
    this.#disk = disk;
    this.#path = join(state, "k3s-files");
  }

  /** undefined when there is none, or none that is whole: then the files have to speak for themselves. */
  async tryLoad(): Promise<RecordedFiles | undefined> {
    const bytes = await tryBytes(this.#disk, this.#path, RECORD_BYTES);
    const end = bytes === undefined ? -1 : bytes.indexOf("\n") + 1;
    if (bytes === undefined || bytes.subarray(end).toString("latin1") !== `${sha256Hex(bytes.subarray(0, end))}\n`) return undefined;
    const read = readCanonicalDocument(bytes.subarray(0, end));
    const files = "value" in read ? tryFiles(read.value) : undefined;
    this.#bytes = files === undefined ? undefined : bytes.toString("utf8");
    return files;
  }

  async save(recorded: RecordedFiles): Promise<void> {
    const files = Array.from(recorded, ([file, digests]) => [file, Object.fromEntries(digests)] as const);
    const line = canonicalDocument({ format: FORMAT, files: Object.fromEntries(files) });
    const bytes = `${line}${sha256Hex(line)}\n`;
    if (bytes === this.#bytes) return;
    await writeDurably(this.#disk, this.#path, Buffer.from(bytes), 0o600);
    this.#bytes = bytes;
  }

  async discard(): Promise<void> {
    this.#bytes = undefined;
    await this.#disk.remove(this.#path);
  }
}

/** 24,000 objects of 300 bytes. */
const RECORD_BYTES = 32_000_000;

const FORMAT = "skerry.k3s-files/1";

/** The SHA-256 says that the agent wrote it; the format, that it was one that wrote it this way. */
function tryFiles(value: unknown): RecordedFiles | undefined {
  const { format, files } = value as {
    readonly format?: unknown;
    readonly files?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  };
  if (format !== FORMAT || files === undefined) return undefined;
  return new Map(Object.entries(files).map(([file, digests]) => [file, new Map(Object.entries(digests))]));
}
