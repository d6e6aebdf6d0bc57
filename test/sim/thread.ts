import { parentPort, workerData } from "node:worker_threads";
import { type Patch, prepareLoader } from "./mutants/loader.ts";
import type { Task } from "./task.ts";

/** A thread that works off tasks on one and the same product: the real one, or one with planted bugs. */
const { patches, isTraced } = workerData as { readonly patches: readonly Patch[]; readonly isTraced: boolean };
const unplanted = prepareLoader(patches);
// The agent aborts a timer with each event, and each abort would take a stack with it. A replay has them.
if (!isTraced) Error.stackTraceLimit = 0;
const { work } = await import("./task.ts");
parentPort?.on("message", (task: Task) => {
  void work(task).then(
    (done) => parentPort?.postMessage({ done, unplanted: unplanted() }),
    (error: unknown) => parentPort?.postMessage({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
