import { quoted } from "../../core/index.ts";
import { type Block, FACT_NAMES, type FactName, OWN_FACTS, type Patch } from "../schema/block.ts";
import { nameRule } from "../text/display-text.ts";
import { isPlainObject } from "../fact-path.ts";
import type { InventoryFault } from "../text/inventory-fault.ts";
import { freezeDeep } from "../freeze.ts";
import { profileRule, siteIdRule } from "../values/identifier.ts";
import { violationsOf, notReadable, type PlacedViolation, unknownAt, wrongType } from "../schema/issues.ts";
import { labelFaults } from "../schema/label-check.ts";
import type { Origin } from "../text/locator.ts";
import { reportKeyRule } from "../values/report-key.ts";
import { factSchemas } from "../schema/schema.ts";
import { timeZoneRule } from "../values/time-zone.ts";

type CheckedFact = Exclude<FactName, "labels">;
type Verdict = { readonly value: unknown } | { readonly violations: readonly PlacedViolation[] };

/** Which facts a block may hold: a site all of them, defaults only those that can be shared. */
export type BlockKind = "site" | "shared" | "label";

// With more distinct values than this, few sites share one and caching costs more than it saves.
const REMEMBERED_MAX = 4096;

/** Checks blocks fact by fact. Equal values are checked once and become one frozen object, so that sites can later be compared by identity. */
export class BlockCheck {
  readonly #faults: InventoryFault[];
  readonly #known = new Map<string, Map<string, Verdict>>();

  constructor(faults: InventoryFault[]) {
    this.#faults = faults;
  }

  /** undefined when `raw` is not a map. */
  tryCheck(kind: BlockKind, raw: unknown, origin: Origin): Block | undefined {
    if (!isPlainObject(raw)) {
      this.#report(origin, [{ violation: notABlock(kind, raw), path: [], aim: "value" }]);
      return undefined;
    }
    const patch: Record<string, unknown> = {};
    let faulty: Set<string> | undefined;
    let id: unknown;
    for (const key of Object.keys(raw)) {
      let verdict: Verdict;
      try {
        const value = raw[key];
        if (key === "id") id = value;
        verdict = kind === "site" && isPlainlyRight(key, value) ? { value } : this.#judge(kind, key, value);
      } catch (error) {
        // Objects from code may have getters that throw. The faults of the other sites must still be reported.
        verdict = refuse(key, notReadable(key, error), "value");
      }
      if (!("value" in verdict)) {
        faulty ??= new Set();
        for (const fact of [key, ...meantIn(raw, verdict.violations)]) faulty.add(fact);
        this.#report(origin, verdict.violations);
      } else if (verdict.value !== undefined) patch[key] = verdict.value;
    }
    const { locator, block, path } = origin;
    return { locator, block, path, patch: patch as Patch, claimedId: claimedIdOf(kind, id), faulty: faulty ?? NONE };
  }

  // The order matters: unknown names must not reach the tables, and schemas do not accept null.
  #judge(kind: BlockKind, key: string, value: unknown): Verdict {
    if (value === undefined) return ABSENT;
    if (!isFactName(key))
      return {
        violations: [
          unknownAt(
            key,
            FACT_NAMES.filter((name) => mayHold(kind, name)),
            [],
          ),
        ],
      };
    if (!mayHold(kind, key)) return refuse(key, misplaced(kind, key));
    if (value === null)
      return OWN_FACTS.has(key)
        ? refuse(key, wrongType(key === "level" || key === "neighbours" ? "array" : "string", null, key), "value")
        : REMOVED;
    if (key === "location") return tryLocation(value) ?? judgeFact(key, value);
    return isPlainJson(value, 0) ? this.#remembered(key, value) : judgeFact(key, value);
  }

  // Keyed by content, not identity, because a row function may return one list and change it between rows.
  #remembered(key: FactName, value: unknown): Verdict {
    let known = this.#known.get(key);
    if (!known) this.#known.set(key, (known = new Map()));
    const text = JSON.stringify(value);
    let verdict = known.get(text);
    if (!verdict) {
      verdict = judgeFact(key, value);
      if (known.size < REMEMBERED_MAX) known.set(text, verdict);
    }
    return verdict;
  }

  #report(origin: Origin, violations: readonly PlacedViolation[]): void {
    for (const { violation, path, aim } of violations) this.#faults.push({ ...violation, spots: [{ origin, path, aim }] });
  }
}

