import { limits } from "../../core/index.ts";
import type { Atom } from "./atoms.ts";

/**
 * Reads the text of a git object line by line, in a fixed order. After the first fault every read returns undefined, so that a reader can list
 * its lines without branches. It must check `fault` before it uses the values.
 */
export class SignedLines {
  readonly #text: string;
  #offset = 0;
  #line = 1;
  fault: string | undefined;

  constructor(bytes: Uint8Array) {
    this.#text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
    if (bytes.length > limits.signedObjectBytes) this.fault = `has ${bytes.length} bytes, over the limit of ${limits.signedObjectBytes}`;
    else if (/[^\n -~]/.test(this.#text)) this.fault = "holds a byte that is neither printable ASCII nor LF";
  }

  /** Bytes read so far; the text is ASCII, so characters are bytes. */
  get offset(): number {
    return this.#offset;
  }

  /** Reads a line that must equal `line`. */
  exactly(line: string): void {
    if (this.#peek() === line) this.#advance(line);
    else this.refuse(line === "" ? "must be empty" : `must be "${line}"`);
  }

  /** `<prefix><value><suffix>`, the prefix with its separator: `tree `, `Skerry-Seq: `. */
  field<T>(prefix: string, atom: Atom<T>, suffix = ""): T {
    const value = this.tryField(prefix, atom, suffix);
    if (value === undefined) this.refuse(`must begin with "${prefix}"`);
    return value as T;
  }

  /** As `field`, for an optional line. */
  tryField<T>(prefix: string, atom: Atom<T>, suffix = ""): T | undefined {
    const line = this.#peek();
    if (line === undefined || !line.startsWith(prefix)) return undefined;
    const isWhole = line.endsWith(suffix) && line.length >= prefix.length + suffix.length;
    const value = isWhole ? atom.tryRead(line.slice(prefix.length, line.length - suffix.length)) : undefined;
    if (value !== undefined) this.#advance(line);
    else
      this.refuse(
        `${prefix.trim() === "" ? "" : `"${prefix.trim()}" `}must be ${atom.description}${suffix === "" ? "" : `, then "${suffix}"`}`,
      );
    return value;
  }

  /**
   * An armored SSH signature whose first line begins with `first` and whose others begin with `indent`, without a final line end;
   * undefined when the next line does not begin one. Does not verify it.
   */
  trySignature(first: string, indent: string): string | undefined {
    if (this.#peek() !== `${first}${BEGIN}`) return undefined;
    this.#advance(`${first}${BEGIN}`);
    const body = SIGNATURE_LINES.map((line) => this.field(indent, line));
    this.exactly(`${indent}${END}`);
    return [BEGIN, ...body, END].join("\n");
  }

  end(): void {
    if (this.#offset < this.#text.length) this.refuse("must not exist: the object ends before it");
  }

  /** Keeps the first fault. */
  refuse(what: string): void {
    this.fault ??= `line ${this.#line} ${what}`;
  }

  /** The next whole line; undefined at the end, after a fault, and for a last line without its line end. */
  #peek(): string | undefined {
    const end = this.#text.indexOf("\n", this.#offset);
    return this.fault !== undefined || end < 0 ? undefined : this.#text.slice(this.#offset, end);
  }

  #advance(line: string): void {
    this.#offset += line.length + 1;
    this.#line++;
  }
}

const BEGIN = "-----BEGIN SSH SIGNATURE-----";
const END = "-----END SSH SIGNATURE-----";

// An ed25519 SSHSIG with namespace `git` always has 173 bytes, so its armor always has these lines.
const SIGNATURE_LINES = [70, 70, 70, 22].map((columns): Atom<string> => {
  const expression = new RegExp(`^[A-Za-z0-9+/]{${columns - 1}}[A-Za-z0-9+/=]$`);
  return {
    description: `a line of ${columns} base64 digits of an ed25519 signature`,
    tryRead: (text) => (expression.test(text) ? text : undefined),
  };
});

/** The author of every commit and tag. The signature, not the author, identifies who made it. */
export const AUTHOR = "Skerry <skerry@fleet.invalid> ";
export const ZONE = " +0000";
