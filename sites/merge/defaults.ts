import { nearestName, quoted } from "../../core/index.ts";
import type { Block } from "../schema/block.ts";
import type { BlockCheck, BlockKind } from "./block-check.ts";
import { levelRule } from "../text/display-text.ts";
import { isPlainObject } from "../fact-path.ts";
import type { InventoryFault } from "../text/inventory-fault.ts";
import { notReadable, unknownField, wrongType } from "../schema/issues.ts";
import { type LabelTerm, readLabelTerms } from "../schema/label-terms.ts";
import type { LabelSchema } from "../schema/label-schema.ts";
import { compareOrigins, type Origin } from "../text/locator.ts";

/** Defaults for the sites below `level`. The fleet's defaults have the empty path. */
export interface LevelDefault extends Block {
  readonly level: readonly string[];
}

/** Defaults for the sites that have all labels in `terms`. */
export interface LabelDefault extends Block {
  readonly key: string;
  readonly terms: readonly LabelTerm[];
}

/** All defaults of one inventory, checked. Several files and objects are combined; they must agree on each leaf of a block. */
export interface DefaultBlocks {
  readonly levels: readonly LevelDefault[];
  readonly labels: readonly LabelDefault[];
}

/** A document of defaults and its place. */
export interface RawDefaults {
  readonly value: unknown;
  readonly origin: Origin;
}

const SECTIONS = ["fleet", "levels", "labels"];

/** Adds faults to `faults` and returns the valid blocks in file order, so that the order of the sources has no effect. */
export function readDefaults(
  documents: readonly RawDefaults[],
  check: BlockCheck,
  schema: LabelSchema<unknown>,
  faults: InventoryFault[],
): DefaultBlocks {
  const reader = new DefaultsReader(check, schema, faults);
  for (const document of documents) reader.read(document);
  return { levels: reader.levels.toSorted(compareOrigins), labels: reader.labels.toSorted(compareOrigins) };
}

// Continues after each fault, so that all faults are reported.
class DefaultsReader {
  readonly levels: LevelDefault[] = [];
  readonly labels: LabelDefault[] = [];
  readonly #check: BlockCheck;
  readonly #schema: LabelSchema<unknown>;
  readonly #faults: InventoryFault[];

  constructor(check: BlockCheck, schema: LabelSchema<unknown>, faults: InventoryFault[]) {
    this.#check = check;
    this.#schema = schema;
    this.#faults = faults;
  }

  read({ value, origin }: RawDefaults): void {
    try {
      this.#readSections(value, origin);
    } catch (error) {
      this.#faults.push({ ...notReadable("a section of the defaults", error), spots: [{ origin, path: [] }] });
    }
  }

  #readSections(value: unknown, origin: Origin): void {
    if (!isPlainObject(value)) {
      this.#faults.push({ ...wrongType("object", value, "a file of defaults"), spots: [{ origin, path: [] }] });
      return;
    }
    for (const [section, content] of Object.entries(value)) {
      if (content === undefined) continue;
      if (section === "fleet") this.#add("shared", content, at(origin, section), (block) => this.levels.push({ ...block, level: [] }));
      else if (section === "levels") this.#readLevels(content, at(origin, section));
      else if (section === "labels") this.#readLabels(content, at(origin, section));
      else this.#faults.push({ ...unknownField(section, SECTIONS, []), spots: [{ origin, path: [section], aim: "key" }] });
    }
  }

  // A key is a level path as in selectors: `eu/de`.
  #readLevels(content: unknown, origin: Origin): void {
    for (const [key, value] of this.#entries(content, "levels", origin)) {
      const level = key.split("/");
      const violation = level.map((step) => levelRule(step)).find((found) => found !== undefined);
      if (violation) this.#faults.push({ ...violation, spots: [{ origin, path: [key], aim: "key" }] });
      else this.#add("shared", value, at(origin, key), (block) => this.levels.push({ ...block, level }));
    }
  }

  // Content under an invalid key is dropped, because its sites are unknown.
  #readLabels(content: unknown, origin: Origin): void {
    for (const [key, value] of this.#entries(content, "labels", origin)) {
      const terms = readLabelTerms(key);
      const violations = "violation" in terms ? [terms.violation] : terms.value.flatMap((term) => this.#impossible(term));
      for (const violation of violations) this.#faults.push({ ...violation, spots: [{ origin, path: [key], aim: "key" }] });
      if (violations.length === 0 && "value" in terms) {
        this.#add("label", value, at(origin, key), (block) => this.labels.push({ ...block, key, terms: terms.value }));
      }
    }
  }

  // A section that is empty or not a map is reported; an entry without content (`eu/de:`) is reported by the block check.
  #entries(content: unknown, section: string, origin: Origin): [string, unknown][] {
    if (isPlainObject(content)) return Object.entries(content);
    this.#faults.push({ ...wrongType("object", content, section), spots: [{ origin, path: [] }] });
    return [];
  }

  #add(kind: BlockKind, value: unknown, origin: Origin, keep: (block: Block) => void): void {
    const block = this.#check.tryCheck(kind, value, origin);
    if (block) keep(block);
  }

  // A label or value that no site can have would silently select no site.
  #impossible({ label, value }: LabelTerm): Pick<InventoryFault, "code" | "message" | "next">[] {
    const { keys } = this.#schema;
    if (!this.#schema.isKnown(label)) return [unknownField(label, keys, ["labels"])];
    const options = this.#schema.optionsOf(label);
    if (options.length === 0 || options.includes(value)) return [];
    const near = nearestName(value, options);
    const next = near ? `did you mean ${quoted(`${label}=${near}`)}?` : "use one of these values";
    return [{ code: "unknown-value", message: `label ${label} cannot be ${quoted(value)}; it can be ${options.join(", ")}`, next }];
  }
}

function at(origin: Origin, key: string): Origin {
  return { ...origin, path: [...origin.path, key] };
}
