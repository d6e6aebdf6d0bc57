import { constants, zstdCompressSync } from "node:zlib";

/** A file of a package; its parent folders are added automatically. */
export interface DebFile {
  /** Absolute on the box, e.g. `/usr/bin/skerry-agent`. */
  readonly path: string;
  readonly bytes: Buffer;
  /** @default 0o644 */
  readonly mode?: number;
}

/**
 * A binary package, format 2.0 of deb(5): an `ar` of three members, two of them tar files. Bytes follow from the arguments alone: no clock,
 * no owner, no order of a folder on this machine. zstd because Node has it and dpkg reads it since Debian 12, whose git is our lowest.
 */
export function debArchive(control: readonly DebFile[], data: readonly DebFile[], epoch: number): Buffer {
  const member = (name: string, bytes: Buffer): Buffer => {
    const head = `${name.padEnd(16)}${String(epoch).padEnd(12)}${"0".padEnd(6)}${"0".padEnd(6)}${"100644".padEnd(8)}${String(bytes.length).padEnd(10)}\`\n`;
    return Buffer.concat([Buffer.from(head, "latin1"), bytes, Buffer.alloc(bytes.length % 2, "\n")]);
  };
  return Buffer.concat([
    Buffer.from("!<arch>\n"),
    member("debian-binary", Buffer.from("2.0\n")),
    member("control.tar.zst", compressed(tarArchive(control, epoch))),
    member("data.tar.zst", compressed(tarArchive(data, epoch))),
  ]);
}

/** Level 9 takes 4 s for a Node binary, level 19 a minute for 6 % less. */
const LEVEL = 9;

function compressed(bytes: Buffer): Buffer {
  return zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: LEVEL, [constants.ZSTD_c_checksumFlag]: 1 } });
}

const BLOCK_BYTES = 512;
const FOLDER_MODE = 0o755;

/** POSIX ustar, everything owned by root. Folders come before their content, as dpkg requires. */
export function tarArchive(files: readonly DebFile[], epoch: number): Buffer {
  const folders = [...new Set(files.flatMap(({ path }) => parentsOf(path)))];
  const entries = new Map<string, DebFile | undefined>([
    ...folders.map((path) => [path, undefined] as const),
    ...files.map((file) => [file.path, file] as const),
  ]);
  const parts: Buffer[] = [];
  for (const [path, file] of [...entries].sort(([a], [b]) => (a < b ? -1 : 1))) {
    parts.push(tarHead(`.${path}`, file, epoch));
    if (file) parts.push(file.bytes, Buffer.alloc(-file.bytes.length & (BLOCK_BYTES - 1)));
  }
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK_BYTES)]);
}

/** The parents of `/usr/bin/x` are `/`, `/usr/` and `/usr/bin/`. */
function parentsOf(path: string): string[] {
  const names = path.split("/").slice(1, -1);
  return ["/", ...names.map((_, index) => `/${names.slice(0, index + 1).join("/")}/`)];
}

const NAME_BYTES_MAX = 100;

/** Without a file it is a folder's head. */
function tarHead(name: string, file: DebFile | undefined, epoch: number): Buffer {
  // No path of ours comes near the limit of the plain name field; the prefix field would be code that nothing runs.
  if (Buffer.byteLength(name) > NAME_BYTES_MAX) throw new RangeError(`${name} is longer than ${NAME_BYTES_MAX} bytes`);
  const head = Buffer.alloc(BLOCK_BYTES);
  const octal = (value: number, at: number, length: number): unknown =>
    head.write(value.toString(8).padStart(length - 1, "0"), at, "latin1");
  head.write(name, 0);
  octal(file ? (file.mode ?? 0o644) : FOLDER_MODE, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(file?.bytes.length ?? 0, 124, 12);
  octal(epoch, 136, 12);
  // The sum is taken over the head with eight spaces in the sum's own place.
  head.write("        ", 148, "latin1");
  head.write(file ? "0" : "5", 156, "latin1");
  head.write("ustar\x0000", 257, "latin1");
  head.write("root", 265, "latin1");
  head.write("root", 297, "latin1");
  const sum = head.reduce((total, byte) => total + byte, 0);
  head.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return head;
}
