import type { Template } from "../core/index.ts";
import { ownValue } from "./fact-step.ts";
import { escapeFileName, escapeJsonText, escapeYamlText } from "./escape.ts";

/** Where the text of a late fact stands, which decides how it is escaped. */
export type LatePlace = "yaml" | "json" | "file";

// Noncharacters: Unicode promises never to give them a meaning, so no honest text holds one.
const OPEN = "\uFDD0";
const CLOSE = "\uFDD1";
const MARKER = /\uFDD0(\d+)\uFDD1/;
// `manifestFileName` writes each byte outside its alphabet as `=xx`, and `=` itself too, so this is no text of anybody else.
const FILE_MARKER = /=ef=b7=90(\d+)=ef=b7=91/;

const ESCAPES: Readonly<Record<LatePlace, (text: string) => string>> = { yaml: escapeYamlText, json: escapeJsonText, file: escapeFileName };

export const RESERVED = /[\uFDD0\uFDD1]/;

/**
 * All late facts of one synth. A fact has one number, which is in its marker; a fact at one kind of place is one hole, which is an index
 * into each site's values.
 */
export class LateTable {
  readonly #facts: (readonly string[])[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #holes: { readonly fact: number; readonly place: LatePlace }[] = [];
  readonly #holeNumbers = new Map<string, number>();

  markerOf(path: readonly string[]): string {
    const key = JSON.stringify(path);
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#facts.push(path) - 1;
      this.#numbers.set(key, number);
    }
    return `${OPEN}${number}${CLOSE}`;
  }

  /** Finished text with markers, as a template; text without any stays text. */
  template(text: string, place: LatePlace): string | Template {
    const parts = text.split(place === "file" ? FILE_MARKER : MARKER);
    if (parts.length === 1) return text;
    const holes = parts.filter((_, index) => index % 2 === 1).map((number) => this.#hole(Number(number), place));
    return { pieces: parts.filter((_, index) => index % 2 === 0), holes };
  }

  /** The facts whose markers a text holds. */
  factsIn(text: string): number[] {
    return text
      .split(MARKER)
      .filter((_, index) => index % 2 === 1)
      .map(Number);
  }

  /** The plain text with each marker replaced by the site's own value. */
  filled(text: string, facts: object): string {
    const parts = text.split(MARKER);
    return parts.map((part, index) => (index % 2 === 1 ? this.textOf(Number(part), facts) : part)).join("");
  }

  /** A site's value for a fact; empty where the site has none, which no leaf that needs it is reached by. */
  textOf(fact: number, facts: object): string {
    let value: unknown = facts;
    for (const key of this.#facts[fact] as readonly string[]) {
      if (typeof value !== "object" || value === null) return "";
      value = ownValue(value as Record<string, unknown>, key);
    }
    return typeof value === "string" || typeof value === "number" ? String(value) : "";
  }

  /** All holes' values of one site, escaped. */
  valuesOf(facts: object): readonly string[] {
    return this.#holes.map(({ fact, place }) => ESCAPES[place](this.textOf(fact, facts)));
  }

  #hole(fact: number, place: LatePlace): number {
    const key = `${place}${fact}`;
    let hole = this.#holeNumbers.get(key);
    if (hole === undefined) {
      hole = this.#holes.push({ fact, place }) - 1;
      this.#holeNumbers.set(key, hole);
    }
    return hole;
  }
}
