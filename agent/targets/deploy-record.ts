import { join } from "node:path";
import { canonicalDocument, type Disk, readCanonicalDocument, sha256Hex } from "../../core/index.ts";
import { tryBytes, writeDurably } from "../store/durable.ts";

/** File of the agent -> id of each object that k3s may have read from it -> digest of its document there, empty when unknown. */
export type RecordedFiles = ReadonlyMap<string, ReadonlyMap<string, string>>;

/**
 * The content of each of the agent's files as last written. k3s deletes objects that a file no longer has, even when somebody removed or
 * emptied the file in between, so the files alone do not show what the next write would delete. The digests allow an object to stay with the
 * bytes in its file, and with no others (I1). One canonical line and its SHA-256.
 */
export class DeployRecord {
  readonly #disk: Disk;
  readonly #path: string;
  /** The bytes on the disk, to skip unchanged writes. */
  #bytes: string | undefined;

  constructor(disk: Disk, state: string) {
    this.#disk = disk;
    this.#path = join(state, "k3s-files");
  }

  /** undefined when there is no intact record: then the files themselves are the only source. */
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

/** The SHA-256 shows that an agent wrote it; the format shows which version of this layout. */
function tryFiles(value: unknown): RecordedFiles | undefined {
  const { format, files } = value as {
    readonly format?: unknown;
    readonly files?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  };
  if (format !== FORMAT || files === undefined) return undefined;
  return new Map(Object.entries(files).map(([file, digests]) => [file, new Map(Object.entries(digests))]));
}
