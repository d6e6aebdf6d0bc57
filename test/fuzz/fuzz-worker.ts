import { parentPort, workerData } from "node:worker_threads";
import { Coverage } from "./coverage.ts";
import { type Finding, minimised, tryFinding } from "./finding.ts";
import { mutated } from "./mutator.ts";
import { SeededRandom } from "./random.ts";
import { type Target, TARGETS } from "./targets.ts";

/** What the worker is told. `current` holds the input under way, so that whoever ends a worker that hangs knows it. */
export interface FuzzTask {
  readonly target: string;
  readonly seed: number;
  readonly ms: number;
  readonly corpus: readonly Uint8Array[];
  readonly current: SharedArrayBuffer;
}
/** What the worker answers at its end. */
export interface FuzzResult {
  readonly inputs: number;
  readonly blocks: number;
  readonly findings: readonly Finding[];
  /** Inputs that reached what no input of the corpus had. */
  readonly grown: readonly Uint8Array[];
}

/** Enough for a coverage look to cost less than the inputs between two of them. */
const BATCH = 200;
const FINDINGS_MAX = 20;

const task = workerData as FuzzTask;
const target = TARGETS.find(({ name }) => name === task.target) as Target;
const coverage = new Coverage();
const random = new SeededRandom(task.seed);
const corpus = task.corpus.map((bytes) => Buffer.from(bytes));
const known = corpus.length;
const findings = new Map<string, Finding>();
const [beat] = [new Int32Array(task.current, 0, 2)];
const window = new Uint8Array(task.current, 8);
let inputs = 0;

learn(corpus);
const end = performance.now() + task.ms;
while (performance.now() < end && findings.size < FINDINGS_MAX) {
  const batch = Array.from({ length: BATCH }, () => made());
  for (const input of batch) examine(input);
  // A search runs the same inputs again: without time for another batch nothing would come of it.
  if (performance.now() >= end) break;
  const fresh = coverage.fresh();
  if (fresh.length > 0) search(batch, fresh);
}
const result: FuzzResult = { inputs, blocks: coverage.size, findings: [...findings.values()], grown: corpus.slice(known) };
parentPort?.postMessage(result);

function made(): Buffer {
  const bytes = mutated(random.pick(corpus), corpus, random);
  return target.mend !== undefined && random.below(8) > 0 ? target.mend(bytes) : bytes;
}

function examine(input: Buffer): void {
  window.set(input.subarray(0, window.length));
  Atomics.store(beat, 1, input.length);
  Atomics.add(beat, 0, 1);
  inputs++;
  const found = tryFinding(target, input);
  if (found === undefined || findings.has(found.detail)) return;
  findings.set(found.detail, minimised(target, found));
}

function learn(batch: readonly Buffer[]): void {
  for (const input of batch) examine(input);
  coverage.remember(coverage.fresh());
}

/** Halves a batch that reached something new until the inputs that did are alone. */
function search(batch: readonly Buffer[], fresh: readonly string[]): void {
  if (batch.length === 1) {
    corpus.push(Buffer.from(batch[0] as Buffer));
    coverage.remember(fresh);
    return;
  }
  const middle = batch.length >> 1;
  for (const half of [batch.slice(0, middle), batch.slice(middle)]) {
    for (const input of half) examine(input);
    const again = coverage.fresh();
    if (again.length > 0) search(half, again);
  }
}
