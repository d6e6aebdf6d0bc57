import { parentPort, workerData } from "node:worker_threads";
import { type Patch, prepareLoader } from "./mutants/loader.ts";
import type { Task } from "./task.ts";

/** A thread that runs tasks on one copy of the product: the real one, or one with planted bugs. */
const { patches, isTraced } = workerData as { readonly patches: readonly Patch[]; readonly isTraced: boolean };
const unplanted = prepareLoader(patches);
// The agent aborts a timer at each event, and each abort would capture a stack. Only a replay needs them.
if (!isTraced) Error.stackTraceLimit = 0;
const { work } = await import("./task.ts");
parentPort?.on("message", (task: Task) => {
  void work(task).then(
    (done) => parentPort?.postMessage({ done, unplanted: unplanted() }),
    (error: unknown) => parentPort?.postMessage({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
