import { Session } from "node:inspector";

interface Range {
  readonly startOffset: number;
  readonly count: number;
}
interface Script {
  readonly url: string;
  readonly functions: readonly { readonly ranges: readonly Range[] }[];
}

/** How often a block ran, rounded: an input that runs a loop eight times as often is news, one more time is not. */
function bucket(count: number): number {
  return Math.floor(Math.log2(count) / 3);
}

/**
 * Which blocks of the product ran, by V8's own precise coverage. A look costs milliseconds, so it is taken after many inputs, and only when
 * it shows something new are they run again in halves.
 */
export class Coverage {
  readonly #session = new Session();
  readonly #seen = new Set<string>();

  constructor() {
    this.#session.connect();
    this.#session.post("Profiler.enable");
    this.#session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  }

  get size(): number {
    return this.#seen.size;
  }

  /** The blocks that ran since the last look and never before. */
  fresh(): readonly string[] {
    let scripts: readonly Script[] = [];
    // A session of the same thread answers before it returns.
    this.#session.post("Profiler.takePreciseCoverage", (error, answer) => {
      if (error) throw error;
      scripts = answer.result;
    });
    const found: string[] = [];
    for (const { url, functions } of scripts) {
      if (!/\/(core|wire|git|trust|agent)\/[^:]*\.ts$/.test(url)) continue;
      for (const { ranges } of functions)
        for (const { startOffset, count } of ranges) {
          const block = `${url}:${startOffset}:${count === 0 ? -1 : bucket(count)}`;
          if (count > 0 && !this.#seen.has(block)) found.push(block);
        }
    }
    return found;
  }

  remember(blocks: readonly string[]): void {
    for (const block of blocks) this.#seen.add(block);
  }
}
