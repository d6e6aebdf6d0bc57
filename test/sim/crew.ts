import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Patch } from "./mutants/loader.ts";
import type { Done, Task } from "./task.ts";

/**
 * Young objects die fast here; a larger nursery lets them do it unseen. npm starts us with --single-threaded-gc: with a schedule on each core
 * V8's own helpers would only be in the way (286 schedules a second instead of 222).
 */
const NURSERY_MB = 32;

type Answer = { readonly done: Done; readonly unplanted: readonly string[] } | { readonly error: string };

/** A thread and its product. One task at a time. */
export class Hand {
  readonly #worker: Worker;
  #unplanted: readonly string[] = [];

  constructor(patches: readonly Patch[] = [], isTraced = false) {
    this.#worker = new Worker(new URL("./thread.ts", import.meta.url), {
      workerData: { patches, isTraced },
      execArgv: ["--conditions=skerry-source", "--disable-warning=ExperimentalWarning"],
      resourceLimits: { maxYoungGenerationSizeMb: NURSERY_MB },
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

/** Works off tasks on so many threads; `onDone` may end it early by answering true. */
export async function workOff(tasks: readonly Task[], threads: number, onDone: (done: Done) => boolean): Promise<void> {
  const left = [...tasks];
  const hand = async (): Promise<void> => {
    const own = new Hand();
    try {
      for (let task = left.shift(); task !== undefined; task = left.shift()) if (onDone(await own.do(task))) left.length = 0;
    } finally {
      await own.end();
    }
  };
  await Promise.all(Array.from({ length: threads }, hand));
}
