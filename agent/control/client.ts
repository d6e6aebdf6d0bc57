import { connect, type Socket } from "node:net";
import { type Clock, WorldError } from "../../core/index.ts";
import { ANSWER_BYTES_MAX, type ControlAnswer, readAnswer } from "./answer.ts";
import { holdFolder, SOCKET } from "./folder-socket.ts";
import { tryReadLine } from "./line.ts";
import { type ControlRequest, writeRequest } from "./request.ts";

/** An agent that writes its journal to a slow card may take seconds; one that takes longer is stuck. */
const PATIENCE_MS = 30_000;

/** Asks the agent that works in this state folder. Throws a `WorldError` when none does, or when it does not answer. */
export async function askAgent(state: string, request: ControlRequest, clock: Clock): Promise<ControlAnswer> {
  const socket = await connectTo(state);
  const over = new AbortController();
  let isLate = false;
  const late = clock.sleep(PATIENCE_MS, over.signal).then(() => {
    isLate = !over.signal.aborted;
    if (isLate) socket.destroy();
  });
  try {
    socket.write(writeRequest(request));
    const line = await tryReadLine(socket, ANSWER_BYTES_MAX).catch(() => undefined);
    if (line === undefined) throw silent(isLate);
    const answer = readAnswer(line);
    if ("fault" in answer) throw new WorldError("no-answer", answer.fault, "Use the `skerry` that the running agent came with");
    return answer.value;
  } finally {
    over.abort();
    await late;
    socket.destroy();
  }
}

async function connectTo(state: string): Promise<Socket> {
  try {
    const folder = await holdFolder(state);
    try {
      return await connected(folder.path(SOCKET));
    } finally {
      // A connection stands without the name that led to it.
      await folder.close();
    }
  } catch (error) {
    throw unreachable(state, error as NodeJS.ErrnoException);
  }
}

function connected(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      // From here on a broken line shows as an answer that does not come.
      socket.on("error", () => undefined);
      resolve(socket);
    });
  });
}

function unreachable(state: string, error: NodeJS.ErrnoException): WorldError {
  const { code, message } = error;
  if (code === "ENOENT" || code === "ECONNREFUSED")
    return new WorldError(
      "no-agent",
      `no agent runs with the state ${state}, so nothing was changed`,
      "Start it (`systemctl start skerry-agent`), then ask again; `skerry agent status` answers without it",
      { cause: error },
    );
  if (code === "EACCES" || code === "EPERM")
    return new WorldError("no-access", `the socket in ${state} is for the agent's user and root alone`, "Use sudo", { cause: error });
  if (code === undefined) throw error;
  return new WorldError("no-agent", `the agent's socket in ${state} cannot be reached: ${message}`, "Look at the state folder", {
    cause: error,
  });
}

function silent(isLate: boolean): WorldError {
  return isLate
    ? new WorldError("no-answer", `the agent gave no answer within ${PATIENCE_MS / 1000} s`, "Look at its log; it may hang on its disk")
    : new WorldError("no-answer", "the agent ended before it answered", "Look at its log, then ask again");
}
