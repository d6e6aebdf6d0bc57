/** RFC 4251 section 5: a `string` is a big-endian 32-bit length and that many bytes. */
export function sshString(bytes: Uint8Array | string): Buffer {
  const content = typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes;
  const length = Buffer.allocUnsafe(4);
  length.writeUInt32BE(content.length);
  return Buffer.concat([length, content]);
}

export function sshUint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Reads SSH fields in order. A read past the end returns undefined instead of throwing. */
export class SshReader {
  readonly #bytes: Buffer;
  #offset = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  tryUint32(): number | undefined {
    if (this.#offset + 4 > this.#bytes.length) return undefined;
    const value = this.#bytes.readUInt32BE(this.#offset);
    this.#offset += 4;
    return value;
  }

  tryBytes(length: number): Buffer | undefined {
    // An untrusted length is checked before it is used: it may be 4 GB.
    if (this.#offset + length > this.#bytes.length) return undefined;
    const bytes = this.#bytes.subarray(this.#offset, this.#offset + length);
    this.#offset += length;
    return bytes;
  }

  tryString(): Buffer | undefined {
    const length = this.tryUint32();
    return length === undefined ? undefined : this.tryBytes(length);
  }

  /** An ASCII string: the name of a key type, cipher or hash. */
  tryText(): string | undefined {
    return this.tryString()?.toString("latin1");
  }

  get isAtEnd(): boolean {
    return this.#offset === this.#bytes.length;
  }
}
