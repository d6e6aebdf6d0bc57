import { chmod, mkdir, rename, rm, rmdir } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import type { Clock } from "../../core/index.ts";
import { type Handler, serve, turnAway } from "./connection.ts";
import { type HeldFolder, holdFolder, SOCKET } from "./folder-socket.ts";

/** Enough for a few people and a script that asks each second; bounds the memory that a faulty client can use. */
const CONNECTIONS_MAX = 8;

/** Connections that get a `busy` answer; further ones are closed without an answer. */
const TURNED_AWAY_MAX = 8;

export interface ControlServer {
  /** Removes the socket and closes all connections. */
  close(): Promise<void>;
}

export interface ControlProps {
  /** Locked by the caller, so an existing socket is left over from an ended agent. */
  readonly state: string;
  readonly clock: Clock;
  readonly handle: Handler;
  /** A connection could not be accepted, or the handler threw. */
  readonly onFault: (error: unknown) => void;
}

/** A24: listens on `<state>/control`, for the agent's user and root only. Throws `NodeJS.ErrnoException`s. */
export async function openControl(props: ControlProps): Promise<ControlServer> {
  const folder = await holdFolder(props.state);
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => welcome(socket, open, props));
  server.maxConnections = CONNECTIONS_MAX + TURNED_AWAY_MAX;
  try {
    await bind(server, folder, props.state);
  } catch (error) {
    server.close();
    await folder.close();
    throw error;
  }
  server.on("error", props.onFault);
  return {
    close: async () => {
      // A socket that cannot be removed answers nobody, and the next agent replaces it.
      await rm(join(props.state, SOCKET), { force: true }).catch(props.onFault);
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of open) socket.destroy();
      await closed;
      // Last, because the server's own path to the socket uses it.
      await folder.close();
    },
  };
}

/**
 * Creates the socket in a folder that only this user may enter, and renames it when its mode is set: no other user can connect at any moment,
 * whatever the umask and the state folder's mode are. The rename also replaces the socket of an ended agent.
 */
async function bind(server: Server, folder: HeldFolder, state: string): Promise<void> {
  const privateFolder = join(state, `${SOCKET}.new`);
  await rm(privateFolder, { recursive: true, force: true });
  await mkdir(privateFolder, { mode: 0o700 });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(folder.path(`${SOCKET}.new/${SOCKET}`), () => {
      server.off("error", reject);
      resolve();
    });
  });
  await chmod(join(privateFolder, SOCKET), 0o600);
  await rename(join(privateFolder, SOCKET), join(state, SOCKET));
  await rmdir(privateFolder);
}

function welcome(socket: Socket, open: Set<Socket>, { clock, handle, onFault }: ControlProps): void {
  const isOneTooMany = open.size >= CONNECTIONS_MAX;
  open.add(socket);
  socket.once("close", () => open.delete(socket));
  (isOneTooMany ? turnAway(socket, clock) : serve(socket, handle, clock)).catch(onFault);
}
