import type { Socket } from "node:net";

const LINE_END = 0x0a;

/** One line with its end, and what arrived with it; undefined when the other side closed or sent too much before a line end. */
export async function tryReadLine(socket: Socket, bytesMax: number): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  let length = 0;
  // The socket stays open, because the answer uses it.
  for await (const part of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    parts.push(part);
    length += part.length;
    if (length > bytesMax) return undefined;
    if (part.includes(LINE_END)) return Buffer.concat(parts);
  }
  return undefined;
}
