import type { Patch } from "./loader.ts";

/** A fault put into the product's text from outside, which the checks must find. */
export interface PlantedBug {
  readonly name: string;
  readonly patches: readonly Patch[];
}

/** In one file, one line for another. */
export function bug(name: string, file: string, find: string, put: string): PlantedBug {
  return { name, patches: [{ file, find, put }] };
}
