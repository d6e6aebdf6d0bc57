import { printable } from "../../core/index.ts";
import type { Cache } from "./cache.ts";
import { type ConfinedGit, startConfined } from "../process/confined-git.ts";
import { isObjectId } from "../objects/object.ts";
import type { BudgetFault, PollBudget } from "../process/poll-budget.ts";

/** What git reports about an object without expanding it. */
export interface ObjectFacts {
  readonly kind: string;
  readonly size: number;
}

/** The cache lacks an object that its refs need. Delete it and fetch again; if that does not help, it is the server's fault. */
export class CacheDamaged extends Error {
  override readonly name = "CacheDamaged";
}

/** Reading exceeded the poll's budget. Another fetch would bring the same objects. */
export class OverBudget extends Error {
  override readonly name = "OverBudget";
  readonly fault: BudgetFault;

  constructor(fault: BudgetFault) {
    super(fault.detail);
    this.fault = fault;
  }
}

/** Reads raw objects of the cache in batches: all requests are written before the first answer is awaited. */
export interface RawReader {
  /** In the order asked. Throws `CacheDamaged` when one is missing, `OverBudget` when the poll's budget is spent. */
  inspect(ids: readonly string[]): Promise<readonly ObjectFacts[]>;
  /** Bodies without git's header, completely in memory: inspect them first. */
  read(ids: readonly string[]): Promise<readonly Buffer[]>;
  close(): Promise<void>;
}

interface Answer {
  readonly facts: ObjectFacts;
  readonly body: Buffer;
}

/** Needs git 2.36 (`--batch-command`). Its resource usage counts for the poll that fetched the objects. */
export function openRawReader(cache: Cache, budget: PollBudget): RawReader {
  const git = startConfined(["cat-file", "--batch-command"], cache, budget);
  const unwatch = budget.watch({ pid: git.child.pid, end: git.end });
  const answers = new AnswerStream(git, budget);
  const ask = async (command: "info" | "contents", ids: readonly string[]): Promise<Answer[]> => {
    const bad = ids.find((id) => !isObjectId(id));
    if (bad !== undefined) throw new TypeError(`${JSON.stringify(bad)} is not an object id`);
    git.stdin.write(ids.map((id) => `${command} ${id}\n`).join(""));
    const found: Answer[] = [];
    for (const id of ids) found.push(await answers.next(id, command === "contents"));
    return found;
  };
  return {
    inspect: async (ids) => (await ask("info", ids)).map(({ facts }) => facts),
    read: async (ids) => (await ask("contents", ids)).map(({ body }) => body),
    close: async () => {
      git.stdin.end();
      git.end();
      await answers.ended;
      unwatch();
    },
  };
}

/** Splits cat-file's output into answers: `<id> <kind> <size>` LF, and for contents the body and one LF. */
class AnswerStream {
  readonly ended: Promise<void>;
  readonly #chunks: Buffer[] = [];
  #wake: (() => void) | undefined;
  #over = false;
  #words = "";
  readonly #budget: PollBudget;

  constructor({ child, stdout, stderr }: ConfinedGit, budget: PollBudget) {
    this.#budget = budget;
    stdout.on("data", (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#wake?.();
    });
    stderr.setEncoding("utf8").on("data", (text: string) => (this.#words = (this.#words + text).slice(-1000)));
    this.ended = new Promise((resolve) => {
      const end = (): void => {
        this.#over = true;
        this.#wake?.();
        resolve();
      };
      child.on("error", end).on("close", end);
    });
  }

  async next(id: string, withBody: boolean): Promise<Answer> {
    const header = (await this.#takeLine()).split(" ");
    const [named, kind, size] = header;
    if (header.length !== 3 || named !== id || kind === undefined) throw new CacheDamaged(`object ${id} is missing`);
    const facts = { kind, size: Number(size) };
    const body = withBody ? (await this.#take(facts.size + 1)).subarray(0, facts.size) : Buffer.alloc(0);
    return { facts, body };
  }

  async #takeLine(): Promise<string> {
    for (;;) {
      const chunk = this.#joined();
      const end = chunk.indexOf(0x0a);
      if (end >= 0) return this.#cut(end + 1).toString("latin1", 0, end);
      await this.#more();
    }
  }

  async #take(length: number): Promise<Buffer> {
    while (this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0) < length) await this.#more();
    this.#joined();
    return this.#cut(length);
  }

  #joined(): Buffer {
    if (this.#chunks.length !== 1) this.#chunks.splice(0, this.#chunks.length, Buffer.concat(this.#chunks));
    return this.#chunks[0] as Buffer;
  }

  #cut(length: number): Buffer {
    const chunk = this.#chunks[0] as Buffer;
    this.#chunks[0] = chunk.subarray(length);
    return chunk.subarray(0, length);
  }

  async #more(): Promise<void> {
    if (this.#over && this.#budget.fault !== undefined) throw new OverBudget(this.#budget.fault);
    if (this.#over) throw new CacheDamaged(`git cat-file ended early: ${printable(this.#words.trim().slice(-200))}`);
    await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#wake = undefined;
  }
}
