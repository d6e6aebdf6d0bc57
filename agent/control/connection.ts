import type { Socket } from "node:net";
import type { Clock } from "../../core/index.ts";
import { type ControlAnswer, writeAnswer } from "./answer.ts";
import { tryReadLine } from "./line.ts";
import { type ControlRequest, readRequest, REQUEST_BYTES_MAX } from "./request.ts";

/** Rejects for bugs only. */
export type Handler = (request: ControlRequest) => Promise<ControlAnswer>;

/** For a request to come in whole, and then for the answer to be taken. Over all of it, so that a drip of bytes gains nothing. */
const PATIENCE_MS = 5_000;

/** One line in, one line out, and the end. What the handler throws is thrown; a client that goes away is nobody's fault. */
export async function serve(socket: Socket, handle: Handler, clock: Clock): Promise<void> {
  // A reset shows where the line is read and where the answer is written; without a listener it would end the agent.
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

/** For one too many: told at once, and nothing that it sends is looked at. */
export async function turnAway(socket: Socket, clock: Clock): Promise<void> {
  socket.on("error", () => undefined);
  try {
    const answer: ControlAnswer = { ok: false, reason: "busy", text: "too many ask at once: ask again in a few seconds" };
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
    // What still comes in is thrown away: unread bytes would turn our end into a reset that eats the answer.
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
