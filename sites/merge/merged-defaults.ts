import { type Block, FACT_NAMES, type FactName, type Patch } from "../schema/block.ts";
import { type FactPath, isPlainObject } from "../fact-path.ts";
import type { DefaultBlocks } from "./defaults.ts";
import { hasLabel } from "../schema/label-terms.ts";
import type { LabelSchema, TypedLabels } from "../schema/label-schema.ts";
import { mergePatch } from "./merge.ts";
import { inSchemaOrder } from "./order.ts";

/** The defaults of a site, merged. Sites with the same defaults share this object, and with it the parts of their facts. */
export interface MergedDefaults {
  readonly facts: Patch;
  /** Outermost first. The last block that sets a fact wins. */
  readonly blocks: readonly Block[];
  readonly conflicts: readonly Conflict[];
}

/** Two defaults of equal rank with different values for one leaf. They have no order, so neither wins. */
export interface Conflict {
  readonly first: Block;
  readonly second: Block;
  readonly path: FactPath;
}

// The caches belong to one level: the same labels give the same result only with the same defaults.
interface LevelDefaults extends MergedDefaults {
  readonly typed: Map<object, TypedLabels<unknown>>;
  readonly byLabels: Map<unknown, MergedDefaults>;
}

/** Finds the merged defaults of a site. Each distinct combination is merged once. */
export class DefaultsMerger {
  readonly #defaults: DefaultBlocks;
  readonly #schema: LabelSchema<unknown>;
  readonly #byPath = new Map<string, LevelDefaults>();
  /** Most equal levels are one list object, and a lookup by object is faster than by string. */
  readonly #byList = new WeakMap<readonly string[], LevelDefaults>();

  constructor(defaults: DefaultBlocks, schema: LabelSchema<unknown>) {
    this.#defaults = defaults;
    this.#schema = schema;
  }

  /** The labels of a site at `level`, parsed by the schema: those of fleet and level, then its own. */
  labelsOf(level: readonly string[], own: Patch["labels"]): TypedLabels<unknown> {
    const defaults = this.#levelDefaults(level);
    const key = own ?? NO_LABELS;
    let typed = defaults.typed.get(key);
    if (!typed) {
      const merged = (own === null ? NO_LABELS : mergePatch(defaults.facts.labels, key)) as typeof NO_LABELS;
      defaults.typed.set(key, (typed = this.#schema.read(merged)));
    }
    return typed;
  }

  /** Without labels, when they have a fault, only the defaults of the level. */
  mergedFor(level: readonly string[], labels: object | undefined): MergedDefaults {
    const below = this.#levelDefaults(level);
    if (labels === undefined) return below;
    let defaults = below.byLabels.get(labels);
    if (!defaults) {
      const applying = this.#defaults.labels.filter(({ terms }) => terms.every((term) => hasLabel(labels, term)));
      below.byLabels.set(labels, (defaults = mergeOnto(below, applying)));
    }
    return defaults;
  }

  #levelDefaults(level: readonly string[]): LevelDefaults {
    const known = this.#byList.get(level);
    if (known) return known;
    const key = level.join("/");
    let defaults = this.#byPath.get(key);
    if (!defaults) this.#byPath.set(key, (defaults = this.#mergeLevels(level)));
    this.#byList.set(level, defaults);
    return defaults;
  }

  // From the fleet inwards: `eu`, then `eu/de`. A level without defaults shares the object of the level above.
  #mergeLevels(level: readonly string[]): LevelDefaults {
    let defaults: MergedDefaults = { facts: {}, blocks: [], conflicts: [] };
    for (let depth = 0; depth <= level.length; depth++) {
      const prefix = level.slice(0, depth).join("/");
      defaults = mergeOnto(
        defaults,
        this.#defaults.levels.filter((block) => block.level.length === depth && block.level.join("/") === prefix),
      );
    }
    return { ...defaults, typed: new Map(), byLabels: new Map() };
  }
}

const NO_LABELS: Readonly<Record<string, unknown>> = {};

// Blocks of one rank may come from several files in any order. They agree or are reported as a conflict, so the order has no effect.
function mergeOnto(below: MergedDefaults, blocks: readonly Block[]): MergedDefaults {
  if (blocks.length === 0) return below;
  const facts: Partial<Record<FactName, unknown>> = {};
  for (const name of FACT_NAMES) {
    const touching = blocks.filter(({ patch }) => Object.hasOwn(patch, name));
    const value = touching.reduce<unknown>(
      (under, { patch }) => (patch[name] === null ? undefined : mergePatch(under, patch[name])),
      below.facts[name],
    );
    if (value !== undefined) facts[name] = touching.length > 0 ? inSchemaOrder(name, value) : value;
  }
  const conflicts = blocks.flatMap((second, at) => blocks.slice(0, at).flatMap((first) => conflictsOf(first, second)));
  return { facts: facts as Patch, blocks: [...below.blocks, ...blocks], conflicts: [...below.conflicts, ...conflicts] };
}

// Keyed by blocks, so entries are garbage collected with their inventory.
const known = new WeakMap<Block, Map<Block, readonly Conflict[]>>();

// The same pair of blocks occurs in many combinations and is one conflict.
function conflictsOf(first: Block, second: Block): readonly Conflict[] {
  let withFirst = known.get(first);
  if (!withFirst) known.set(first, (withFirst = new Map()));
  let conflicts = withFirst.get(second);
  if (!conflicts) {
    conflicts = differences(first.patch, second.patch, []).map((path) => ({ first, second, path }));
    withFirst.set(second, conflicts);
  }
  return conflicts;
}

/** Leaves that both set to different values. */
function differences(a: unknown, b: unknown, path: FactPath): FactPath[] {
  if (!isPlainObject(a) || !isPlainObject(b)) return JSON.stringify(a) === JSON.stringify(b) ? [] : [path];
  return Object.keys(a).flatMap((key) => (Object.hasOwn(b, key) ? differences(a[key], b[key], [...path, key]) : []));
}