const NONE: ReadonlySet<string> = new Set();
const REMOVED: Verdict = { value: null };
const ABSENT: Verdict = { value: undefined };
const NAMES: ReadonlySet<string> = new Set(FACT_NAMES);

// String facts are the most frequent. Their rules are called directly; zod only runs to describe a fault.
function isPlainlyRight(key: string, value: unknown): boolean {
  if (typeof value !== "string") return false;
  switch (key) {
    case "id":
      return siteIdRule(value) === undefined;
    case "name":
      return nameRule(value) === undefined;
    case "timeZone":
      return timeZoneRule(value) === undefined;
    case "profile":
      return profileRule(value) === undefined;
    case "reportKey":
      return reportKeyRule(value) === undefined;
    default:
      return false;
  }
}

// Locations differ from site to site, so caching does not help. Only unusual values go to the schema.
function tryLocation(value: unknown): Verdict | undefined {
  if (!isPlainObject(value) || Object.keys(value).length !== 2) return undefined;
  const { latitude, longitude } = value as { latitude?: unknown; longitude?: unknown };
  const isRight = typeof latitude === "number" && typeof longitude === "number" && Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180;
  return isRight ? { value: Object.freeze({ latitude, longitude }) } : undefined;
}

// Also for an id that breaks its rule, so that duplicates of it are reported in the same run.
function claimedIdOf(kind: BlockKind, id: unknown): string | undefined {
  return kind === "site" && typeof id === "string" ? id.toLowerCase() : undefined;
}

function isFactName(key: string): key is FactName {
  return NAMES.has(key);
}

// Facts that identify a site cannot be shared. Labels select label defaults, so label defaults cannot set them.
function mayHold(kind: BlockKind, name: FactName): boolean {
  return kind === "site" || (!OWN_FACTS.has(name) && !(kind === "label" && name === "labels"));
}

function notABlock(kind: BlockKind, raw: unknown): PlacedViolation["violation"] {
  const next =
    kind === "site"
      ? "write its facts as a map (id, name, level, …); a YAML document holds one site, a JSON file one site or a list of sites"
      : "write facts as a map";
  return { ...wrongType("object", raw, kind === "site" ? "a site" : "an entry of the defaults"), next };
}

function misplaced(kind: BlockKind, key: FactName): PlacedViolation["violation"] {
  const because = key === "labels" ? "labels decide which label defaults apply" : `${quoted(key)} belongs to one site`;
  const next = key === "labels" ? "set the label at the sites, or in the defaults of the fleet or a level" : "set it at the site";
  return { code: "not-a-default", message: `${key} cannot come from ${kind === "label" ? "label " : ""}defaults`, because, next };
}

// The facts that misspelled fields mean. Where both are there, the one with the right name is judged by itself.
function meantIn(raw: Readonly<Record<string, unknown>>, violations: readonly PlacedViolation[]): string[] {
  return violations.flatMap(({ meant }) => (meant?.length === 1 && !Object.hasOwn(raw, meant[0] as string) ? [String(meant[0])] : []));
}

// A fault of the field itself points at its key.
function refuse(key: string, violation: PlacedViolation["violation"], aim: "key" | "value" = "key"): Verdict {
  return { violations: [{ violation, path: [key], aim }] };
}

// Labels are only checked as JSON here. The label schema checks them after fleet, level and site are merged.
function judgeFact(key: FactName, value: unknown): Verdict {
  if (key === "labels") {
    const violations = labelFaults(value);
    return violations.length > 0 ? { violations } : { value: freezeDeep(JSON.parse(JSON.stringify(value))) };
  }
  const schema = factSchemas[key satisfies CheckedFact];
  const result = schema.safeParse(value);
  if (result.success) return { value: freezeDeep(result.data) };
  return { violations: violationsOf(schema, result.error.issues, value, [key]) };
}

/** Whether JSON represents the value exactly. `JSON.stringify` writes NaN and Date as something else, so they are not plain JSON. */
function isPlainJson(value: unknown, depth: number): boolean {
  if (typeof value === "string" || typeof value === "boolean" || value === null) return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || depth > 32) return false;
  if (Array.isArray(value)) return value.every((entry) => isPlainJson(entry, depth + 1));
  if (!isPlainObject(value) || "toJSON" in value) return false;
  for (const key in value) {
    const entry = value[key];
    if (entry !== undefined && !isPlainJson(entry, depth + 1)) return false;
  }
  return true;
}
