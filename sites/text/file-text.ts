import { isUtf8 } from "node:buffer";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { limits, nearestName, type Problem, quoted, WorldError } from "../../core/index.ts";
import { TextLines } from "./text-lines.ts";

export type FileText = { readonly text: string } | { readonly problem: Problem };
export type FileList = { readonly files: readonly string[] } | { readonly problem: Problem };

/** Text of one inventory file, without a byte order mark. UTF-8 only; CRLF is left for the parsers, which all take it. */
export function readFileText(file: string): FileText {
  try {
    const { size } = statSync(file);
    const fault = size > limits.inventoryFileBytes ? tooLarge(file, size) : undefined;
    return fault ? { problem: fault } : textOf(file, readFileSync(file));
  } catch (error) {
    return { problem: problemOfError(file, error as NodeJS.ErrnoException) };
  }
}

/** The file with its lines, for whoever needs places in it once more; undefined when it went away meanwhile. */
export function tryReread(file: string): TextLines | undefined {
  const read = readFileText(file);
  return "text" in read ? new TextLines(file, read.text) : undefined;
}

/** The file itself, or all files with these endings in and below a folder, in byte order. */
export function listFiles(path: string, endings: readonly string[]): FileList {
  try {
    if (!statSync(path).isDirectory()) return { files: [path] };
    const names = readdirSync(path, { recursive: true, encoding: "utf8" }).filter((name) =>
      endings.some((ending) => name.endsWith(ending)),
    );
    const files = names.map((name) => join(path, name)).sort();
    const next = `put one there, or name another folder`;
    return files.length > 0
      ? { files }
      : { problem: fileProblem("empty-folder", path, `no ${endings.join(" or ")} file in this folder`, next) };
  } catch (error) {
    return { problem: problemOfError(path, error as NodeJS.ErrnoException) };
  }
}

// Refused in the order of what would confuse most: UTF-16 looks like NUL bytes, NUL bytes like bad UTF-8.
function textOf(file: string, bytes: Buffer): FileText {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    return { problem: fileProblem("wrong-encoding", file, "the file is UTF-16", "save it as UTF-8") };
  }
  const zero = bytes.indexOf(0);
  if (zero >= 0)
    return {
      problem: atByte("wrong-encoding", file, bytes, zero, "the file holds a NUL byte: it is no text, or UTF-16", "save it as UTF-8 text"),
    };
  if (!isUtf8(bytes)) {
    return {
      problem: atByte("wrong-encoding", file, bytes, firstBadByte(bytes), "the file is not UTF-8 from here on", "save it as UTF-8"),
    };
  }
  const text = bytes.toString("utf8");
  const bare = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  if (bare.trim() === "")
    return { problem: fileProblem("empty-file", file, "the file is empty", "write sites into it, or leave it out of the inventory") };
  return { text: bare };
}

// Halving finds the longest prefix that could still go on as UTF-8; the character that it breaks off in is the bad one.
function firstBadByte(bytes: Buffer): number {
  let good = 0;
  for (let bad = bytes.length + 1; bad - good > 1; ) {
    const middle = (good + bad) >> 1;
    if (isUtf8Prefix(bytes.subarray(0, middle))) good = middle;
    else bad = middle;
  }
  for (let back = 1; back <= 3 && good - back >= 0; back++) {
    const byte = bytes[good - back] as number;
    if (byte >= 0xc0) return back < sequenceLength(byte) ? good - back : good;
  }
  return good;
}

// In stream mode a character that is cut short at the end is no fault yet.
function isUtf8Prefix(prefix: Buffer): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(prefix, { stream: true });
    return true;
  } catch {
    return false;
  }
}

function sequenceLength(lead: number): number {
  return lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
}

function atByte(code: string, file: string, bytes: Buffer, offset: number, message: string, next: string): Problem {
  const before = bytes.subarray(0, offset);
  const lineStart = before.lastIndexOf(10) + 1;
  const line = 1 + before.reduce((count, byte) => (byte === 10 ? count + 1 : count), 0);
  return { code, severity: "error", message, at: [{ file, line, column: offset - lineStart + 1 }], next };
}

function tooLarge(file: string, size: number): Problem {
  const message = `the file has ${size} bytes; at most ${limits.inventoryFileBytes} are read`;
  return fileProblem("file-too-large", file, message, "split it into several files, one source each");
}

// What a person can mend is a problem; a disk that fails is the world's fault.
function problemOfError(file: string, error: NodeJS.ErrnoException): Problem {
  switch (error.code) {
    case "ENOENT":
    case "ENOTDIR":
    case "ENAMETOOLONG":
    case "ELOOP":
    case "ERR_INVALID_ARG_VALUE":
      return fileProblem("file-not-found", file, `${quoted(file)} does not exist`, nextForMissing(file));
    case "EACCES":
    case "EPERM":
      return fileProblem("file-not-readable", file, `${quoted(file)} may not be read`, "give yourself the right to read it");
    case "EISDIR":
      return fileProblem("file-not-readable", file, `${quoted(file)} is a folder`, "name a file");
    default:
      throw new WorldError("inventory-unreadable", `${file}: ${error.message}`, "see to the disk, then run it again", { cause: error });
  }
}

// A slip in the name is likelier than a missing file.
function nextForMissing(file: string): string {
  const near = nearestName(basename(file), namesIn(dirname(file)));
  return near ? `did you mean ${quoted(join(dirname(file), near))}?` : "paths count from the folder that the command runs in";
}

// Only for a proposal, so a folder that cannot be listed is no news.
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // The folder is missing too; then there is nothing to propose.
    return [];
  }
}

function fileProblem(code: string, file: string, message: string, next: string): Problem {
  return { code, severity: "error", message, at: [{ file }], next };
}
