import { relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { type Place, systemProcess } from "../core/index.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
// Rooms whose stack frames never belong to the user. `constructs/` also holds building blocks, so its frames are the fallback.
const OWN_ROOMS = new Set(["core", "kube", "wire", "trust", "git", "sites", "synth", "publish", "agent", "cli"]);
const FALLBACK_ROOM = "constructs";
const FRAME = /^\s*at (?:async )?(?:(new )?(.*?) \()?((?:file:\/\/)?\/.+?):(\d+):(\d+)\)?$/;

interface Frame {
  /** The class name, where the frame is a constructor. */
  readonly constructed: string | undefined;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/**
 * The place where the user wrote `new X(…)` for this object. Skips frames of its own class chain, because the line of the `new` expression
 * says more than a subclass's `super(…)` line.
 */
export function callerPlace(made: object): Place | undefined {
  const chain = new Set<string>();
  for (let type = made.constructor; typeof type === "function" && type.name !== ""; type = Object.getPrototypeOf(type))
    chain.add(type.name);
  const frames = framesOf(stackHere()).filter((frame) => frame.constructed === undefined || !chain.has(frame.constructed));
  return placeOfFrames(frames);
}

/** The user's line in the stack of an error; undefined when no frame is in the user's files. */
export function errorPlace(error: unknown): Place | undefined {
  const { stack } = (error ?? {}) as { readonly stack?: unknown };
  return typeof stack === "string" ? placeOfFrames(framesOf(stack)) : undefined;
}

/** The user's line in the current stack. */
export function placeHere(): Place | undefined {
  return placeOfFrames(framesOf(stackHere()));
}

function placeOfFrames(frames: readonly Frame[]): Place | undefined {
  let second: Frame | undefined;
  for (const frame of frames) {
    const room = roomOf(frame.file);
    if (room === undefined) return toPlace(frame);
    // Frames below synth's belong to the command, not to the user's code.
    if (room === "synth" && second !== undefined) break;
    if (room === FALLBACK_ROOM && !frame.file.endsWith("caller-place.ts")) second = frame;
  }
  return second && toPlace(second);
}

/** The room of the framework that a file belongs to; `"node_modules"` for packages; undefined for the user's files. */
function roomOf(file: string): string | undefined {
  if (file.includes(`${sep}node_modules${sep}`)) return "node_modules";
  if (!file.startsWith(ROOT)) return undefined;
  const room = file.slice(ROOT.length).split(sep)[0] as string;
  return OWN_ROOMS.has(room) || room === FALLBACK_ROOM ? room : undefined;
}

function toPlace({ file, line, column }: Frame): Place {
  const short = relative(systemProcess.workingFolder, file);
  return { file: short.startsWith("..") ? file : short, line, column };
}

function stackHere(): string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 40;
  try {
    return new Error("here").stack ?? "";
  } finally {
    Error.stackTraceLimit = limit;
  }
}

function framesOf(stack: string): Frame[] {
  const frames: Frame[] = [];
  for (const text of stack.split("\n")) {
    const match = FRAME.exec(text);
    if (match === null) continue;
    const [, made, name, location, line, column] = match;
    const file = (location as string).startsWith("file:") ? fileURLToPath(location as string) : (location as string);
    frames.push({ constructed: made === undefined ? undefined : name, file, line: Number(line), column: Number(column) });
  }
  return frames;
}
