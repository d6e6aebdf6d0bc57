import { WorldError } from "../../core/index.ts";
import type { ObjectKind, RawObject } from "./object.ts";
import { type GitProcess, startGit } from "../process/runner.ts";

/** Called in the order of the ids. `undefined`: the repository has no such object. The body is valid beyond the call. */
export type OnObject = (index: number, object: RawObject | undefined) => void;

const HEADER_BYTES_MAX = 200;

/**
 * Reads many objects with one `git cat-file --batch`, and passes each on as it arrives, so that only one is in memory.
 * Ids are 40 hex digits, or revisions such as `<commit>:<path>` without spaces and line ends.
 */
export async function readObjects(gitFolder: string, ids: readonly string[], onObject: OnObject): Promise<void> {
  if (ids.length === 0) return;
  const git = startGit({ folder: gitFolder, args: ["--git-dir=.", "cat-file", "--batch", "--buffer"] });
  try {
    git.stdin.end(`${ids.join("\n")}\n`);
    const read = await parse(git, onObject);
    await git.done;
    if (read !== ids.length) throw unreadable(gitFolder, `git cat-file answered ${read} of ${ids.length} objects`);
  } finally {
    git.kill();
  }
}

/** The same objects as a list. Throws a `WorldError` when one is missing or of another kind. */
export async function readObjectList(gitFolder: string, ids: readonly string[], kind: ObjectKind): Promise<Buffer[]> {
  const bodies: Buffer[] = [];
  await readObjects(gitFolder, ids, (index, object) => {
    if (object?.kind !== kind) throw unreadable(gitFolder, `${ids[index]} is ${object ? `a ${object.kind}` : "missing"}, not a ${kind}`);
    bodies.push(object.body);
  });
  return bodies;
}

async function parse(git: GitProcess, onObject: OnObject): Promise<number> {
  let rest: Buffer = Buffer.alloc(0);
  let index = 0;
  for await (const chunk of git.stdout) {
    const bytes = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer]);
    let offset = 0;
    for (;;) {
      const next = tryOne(bytes, offset);
      if (!next) break;
      onObject(index++, next.object);
      offset = next.end;
    }
    rest = bytes.subarray(offset);
  }
  return rest.length === 0 ? index : -1;
}

// `<id> <kind> <size>` LF <body> LF, or `<request> missing` LF.
function tryOne(bytes: Buffer, offset: number): { readonly object: RawObject | undefined; readonly end: number } | undefined {
  const lineEnd = bytes.indexOf(10, offset);
  if (lineEnd < 0) return undefined;
  const line = bytes.toString("latin1", offset, Math.min(lineEnd, offset + HEADER_BYTES_MAX));
  const header = /^[0-9a-f]{40} (commit|tree|blob|tag) ([0-9]+)$/.exec(line);
  if (!header) return { object: undefined, end: lineEnd + 1 };
  const end = lineEnd + 1 + Number(header[2]);
  if (end >= bytes.length) return undefined;
  return { object: { kind: header[1] as ObjectKind, body: bytes.subarray(lineEnd + 1, end) }, end: end + 1 };
}

function unreadable(gitFolder: string, what: string): WorldError {
  return new WorldError("object-missing", `${gitFolder}: ${what}`, `Find the damage: git -C ${gitFolder} fsck`);
}
