import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** What happens to the bytes of one answer on their way; `after` counts bytes of the connection's answers. */
export type LineFault =
  /** The connection is reset. */
  | { readonly cutAfter: number }
  /** The connection ends as if that were all. */
  | { readonly truncateAfter: number }
  /** Nothing more comes, and nothing ends. */
  | { readonly stallAfter: number }
  /** One byte at a time. */
  | { readonly dripAfter: number; readonly everyMs: number }
  /** One bit of this byte is another. */
  | { readonly flipAt: number }
  /** Somebody else answers. */
  | { readonly say: string };

/** A TCP line between an agent and a server, with a fault in it. What a machine without netem can do, and in the same place each time. */
export class FaultProxy {
  fault: LineFault | undefined;
  /** Bytes of answers that went through whole connections, one entry a connection. */
  readonly answers: number[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(port: number) {
    this.#server = createServer((near) => this.#join(near, port));
  }

  static async open(port: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(port);
    await new Promise<void>((resolve, reject) => proxy.#server.once("error", reject).listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const ended = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await ended;
  }

  #join(near: Socket, port: number): void {
    this.#keep(near);
    if (this.fault && "say" in this.fault) {
      near.end(this.fault.say);
      return;
    }
    const far = connect(port, "127.0.0.1");
    this.#keep(far);
    near.pipe(far);
    near.on("close", () => far.destroy());
    const passage = new Passage(near, far, this.fault);
    far.on("data", (chunk: Buffer) => passage.carry(chunk));
    far.on("end", () => passage.end());
    far.on("close", () => void this.answers.push(passage.bytes));
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    // A reset is what some faults are; both ends see it as a close.
    socket.on("error", () => socket.destroy()).on("close", () => void this.#sockets.delete(socket));
  }
}

/** The way back of one connection. */
class Passage {
  bytes = 0;
  readonly #near: Socket;
  readonly #far: Socket;
  readonly #fault: LineFault | undefined;
  #waiting = Buffer.alloc(0);

  constructor(near: Socket, far: Socket, fault: LineFault | undefined) {
    this.#near = near;
    this.#far = far;
    this.#fault = fault;
  }

  carry(chunk: Buffer): void {
    const from = this.bytes;
    this.bytes += chunk.length;
    const fault = this.#fault;
    if (fault === undefined || "say" in fault) this.#near.write(chunk);
    else if ("flipAt" in fault) this.#near.write(flipped(chunk, fault.flipAt - from));
    else if ("dripAfter" in fault) this.#drip(chunk, fault.dripAfter - from, fault.everyMs);
    else this.#stop(chunk, fault, from);
  }

  end(): void {
    if (this.#waiting.length === 0 && !(this.#fault && "stallAfter" in this.#fault && this.bytes > this.#fault.stallAfter))
      this.#near.end();
  }

  #stop(
    chunk: Buffer,
    fault: Extract<LineFault, { cutAfter: number } | { truncateAfter: number } | { stallAfter: number }>,
    from: number,
  ): void {
    const after = "cutAfter" in fault ? fault.cutAfter : "truncateAfter" in fault ? fault.truncateAfter : fault.stallAfter;
    const through = chunk.subarray(0, Math.max(0, after - from));
    if (through.length === chunk.length) {
      this.#near.write(chunk);
      return;
    }
    if (from > after) return;
    this.#near.write(through, () => {
      if ("cutAfter" in fault) this.#near.resetAndDestroy();
      if ("truncateAfter" in fault) this.#near.end();
    });
    if (!("stallAfter" in fault)) this.#far.pause();
  }

  #drip(chunk: Buffer, left: number, everyMs: number): void {
    const through = chunk.subarray(0, Math.max(0, left));
    this.#near.write(through);
    const wasIdle = this.#waiting.length === 0;
    this.#waiting = Buffer.concat([this.#waiting, chunk.subarray(through.length)]);
    if (!wasIdle || this.#waiting.length === 0) return;
    const drip = setInterval(() => {
      this.#near.write(this.#waiting.subarray(0, 1));
      this.#waiting = this.#waiting.subarray(1);
      if (this.#waiting.length === 0) clearInterval(drip);
    }, everyMs);
    this.#near.on("close", () => clearInterval(drip));
  }
}

function flipped(chunk: Buffer, place: number): Buffer {
  if (place < 0 || place >= chunk.length) return chunk;
  const changed = Buffer.from(chunk);
  changed[place] = (changed[place] as number) ^ 0x01;
  return changed;
}
