import type { Socket } from "node:net";
import type { Clock } from "../../core/index.ts";
import { type ControlAnswer, writeAnswer } from "./answer.ts";
import { tryReadLine } from "./line.ts";
import { type ControlRequest, readRequest, REQUEST_BYTES_MAX } from "./request.ts";

/** Rejects for bugs only. */
export type Handler = (request: ControlRequest) => Promise<ControlAnswer>;

/** For the whole request to arrive, and then for the whole answer to be read, so that a slow client cannot hold a connection open. */
const PATIENCE_MS = 5_000;

/** Reads one line, answers with one line, and closes. Errors of the handler are thrown; a client that disconnects is not an error. */
export async function serve(socket: Socket, handle: Handler, clock: Clock): Promise<void> {
  // Reading and writing notice a reset anyway; without a listener it would end the agent.
  socket.on("error", () => undefined);
  try {
    const line = await within(socket, clock, () => tryReadLine(socket, REQUEST_BYTES_MAX).catch(() => undefined));
    if (socket.destroyed) return;
    const answer = await answerTo(line, handle);
    await within(socket, clock, () => say(socket, answer));
  } finally {
    socket.destroy();
  }
}

/** For a connection above the maximum: answers at once, and does not read the request. */
export async function turnAway(socket: Socket, clock: Clock): Promise<void> {
  socket.on("error", () => undefined);
  try {
    const answer: ControlAnswer = { ok: false, reason: "busy", text: "too many connections at once: try again in a few seconds" };
    await within(socket, clock, () => say(socket, answer));
  } finally {
    socket.destroy();
  }
}

async function answerTo(line: Buffer | undefined, handle: Handler): Promise<ControlAnswer> {
  if (line === undefined) return refusal(`a request is one line of at most ${REQUEST_BYTES_MAX} bytes`);
  const request = readRequest(line);
  return "fault" in request ? refusal(request.fault) : handle(request.value);
}

function refusal(text: string): ControlAnswer {
  return { ok: false, reason: "bad-request", text };
}

/** Resolves when the other side has closed, or the socket was destroyed. */
function say(socket: Socket, answer: ControlAnswer): Promise<void> {
  return new Promise((resolve) => {
    socket.once("close", resolve);
    // Discards further input: with unread bytes the close would become a reset, and the client would lose the answer.
    socket.resume();
    if (socket.destroyed) resolve();
    else socket.end(writeAnswer(answer));
  });
}

async function within<T>(socket: Socket, clock: Clock, work: () => Promise<T>): Promise<T> {
  const over = new AbortController();
  const late = clock.sleep(PATIENCE_MS, over.signal).then(() => {
    if (!over.signal.aborted) socket.destroy();
  });
  try {
    return await work();
  } finally {
    over.abort();
    await late;
  }
}
