import { join } from "node:path";
import { type Disk, limits, sha256Hex, type Trust, WorldError } from "../../core/index.ts";
import { trustDocumentPath } from "../../wire/index.ts";
import { refuse } from "../verify/verdict.ts";
import { judgeFirstTrust, judgeNextTrust, type TrustVersion } from "../verify/trust-walk.ts";
import { tryBytes, tryReadWhole, writeDurably } from "./durable.ts";

/** The trust document that the box was provisioned with. Throws the error with which a start would end. */
export async function readFirstTrust(disk: Disk, provisioned: string, fleet: string): Promise<TrustVersion> {
  const file = await tryReadWhole(disk, provisioned, limits.trustBytes);
  if (file === undefined) {
    throw new WorldError("trust-broken", `${provisioned} does not exist`, "Put the trust document of the bundle (trust/1.json) there");
  }
  const first = "fault" in file ? refuse("trust-broken", file.fault) : judgeFirstTrust(file.value, fleet);
  if ("value" in first) return first.value;
  throw new WorldError("trust-broken", `${provisioned}: ${first.because}`, "Provision the box with its own bundle again");
}

/** The accepted trust documents, lowest version first. Each is durable in `trust/<n>.json` before it is used for a verdict (A4). */
export class TrustStore {
  readonly #disk: Disk;
  readonly #folder: string;
  #versions: readonly TrustVersion[];

  private constructor(disk: Disk, folder: string, versions: readonly TrustVersion[]) {
    this.#disk = disk;
    this.#folder = folder;
    this.#versions = versions;
  }

  /** Verifies the stored versions from the provisioned one on, and stops at the first damaged one: the trust branch has it again. */
  static async open(disk: Disk, folder: string, provisioned: string, fleet: string): Promise<TrustStore> {
    const first = await readFirstTrust(disk, provisioned, fleet);
    const versions = [first];
    for (let trust = first.trust; trust.version < limits.trustVersions; ) {
      const next = await tryBytes(disk, join(folder, trustDocumentPath(trust.version + 1)), limits.trustBytes);
      const verdict = next === undefined ? undefined : judgeNextTrust(trust, next);
      if (verdict === undefined || "refusal" in verdict) break;
      versions.push(verdict.value);
      trust = verdict.value.trust;
    }
    const store = new TrustStore(disk, folder, versions);
    await store.#keepFirst();
    return store;
  }

  get versions(): readonly TrustVersion[] {
    return this.#versions;
  }

  get current(): Trust {
    return this.#newest.trust;
  }

  /** SHA-256 of the current document's bytes. */
  get sha256(): string {
    return sha256Hex(this.#newest.bytes);
  }

  /** Returns when the document is durable; only then may it be used for a verdict. */
  async accept(version: TrustVersion): Promise<void> {
    await this.#write(version);
    this.#versions = [...this.#versions, version];
  }

  get #newest(): TrustVersion {
    return this.#versions.at(-1) as TrustVersion;
  }

  // So that people on the box find all versions in one folder.
  async #keepFirst(): Promise<void> {
    const first = this.#versions[0] as TrustVersion;
    const stored = await tryBytes(this.#disk, join(this.#folder, trustDocumentPath(first.trust.version)), limits.trustBytes);
    if (!stored?.equals(first.bytes)) await this.#write(first);
  }

  async #write({ trust, bytes }: TrustVersion): Promise<void> {
    await this.#disk.makeFolder(join(this.#folder, "trust"));
    await writeDurably(this.#disk, join(this.#folder, trustDocumentPath(trust.version)), bytes);
  }
}
