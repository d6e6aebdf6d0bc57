import type { Read } from "../../core/index.ts";

export function given<T>(read: Read<T>): T {
  if ("fault" in read) throw new Error(`was refused: ${read.fault}`);
  return read.value;
}

export function faultOf(read: Read<unknown>): string {
  if ("value" in read) throw new Error(`was accepted: ${JSON.stringify(read.value)}`);
  return read.fault;
}

export function bytesOf(text: string): Buffer {
  return Buffer.from(text, "utf8");
}
