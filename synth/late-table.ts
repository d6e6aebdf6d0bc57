import { fill, type Template } from "../core/index.ts";
import { escapeFileName, escapeJsonText, escapeYamlText } from "./escape.ts";
import { formatFact } from "./fact-path.ts";
import { ownValue } from "./fact-step.ts";

/** Where the text of a late fact stands, which decides how it is escaped. */
export type LatePlace = "yaml" | "json" | "file";

// Noncharacters: Unicode promises never to give them a meaning, so no honest text holds one.
const OPEN = "\uFDD0";
const CLOSE = "\uFDD1";
const MARKER = /\uFDD0(\d+)\uFDD1/;
// `manifestFileName` writes each byte outside its alphabet as `=xx`, and `=` itself too, so this is no text of anybody else.
const FILE_MARKER = /=ef=b7=90(\d+)=ef=b7=91/;

interface Hole {
  readonly fact: number;
  readonly place: LatePlace;
}

const ESCAPES: Readonly<Record<LatePlace, (text: string) => string>> = { yaml: escapeYamlText, json: escapeJsonText, file: escapeFileName };

export const RESERVED = /[\uFDD0\uFDD1]/;

/** A text without the markers that a render handed out: what is left of U+FDD0 and U+FDD1 is the user's own. */
export function withoutMarkers(text: string, handedOut: ReadonlySet<string>): string {
  return RESERVED.test(text) ? text.replace(new RegExp(MARKER, "g"), (marker) => (handedOut.has(marker) ? "" : marker)) : text;
}

/**
 * All late facts of one synth. A fact has one number, which is in its marker; a fact at one kind of place is one hole, which is an index
 * into each site's values.
 */
export class LateTable {
  readonly #facts: (readonly string[])[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #holes: Hole[] = [];
  readonly #holeNumbers = new Map<string, number>();

  get isEmpty(): boolean {
    return this.#holes.length === 0;
  }

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

  /** As people write it after `site.` */
  nameOf(fact: number): string {
    return formatFact(this.#facts[fact] as readonly string[]);
  }

  /** A name that sorts the same in every synth, whatever numbers its late facts have. */
  sortable(text: string): string {
    const parts = text.split(MARKER);
    return parts.map((part, index) => (index % 2 === 1 ? `${OPEN}${(this.#facts[Number(part)] as readonly string[]).join(".")}` : part)).join("");
  }

  /** The plain text with each marker replaced by the site's own value. */
  filled(text: string, facts: object): string {
    const parts = text.split(MARKER);
    return parts.map((part, index) => (index % 2 === 1 ? this.textOf(Number(part), facts) : part)).join("");
  }

  /** An object with each marker replaced by the site's own value; the object itself where it has none. */
  filledJson<T>(value: T, facts: object): T {
    if (typeof value === "string") return (RESERVED.test(value) ? this.filled(value, facts) : value) as T;
    if (Array.isArray(value)) return value.map((item) => this.filledJson(item, facts)) as T;
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.filledJson(item, facts)])) as T;
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

  /** A template with the longest value of any of the sites in each hole. */
  longest(template: Template, sites: readonly { readonly facts: object }[]): string {
    const longest = this.#holes.map(() => "");
    for (const hole of new Set(template.holes)) {
      const { fact, place } = this.#holes[hole] as Hole;
      for (const site of sites) {
        const value = ESCAPES[place](this.textOf(fact, site.facts));
        if (value.length > (longest[hole] as string).length) longest[hole] = value;
      }
    }
    return fill(template, longest);
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
