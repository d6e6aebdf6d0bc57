import { type Base, ObjectWriter, type Written } from "../git/index.ts";

/**
 * Takes what a run would write, computes the ids and counts the new objects, and writes none of them. It knows what the repository has,
 * as the real writer does, so both count the same.
 */
export class UnwrittenObjects extends ObjectWriter {
  #count = 0;

  override writeWhole(): Base {
    this.#count++;
    return NOWHERE;
  }

  override writeDelta(): void {
    this.#count++;
  }

  // There is no pack, so there is nothing to make a delta of.
  override isReachable(_base: Base | undefined): _base is Base {
    return false;
  }

  override flush(): void {}

  override finish(): Promise<Written> {
    return Promise.resolve({ objects: this.#count, packs: 0, packBytes: 0 });
  }

  override close(): void {}
}

const NOWHERE: Base = { pack: 0, offset: 0 };
