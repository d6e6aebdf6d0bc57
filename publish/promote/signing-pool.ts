import { setImmediate as yieldToIo } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { GIT_NAMESPACE, type SigningKey, SshSigner } from "../../trust/index.ts";
import type { SigningDone, SigningJob } from "./signing-worker.ts";

/** Below this a second thread (25 ms to start) would begin when this one is done. */
const SECOND_THREAD_FROM_SIGNATURES = 1_000;
/** What the second thread has before it, so that it never waits for us. */
const JOBS_AHEAD = 2;

interface Batch {
  readonly number: number;
  readonly payloads: readonly Buffer[];
}

/**
 * Signs commits on two threads: a signature costs 30 us, and a hand-over to Node's thread pool nearly as much, so whole
 * batches go over. Both threads take from one queue; whichever is free does the next batch. Signatures are deterministic,
 * so it does not matter which.
 */
export class SigningPool {
  readonly #signer: SshSigner;
  readonly #worker: Worker | undefined;
  readonly #queue: Batch[] = [];
  readonly #done = new Map<number, readonly string[]>();
  readonly #waiting = new Map<number, (signatures: readonly string[]) => void>();
  #fail: (error: Error) => void = () => undefined;
  readonly #failed = new Promise<never>((_, reject) => {
    this.#fail = reject;
  });
  #ahead = 0;
  #count = 0;

  /** @param expected how many signatures will be asked for, about */
  constructor(key: SigningKey, expected: number) {
    this.#signer = new SshSigner(key, GIT_NAMESPACE);
    this.#failed.catch(() => undefined);
    if (expected < SECOND_THREAD_FROM_SIGNATURES) return;
    const file = new URL(import.meta.url.endsWith(".ts") ? "signing-worker.ts" : "signing-worker.js", import.meta.url);
    // The heap is small on purpose: it holds a batch, and all its memory counts as ours.
    this.#worker = new Worker(file, { workerData: key, resourceLimits: { maxYoungGenerationSizeMb: 2 } });
    this.#worker.on("message", (done: SigningDone) => this.#take(done));
    this.#worker.on("error", (error) => this.#fail(error as Error));
  }

  /** Queues a batch; its number is what `signatures` asks for. */
  add(payloads: readonly Buffer[]): number {
    this.#queue.push({ number: this.#count, payloads });
    this.#feed();
    return this.#count++;
  }

  /** The signatures of a batch, in its order. While they are not there, this thread signs what still stands in the queue. */
  async signatures(number: number): Promise<readonly string[]> {
    for (;;) {
      const done = this.#done.get(number);
      if (done) {
        this.#done.delete(number);
        return done;
      }
      const batch = this.#queue.shift();
      if (!batch) return Promise.race([this.#failed, new Promise<readonly string[]>((resolve) => this.#waiting.set(number, resolve))]);
      this.#done.set(
        batch.number,
        batch.payloads.map((payload) => this.#signer.sign(payload)),
      );
      await yieldToIo();
    }
  }

  close(): void {
    void this.#worker?.terminate();
  }

  #feed(): void {
    for (; this.#worker && this.#ahead < JOBS_AHEAD && this.#queue.length > 0; this.#ahead++) {
      const { number, payloads } = this.#queue.shift() as Batch;
      let end = 0;
      const ends = Uint32Array.from(payloads, (payload) => (end += payload.length));
      this.#worker.postMessage({ number, bytes: Buffer.concat(payloads), ends } satisfies SigningJob);
    }
  }

  #take({ number, signatures }: SigningDone): void {
    this.#ahead--;
    this.#feed();
    const resolve = this.#waiting.get(number);
    if (!resolve) this.#done.set(number, signatures);
    else {
      this.#waiting.delete(number);
      resolve(signatures);
    }
  }
}
