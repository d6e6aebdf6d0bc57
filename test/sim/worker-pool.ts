import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Patch } from "./mutants/loader.ts";
import type { Done, Task } from "./task.ts";

/**
 * Most objects are short-lived, so a larger young generation needs fewer collections. npm starts this with --single-threaded-gc, because V8's
 * helper threads would compete with the schedule on each core (286 schedules a second instead of 222).
 */
const YOUNG_GENERATION_MB = 32;

type Answer = { readonly done: Done; readonly unplanted: readonly string[] } | { readonly error: string };

/** A thread with its own copy of the product. Runs one task at a time. */
export class PoolWorker {
  readonly #worker: Worker;
  #unplanted: readonly string[] = [];

  constructor(patches: readonly Patch[] = [], isTraced = false) {
    this.#worker = new Worker(new URL("./thread.ts", import.meta.url), {
      workerData: { patches, isTraced },
      execArgv: ["--conditions=skerry-source", "--disable-warning=ExperimentalWarning"],
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
  }

  async do(task: Task): Promise<Done> {
    this.#worker.postMessage(task);
    const [answer] = (await once(this.#worker, "message")) as [Answer];
    if ("error" in answer) throw new Error(answer.error);
    this.#unplanted = answer.unplanted;
    return answer.done;
  }

  /** Files of patches that the product had not loaded when the last task ended. */
  get unplanted(): readonly string[] {
    return this.#unplanted;
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** Runs tasks on `threads` threads; ends early when `onDone` returns true. */
export async function runTasks(tasks: readonly Task[], threads: number, onDone: (done: Done) => boolean): Promise<void> {
  const left = [...tasks];
  const worker = async (): Promise<void> => {
    const own = new PoolWorker();
    try {
      for (let task = left.shift(); task !== undefined; task = left.shift()) if (onDone(await own.do(task))) left.length = 0;
    } finally {
      await own.end();
    }
  };
  await Promise.all(Array.from({ length: threads }, worker));
}
