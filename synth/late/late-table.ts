import { fill, type Template } from "../../core/index.ts";
import { escapeFileName, escapeJsonText, escapeYamlText } from "./escape.ts";
import { formatFact } from "../track/fact-path.ts";
import type { FleetSite } from "../track/fleet-site.ts";
import { LateColumn } from "./late-column.ts";
import { FILE_MARKER, MARKER, markerOf, mayHoldMarker, RESERVED } from "./marker.ts";

/** Where the text of a late fact is used, which determines its escaping. */
export type LatePlace = "yaml" | "json" | "file";

interface Hole {
  readonly fact: number;
  readonly place: LatePlace;
}

const ESCAPES: Readonly<Record<LatePlace, (text: string) => string>> = { yaml: escapeYamlText, json: escapeJsonText, file: escapeFileName };

/**
 * All late facts of one synth. A fact has a number, which its marker holds. A fact in one kind of place is a hole, which is an index into
 * each site's values.
 */
export class LateTable {
  readonly #columns: LateColumn[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #holes: Hole[] = [];
  readonly #longest: string[] = [];
  readonly #holeNumbers = new Map<string, number>();

  /** Whether there are no late facts to fill in. */
  get isEmpty(): boolean {
    return this.#holes.length === 0;
  }

  markerOf(path: readonly string[]): string {
    const key = JSON.stringify(path);
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#columns.push(new LateColumn(path)) - 1;
      this.#numbers.set(key, number);
    }
    return markerOf(number);
  }

  /** Turns text with markers into a template; text without markers stays a string. */
  template(text: string, place: LatePlace): string | Template {
    if (!mayHoldMarker(text, place)) return text;
    const parts = text.split(place === "file" ? FILE_MARKER : MARKER);
    if (parts.length === 1) return text;
    const holes = parts.filter((_, index) => index % 2 === 1).map((number) => this.#hole(Number(number), place));
    return { pieces: parts.filter((_, index) => index % 2 === 0), holes };
  }

  /** The facts whose markers a text holds. */
  factsIn(text: string): number[] {
    if (!RESERVED.test(text)) return [];
    return text
      .split(MARKER)
      .filter((_, index) => index % 2 === 1)
      .map(Number);
  }

  /** As written after `site.` */
  nameOf(fact: number): string {
    return formatFact(this.columnOf(fact).path);
  }

  /** A sort key that does not depend on the numbers of late facts. */
  sortable(text: string): string {
    return this.#replaced(text, (fact) => `\uFDD0${this.columnOf(fact).path.join(".")}`);
  }

  /** The text with each marker replaced by the site's own value. */
  filled(text: string, site: FleetSite): string {
    return this.#replaced(text, (fact) => this.columnOf(fact).textOf(site));
  }

  /** An object with each marker replaced by the site's own value. */
  filledJson<T>(value: T, site: FleetSite): T {
    if (typeof value === "string") return this.filled(value, site) as T;
    if (Array.isArray(value)) return value.map((item) => this.filledJson(item, site)) as T;
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.filledJson(item, site)])) as T;
  }

  columnOf(fact: number): LateColumn {
    return this.#columns[fact] as LateColumn;
  }

  /** A template with the longest value of any of the fleet's sites in each hole. */
  longest(template: Template, sites: readonly FleetSite[]): string {
    for (const hole of template.holes) this.#longest[hole] ??= this.#longestValue(this.#holes[hole] as Hole, sites);
    return fill(template, this.#longest);
  }

  /** All holes' values of one site, escaped. */
  valuesOf(site: FleetSite): readonly string[] {
    return this.#holes.map(({ fact, place }) => ESCAPES[place](this.columnOf(fact).textOf(site)));
  }

  #replaced(text: string, textOf: (fact: number) => string): string {
    if (!RESERVED.test(text)) return text;
    return text
      .split(MARKER)
      .map((part, index) => (index % 2 === 1 ? textOf(Number(part)) : part))
      .join("");
  }

  #longestValue({ fact, place }: Hole, sites: readonly FleetSite[]): string {
    let longest = "";
    for (const site of sites) {
      const value = ESCAPES[place](this.columnOf(fact).textOf(site));
      if (value.length > longest.length) longest = value;
    }
    return longest;
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
