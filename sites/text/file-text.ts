import { isUtf8 } from "node:buffer";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { limits, nearestName, noteRead, type Problem, type ProblemCode, quoted, WorldError } from "../../core/index.ts";
import { TextLines } from "./text-lines.ts";

export type FileText = { readonly text: string } | { readonly problem: Problem };
export type FileList = { readonly files: readonly string[] } | { readonly problem: Problem };

/** The text of one inventory file, without a byte order mark. UTF-8 only. CRLF is kept; all parsers accept it. */
export function readFileText(file: string): FileText {
  try {
    const { size } = statSync(file);
    noteRead(file);
    const fault = size > limits.inventoryFileBytes ? tooLarge(file, size) : undefined;
    return fault ? { problem: fault } : textOf(file, readFileSync(file));
  } catch (error) {
    return { problem: problemOfError(file, error as NodeJS.ErrnoException) };
  }
}

/** The file with its lines, to find places; undefined when the file was removed meanwhile. */
export function tryReread(file: string): TextLines | undefined {
  const read = readFileText(file);
  return "text" in read ? new TextLines(file, read.text) : undefined;
}

/**
 * The file itself, or all files with these endings in a folder and its subfolders, in byte order. Programs of Windows write endings in capitals.
 * A name that begins with a dot is no site: editors, macOS and tools leave such files.
 */
export function listFiles(path: string, endings: readonly string[]): FileList {
  try {
    if (!statSync(path).isDirectory()) return { files: [path] };
    const names = readdirSync(path, { recursive: true, encoding: "utf8" }).filter((name) =>
      endings.some((ending) => name.toLowerCase().endsWith(ending) && !/(^|[/\\])\./.test(name)),
    );
    const files = names.map((name) => join(path, name)).sort();
    const next = `add a file, or name another folder`;
    return files.length > 0
      ? { files }
      : { problem: fileProblem("empty-folder", path, `the folder has no ${endings.join(" or ")} file`, next) };
  } catch (error) {
    return { problem: problemOfError(path, error as NodeJS.ErrnoException) };
  }
}

// The order matters: UTF-16 text has NUL bytes.
function textOf(file: string, bytes: Buffer): FileText {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    return { problem: fileProblem("wrong-encoding", file, "the file is UTF-16", "save it as UTF-8") };
  }
  const zero = bytes.indexOf(0);
  if (zero >= 0)
    return {
      problem: atByte(
        "wrong-encoding",
        file,
        bytes,
        zero,
        "the file holds a NUL byte: it is UTF-16 or not a text file",
        "save it as UTF-8 text",
      ),
    };
  if (!isUtf8(bytes)) {
    return {
      problem: atByte("wrong-encoding", file, bytes, firstBadByte(bytes), "the file is not UTF-8 from here on", "save it as UTF-8"),
    };
  }
  const text = bytes.toString("utf8");
  if (text.startsWith(LFS_POINTER)) return { problem: lfsPointer(file) };
  const bare = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  if (bare.trim() === "")
    return { problem: fileProblem("empty-file", file, "the file is empty", "add sites, or remove the file from the inventory") };
  return { text: bare };
}

/** https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md: the first line of every pointer. */
const LFS_POINTER = "version https://git-lfs.github.com/spec/";

function lfsPointer(file: string): Problem {
  const because = "this checkout was made without Git LFS, which keeps the file's content elsewhere";
  return {
    ...fileProblem(
      "lfs-pointer",
      file,
      `${quoted(basename(file))} is a Git LFS pointer, not the file itself`,
      "run git lfs pull, in CI before skerry",
    ),
    because,
  };
}

// Bisects for the longest valid UTF-8 prefix; the bad byte is in the character after it.
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

// In stream mode an incomplete character at the end is not an error.
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

function atByte(code: ProblemCode, file: string, bytes: Buffer, offset: number, message: string, next: string): Problem {
  const before = bytes.subarray(0, offset);
  const lineStart = before.lastIndexOf(10) + 1;
  const line = 1 + before.reduce((count, byte) => (byte === 10 ? count + 1 : count), 0);
  return { code, severity: "error", message, at: [{ file, line, column: offset - lineStart + 1 }], next };
}

function tooLarge(file: string, size: number): Problem {
  const message = `the file has ${size} bytes, but at most ${limits.inventoryFileBytes} are allowed`;
  return fileProblem("file-too-large", file, message, "split it into several files and add a source for each");
}

// Faults that a person can fix become problems; disk failures throw.
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
      return fileProblem("file-not-readable", file, `there is no permission to read ${quoted(file)}`, "change the permissions of the file");
    case "EISDIR":
      return fileProblem("file-not-readable", file, `${quoted(file)} is a folder`, "name a file");
    default:
      throw new WorldError("inventory-unreadable", `${file}: ${error.message}`, "check the disk, then run the command again", {
        cause: error,
      });
  }
}

// A typing error is the most likely cause.
function nextForMissing(file: string): string {
  const near = nearestName(basename(file), namesIn(dirname(file)));
  return near
    ? `did you mean ${quoted(join(dirname(file), near))}?`
    : "correct the path; it is relative to the working folder of the command";
}

// Only for a suggestion, so errors are ignored.
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // The folder is missing as well.
    return [];
  }
}

function fileProblem(code: ProblemCode, file: string, message: string, next: string): Problem {
  return { code, severity: "error", message, at: [{ file }], next };
}
