import { parentPort, workerData } from "node:worker_threads";
import { GIT_NAMESPACE, type SigningKey, SshSigner } from "../../trust/index.ts";

/** Payloads of commits, one after the other; `ends` says where each ends. */
export interface SigningJob {
  readonly number: number;
  readonly bytes: Uint8Array;
  readonly ends: Uint32Array;
}

export interface SigningDone {
  readonly number: number;
  /** Armored, in the order of the payloads. */
  readonly signatures: readonly string[];
}

// Runs on a thread of its own, which `signing-pool.ts` starts with the key.
const signer = new SshSigner(workerData as SigningKey, GIT_NAMESPACE);
parentPort?.on("message", ({ number, bytes, ends }: SigningJob) => {
  const signatures = Array.from(ends, (end, index) => signer.sign(bytes.subarray(index === 0 ? 0 : ends[index - 1], end)));
  parentPort?.postMessage({ number, signatures } satisfies SigningDone);
});
