import type { Socket } from "node:net";

const LINE_END = 0x0a;

/** One line with its end, and all that came behind it in the same breath; undefined when the other side ended or wrote too much before. */
export async function tryReadLine(socket: Socket, bytesMax: number): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  let length = 0;
  // Kept open behind the line: the answer goes out by the same socket.
  for await (const part of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    parts.push(part);
    length += part.length;
    if (length > bytesMax) return undefined;
    if (part.includes(LINE_END)) return Buffer.concat(parts);
  }
  return undefined;
}
