import { limits, type ObjectRef, sha256Hex, type Stage } from "../core/index.ts";

const KEPT_BYTES = 180;
const DIGEST_DIGITS = 12;

/**
 * The file name of an object: `<kind>[.<group>]_<namespace or ->_<name>.yaml`. The kind is in lower case; every other byte outside
 * `[a-z0-9.-]` is written `=xx`, so `_` only separates. Longer than 200 bytes: the first 180, `~`, 12 hex of SHA-256 of the whole, `.yaml`.
 */
export function manifestFileName(ref: ObjectRef): string {
  const type = ref.group === "" ? ref.kind.toLowerCase() : `${ref.kind.toLowerCase()}.${ref.group}`;
  const name = `${escaped(type)}_${ref.namespace === "" ? "-" : escaped(ref.namespace)}_${escaped(ref.name)}.yaml`;
  if (name.length <= limits.fileNameBytes) return name;
  return `${name.slice(0, KEPT_BYTES)}~${sha256Hex(name).slice(0, DIGEST_DIGITS)}.yaml`;
}

export function manifestPath(stage: Stage, unit: string, ref: ObjectRef): string {
  return `manifests/${stage}/${unit}/${manifestFileName(ref)}`;
}

// Most names need no escaping and are returned as they are.
function escaped(text: string): string {
  if (/^[a-z0-9.-]*$/.test(text)) return text;
  return Array.from(Buffer.from(text, "utf8"), (byte) => {
    const character = String.fromCharCode(byte);
    return /[a-z0-9.-]/.test(character) ? character : `=${byte.toString(16).padStart(2, "0")}`;
  }).join("");
}
