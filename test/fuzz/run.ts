import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { corpusOf, keep } from "./corpus.ts";
import type { FuzzResult, FuzzTask } from "./fuzz-worker.ts";
import { TARGETS } from "./targets.ts";

/**
 * `npm run fuzz -- --seconds 60 [--seed 7] [--target plan] [--grow]`: feeds each reader with changed inputs of its corpus. A finding is made short,
 * kept in the corpus, and ends the run with exit code 1. With --grow inputs that reach new code are kept too.
 */
const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    target: { type: "string" },
    grow: { type: "boolean", default: false },
  },
});

/** Silence of this length on one input is a hang, whatever else the machine does. */
const HANG_MS = 10_000;

const targets = TARGETS.filter(({ name }) => values.target === undefined || values.target === name);
if (targets.length === 0) throw new Error(`no target ${values.target}: ${TARGETS.map(({ name }) => name).join(" ")}`);
const seed = Number(values.seed);
const ms = (Number(values.seconds) * 1000) / targets.length;
let total = 0;
let found = 0;
let failed = 0;

process.stdout.write(`fuzz: seed ${seed}\n`);
for (const [index, { name }] of targets.entries()) {
  const { inputs, blocks, findings, grown } = await fuzz(name, seed + index);
  total += inputs;
  found += findings.length;
  if (findings.length > 0) failed++;
  process.stdout.write(`${name}: ${inputs} inputs, ${blocks} blocks, ${grown.length} inputs that reached something new\n`);
  for (const { kind, detail, bytes } of findings) {
    process.stdout.write(`FOUND ${name} ${kind}: ${detail}: ${keep(name, `found-${kind}`, bytes)}\n`);
  }
  if (values.grow) for (const bytes of grown) keep(name, "grown", bytes);
}
process.stdout.write(`${total} inputs, ${found} findings\nfuzz: ${targets.length - failed} passed, ${failed} failed\n`);
process.exitCode = found === 0 ? 0 : 1;

async function fuzz(target: string, ownSeed: number): Promise<FuzzResult> {
  const current = new SharedArrayBuffer(8 + 65_536);
  const corpus = corpusOf(target).map(({ bytes }) => bytes);
  const task: FuzzTask = { target, seed: ownSeed, ms, corpus, current };
  const worker = new Worker(new URL("./fuzz-worker.ts", import.meta.url), {
    workerData: task,
    // What a reader makes of 16 KB fits in here a hundred times.
    resourceLimits: { maxOldGenerationSizeMb: 256 },
  });
  const beat = new Int32Array(current, 0, 2);
  const under = (): Buffer => Buffer.from(new Uint8Array(current, 8, Math.min(Atomics.load(beat, 1), 65_536)));
  const ended = (kind: "hangs" | "memory", detail: string): FuzzResult => ({
    inputs: Atomics.load(beat, 0),
    blocks: 0,
    findings: [{ kind, detail, bytes: under() }],
    grown: [],
  });
  return new Promise((resolve, reject) => {
    let last = -1;
    const watch = setInterval(() => {
      const now = Atomics.load(beat, 0);
      if (now === last) {
        void worker.terminate();
        finish(ended("hangs", `no end within ${HANG_MS / 1000} s`));
      }
      last = now;
    }, HANG_MS);
    const finish = (result: FuzzResult): void => {
      clearInterval(watch);
      resolve(result);
    };
    worker.once("message", (result: FuzzResult) =>
      finish({ ...result, findings: result.findings.map((each) => ({ ...each, bytes: Buffer.from(each.bytes) })) }),
    );
    worker.once("error", (error: NodeJS.ErrnoException) => {
      clearInterval(watch);
      if (error.code === "ERR_WORKER_OUT_OF_MEMORY") finish(ended("memory", "more than 256 MB"));
      else reject(error);
    });
  });
}
