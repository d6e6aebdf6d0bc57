import { hash } from "node:crypto";

export function sha256Hex(bytes: Uint8Array | string): string {
  return hash("sha256", bytes, "hex");
}

export function sha256(bytes: Uint8Array | string): Buffer {
  return hash("sha256", bytes, "buffer");
}

export function sha1(bytes: Uint8Array): Buffer {
  return hash("sha1", bytes, "buffer");
}
