import { connect, type Socket } from "node:net";
import { type Clock, WorldError } from "../../core/index.ts";
import { ANSWER_BYTES_MAX, type ControlAnswer, readAnswer } from "./answer.ts";
import { holdFolder, SOCKET } from "./folder-socket.ts";
import { tryReadLine } from "./line.ts";
import { type StartCommand, startCommand } from "../local/start-command.ts";
import { type ControlRequest, writeRequest } from "./request.ts";

/** A journal write to a slow SD card may take seconds; an agent that takes longer than this hangs. */
const PATIENCE_MS = 30_000;

/** Sends a request to the agent of this state folder. Throws a `WorldError` when none runs or it does not answer. */
export async function askAgent(
  state: string,
  request: ControlRequest,
  clock: Clock,
  { start }: Pick<StartCommand, "start"> = startCommand(),
): Promise<ControlAnswer> {
  const socket = await connectTo(state).catch((error: NodeJS.ErrnoException) => {
    throw unreachable(state, error, request, start);
  });
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
    if ("fault" in answer) throw new WorldError("no-answer", answer.fault, "Use the `skerry` of the running agent's version");
    return answer.value;
  } finally {
    over.abort();
    await late;
    socket.destroy();
  }
}

async function connectTo(state: string): Promise<Socket> {
  const folder = await holdFolder(state);
  try {
    return await connected(folder.path(SOCKET));
  } finally {
    // An open connection does not need the socket's path.
    await folder.close();
  }
}

function connected(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      // From here on a broken connection shows as a missing answer.
      socket.on("error", () => undefined);
      resolve(socket);
    });
  });
}

function unreachable(state: string, error: NodeJS.ErrnoException, request: ControlRequest, start: string): WorldError {
  const { code, message } = error;
  if (code === "ENOENT" || code === "ECONNREFUSED")
    return new WorldError("no-agent", `no agent runs with the state folder ${state}, so nothing was changed`, nextStep(request, start), {
      cause: error,
    });
  if (code === "EACCES" || code === "EPERM")
    return new WorldError("no-access", `only root and the agent's user may use the socket in ${state}`, "Use sudo", { cause: error });
  if (code === undefined) throw error;
  return new WorldError("no-agent", `the agent's socket in ${state} cannot be reached: ${message}`, "Check the state folder", {
    cause: error,
  });
}

/** `once` polls without a running agent; every other command changes what a running agent does. */
function nextStep({ do: command }: ControlRequest, start: string): string {
  if (command === "poll") return `Start it (${start}), which polls at once, or run \`skerry agent once\`, which polls without it`;
  const sense = command === "retry" ? ", and `skerry agent once` does not apply a failed release again" : "";
  return `Start it (${start}), then run \`skerry agent ${command}\` again: only \`status\` and \`once\` work without a running agent${sense}`;
}

function silent(isLate: boolean): WorldError {
  return isLate
    ? new WorldError("no-answer", `the agent gave no answer within ${PATIENCE_MS / 1000} s`, "Check its log; its disk may hang")
    : new WorldError("no-answer", "the agent stopped before it answered", "Check its log, then try again");
}
