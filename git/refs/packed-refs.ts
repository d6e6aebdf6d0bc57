export interface PackedRef {
  /** 40 hex digits. */
  readonly id: string;
  /** The object that an annotated tag points to. */
  readonly peeled?: string;
}

/** Refs by full name. Names are binary strings (latin1), so that their order as strings is git's order by bytes. */
export type PackedRefs = ReadonlyMap<string, PackedRef>;

/** With the space at its end, as git writes it. Source: git's gitrepository-layout(5) and refs/packed-backend.c. */
const HEADER = "# pack-refs with: peeled fully-peeled sorted ";

export interface PackedRefsFile {
  readonly refs: PackedRefs;
  /** Whether a missing `^` line means that the ref is not an annotated tag. Always so since git of 2013. */
  readonly isFullyPeeled: boolean;
}

/** Reads a `packed-refs` file; undefined when it is not one. An empty file has no refs. */
export function tryReadPackedRefs(bytes: Buffer): PackedRefsFile | undefined {
  const refs = new Map<string, PackedRef>();
  if (bytes.length > 0 && bytes.at(-1) !== 10) return undefined;
  const text = bytes.toString("latin1");
  let name = "";
  for (let start = 0, end = 0; start < text.length; start = end + 1) {
    end = text.indexOf("\n", start);
    const first = text[start];
    if (first === "#") continue;
    const at = first === "^" ? start + 1 : start;
    if (!isHex40(text, at)) return undefined;
    const id = text.slice(at, at + 40);
    const ref = first === "^" ? refs.get(name) : undefined;
    if (first !== "^") {
      if (text[start + 40] !== " " || end < start + 42) return undefined;
      name = text.slice(start + 41, end);
      refs.set(name, { id });
    } else if (ref && end === at + 40) refs.set(name, { id: ref.id, peeled: id });
    else return undefined;
  }
  return { refs, isFullyPeeled: isFullyPeeled(bytes) };
}

export function isFullyPeeled(bytes: Buffer): boolean {
  return bytes.length === 0 || /^# pack-refs with:.* fully-peeled /.test(bytes.toString("latin1", 0, 200).split("\n")[0] as string);
}

// A regular expression per line would cost more than everything else: there are as many lines as sites.
function isHex40(text: string, start: number): boolean {
  for (let at = start; at < start + 40; at++) {
    const code = text.charCodeAt(at);
    if (!((code >= 48 && code <= 57) || (code >= 97 && code <= 102))) return false;
  }
  return true;
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
