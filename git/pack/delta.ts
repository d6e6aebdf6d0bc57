const INSERT_BYTES_MAX = 127;
const COPY_BYTES_MAX = 0xffffff;
/** A copy needs up to seven bytes, so a shorter range is smaller as an insert. */
export const COPY_FROM_BYTES = 8;

/**
 * Writes the instructions of a pack delta: what to copy from the base and what to insert. The caller knows the common ranges; this class does
 * not search for them. An instance is reused; `bytes` is valid until the next `begin`.
 * Source of the format: git's gitformat-pack(5), "Deltified representation".
 */
export class Delta {
  #buffer = Buffer.allocUnsafe(4096);
  #end = 0;
  #insertAt = -1;

  begin(baseBytes: number, targetBytes: number): void {
    this.#end = 0;
    this.#insertAt = -1;
    this.#size(baseBytes);
    this.#size(targetBytes);
  }

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#end);
  }

  copy(baseOffset: number, length: number): void {
    this.#insertAt = -1;
    this.#room(8 * (1 + Math.ceil(length / COPY_BYTES_MAX)));
    for (let done = 0; done < length; done += COPY_BYTES_MAX) this.#copy(baseOffset + done, Math.min(COPY_BYTES_MAX, length - done));
  }

  insert(bytes: Uint8Array, start = 0, end = bytes.length): void {
    this.#room((end - start) * 2 + 2);
    const buffer = this.#buffer;
    let at = this.#end;
    for (let index = start; index < end; ) {
      // Adjacent inserts share one instruction until it is full.
      if (this.#insertAt < 0 || buffer[this.#insertAt] === INSERT_BYTES_MAX) {
        this.#insertAt = at;
        buffer[at++] = 0;
      }
      const before = buffer[this.#insertAt] as number;
      const until = Math.min(end, index + INSERT_BYTES_MAX - before);
      buffer[this.#insertAt] = before + until - index;
      while (index < until) buffer[at++] = bytes[index++] as number;
    }
    this.#end = at;
  }

  #copy(offset: number, length: number): void {
    const at = this.#end++;
    let flags = 0x80;
    for (let index = 0; index < 4; index++) {
      const byte = Math.floor(offset / 2 ** (8 * index)) & 0xff;
      if (byte === 0) continue;
      flags |= 1 << index;
      this.#buffer[this.#end++] = byte;
    }
    for (let index = 0; index < 3; index++) {
      const byte = (length >> (8 * index)) & 0xff;
      if (byte === 0) continue;
      flags |= 0x10 << index;
      this.#buffer[this.#end++] = byte;
    }
    this.#buffer[at] = flags;
  }

  #size(value: number): void {
    let rest = value;
    while (rest > 127) {
      this.#buffer[this.#end++] = (rest & 0x7f) | 0x80;
      rest = Math.floor(rest / 128);
    }
    this.#buffer[this.#end++] = rest;
  }

  #room(bytes: number): void {
    if (this.#end + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#end + bytes));
    this.#buffer.copy(larger, 0, 0, this.#end);
    this.#buffer = larger;
  }
}
