import type { Random } from "../../../core/index.ts";

/** All luck of one schedule: the same seed draws the same numbers, in the same order. sfc32 by Chris Doty-Humphrey, seeded by splitmix32. */
export class Chance {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number) {
    let state = seed | 0;
    const mixed = (): number => {
      state = (state + 0x9e3779b9) | 0;
      let word = state ^ (state >>> 16);
      word = Math.imul(word, 0x21f0aaad);
      word ^= word >>> 15;
      word = Math.imul(word, 0x735a2d97);
      return word ^ (word >>> 15);
    };
    this.#a = mixed();
    this.#b = mixed();
    this.#c = mixed();
    for (let round = 0; round < 12; round++) this.word();
  }

  /** 32 bits, unsigned. */
  word(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum >>> 0;
  }

  /** In [0, 1). */
  fraction(): number {
    return this.word() / 4_294_967_296;
  }

  /** Whole, in [0, below). */
  below(below: number): number {
    return Math.floor(this.fraction() * below);
  }

  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  is(probability: number): boolean {
    return this.fraction() < probability;
  }

  oneOf<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  /** A stream of its own, so that what one port draws does not shift what another does. */
  split(): Chance {
    return new Chance(this.word());
  }

  asPort(): Random {
    return {
      bytes: (length) => Buffer.from(Array.from({ length }, () => this.below(256))),
      fraction: () => this.fraction(),
    };
  }
}
