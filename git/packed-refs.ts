import { isObjectId } from "./object.ts";

export interface PackedRef {
  /** 40 hex digits. */
  readonly id: string;
  /** What an annotated tag finally names. */
  readonly peeled?: string;
}

/** Refs by full name. Names are binary strings (latin1), so that their order as strings is git's order by bytes. */
export type PackedRefs = ReadonlyMap<string, PackedRef>;

/** With the space at its end, as git writes it. Source: git's gitrepository-layout(5) and refs/packed-backend.c. */
const HEADER = "# pack-refs with: peeled fully-peeled sorted ";

export interface PackedRefsFile {
  readonly refs: PackedRefs;
  /** Whether a missing `^` line means that the ref names no tag. git has written it so since 2013. */
  readonly isFullyPeeled: boolean;
}

/** Reads a `packed-refs` file; undefined when it is not one. No bytes are a file without refs. */
export function tryReadPackedRefs(bytes: Buffer): PackedRefsFile | undefined {
  const refs = new Map<string, PackedRef>();
  if (bytes.length === 0) return { refs, isFullyPeeled: true };
  const lines = bytes.toString("latin1").split("\n");
  if (lines.pop() !== "") return undefined;
  let name = "";
  for (const line of lines) {
    if (line.startsWith("#")) continue;
    if (line.startsWith("^")) {
      const ref = refs.get(name);
      if (ref === undefined || !isObjectId(line.slice(1))) return undefined;
      refs.set(name, { id: ref.id, peeled: line.slice(1) });
      continue;
    }
    const id = line.slice(0, 40);
    name = line.slice(41);
    if (!isObjectId(id) || line[40] !== " " || name === "") return undefined;
    refs.set(name, { id });
  }
  return { refs, isFullyPeeled: /^# pack-refs with:.* fully-peeled /.test(lines[0] as string) };
}

export function writePackedRefs(refs: PackedRefs): Buffer {
  const lines = [HEADER];
  for (const name of [...refs.keys()].sort()) {
    const ref = refs.get(name) as PackedRef;
    lines.push(`${ref.id} ${name}`);
    if (ref.peeled !== undefined) lines.push(`^${ref.peeled}`);
  }
  return Buffer.from(`${lines.join("\n")}\n`, "latin1");
}
