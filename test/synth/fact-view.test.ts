import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { DecisionTree } from "../../synth/track/decision-tree.ts";
import type { QueryableSite } from "../../synth/track/fact-step.ts";
import { FaultLog } from "../../synth/track/fault.ts";
import { Recording } from "../../synth/track/recording.ts";
import { siteView } from "../../synth/track/site-view.ts";

type Facts = any;
type Reading = (site: Facts) => unknown;

const KEYS = [
  "id",
  "size",
  "a.b",
  "constructor",
  "__proto__",
  "then",
  "toJSON",
  "hasOwnProperty",
  "length",
  "0",
  "window",
  "nodes",
  "valueOf",
];
const leaf = fc.oneof(fc.constantFrom("", "large", "medium", 0, -0, 1, true, false, null, "0", "null"), fc.string({ maxLength: 3 }));
const anyFact = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, { arbitrary: leaf, weight: 3 }, tie("list"), tie("map")),
  list: fc.array(tie("value"), { maxLength: 3 }),
  map: mapOf(tie("value")),
}));
// `__proto__` as an own key, as JSON.parse makes it.
function mapOf(value: fc.Arbitrary<unknown>): fc.Arbitrary<Facts> {
  return fc.uniqueArray(fc.tuple(fc.constantFrom(...KEYS), value), { maxLength: 4, selector: ([key]) => key }).map((entries) => {
    const map: Facts = {};
    for (const [key, inner] of entries)
      Object.defineProperty(map, key, { value: inner, enumerable: true, writable: true, configurable: true });
    return map;
  });
}
const facts = fc
  .record({
    id: leaf,
    window: fc.option(anyFact.value, { nil: undefined }),
    labels: mapOf(anyFact.value),
    nodes: fc.oneof(anyFact.list, anyFact.map),
    any: anyFact.value,
  })
  .map(({ window, ...rest }) => (window === undefined ? rest : { ...rest, window }));

// Jest reads keys of the values that it compares, so views are not compared directly.
function shown(value: unknown): unknown {
  return typeof value === "object" && value !== null ? "an object" : value;
}

/** Expressions that people use on facts, as functions of any value. */
const QUESTIONS: Record<string, Reading> = {
  truth: (v) => !!v,
  type: (v) => typeof v,
  isArray: (v) => Array.isArray(v),
  isNull: (v) => v === null,
  isUndefined: (v) => v === undefined,
  leaf: shown,
  json: (v) => JSON.stringify(v),
  keys: (v) => Object.keys(v),
  entries: (v) => Object.entries(v).map(([key, inner]) => [key, typeof inner]),
  values: (v) => Object.values(v).map((inner) => JSON.stringify(inner)),
  spread: (v) => JSON.stringify({ ...v }),
  rest: ({ id, ...others }) => [typeof id, Object.keys(others)],
  forIn: (v) => {
    const keys: string[] = [];
    for (const key in v) keys.push(key);
    return keys;
  },
  has: (v) => KEYS.map((key) => key in v),
  hasOwn: (v) => KEYS.map((key) => Object.hasOwn(v, key)),
  ownMethod: (v) => Object.prototype.hasOwnProperty.call(v, "size"),
  descriptor: (v) => shown(Object.getOwnPropertyDescriptor(v, "size")?.value),
  getEach: (v) => KEYS.map((key) => typeof v?.[key]),
  optional: (v) => shown(v?.size?.length),
  instance: (v) => [v instanceof Object, v instanceof Array, v?.constructor === Object],
  text: (v) => `${typeof v === "object" ? Object.prototype.toString.call(v) : String(v)}`,
  length: (v) => shown(v.length),
  indexOf: (v) => v.indexOf(v[0]),
  includes: (v) => v.includes(v[v.length - 1]),
  at: (v) => typeof v.at(-1),
  spreadList: (v) => [...v].map((inner) => typeof inner),
  destructured: ([first, ...others]) => [typeof first, others.length],
  sortedCopy: (v) => [...v].map((inner) => JSON.stringify(inner)).sort(),
  toSorted: (v) =>
    v.toSorted((a: unknown, b: unknown) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)).map((inner: unknown) => JSON.stringify(inner)),
  map: (v) => v.map((inner: unknown, index: number) => [index, inner === v[index]]),
  filter: (v) => v.filter((inner: unknown) => typeof inner === "object").length,
  some: (v) => v.some((inner: unknown) => inner === "large"),
  every: (v) => v.every((inner: unknown) => !!inner),
  reduce: (v) => v.reduce((sum: number, inner: unknown) => sum + String(JSON.stringify(inner)).length, 0),
  concat: (v) => [1].concat(v).length,
  flat: (v) => v.flat().length,
  join: (v) => v.map((inner: unknown) => typeof inner).join(),
  forOf: (v) => {
    let count = 0;
    for (const inner of v) count += inner ? 1 : 2;
    return count;
  },
  beyond: (v) => [shown(v[7]), 7 in v, shown(v.length)],
  fromEntries: (v) => JSON.stringify(Object.fromEntries(Object.entries(v))),
  assign: (v) => JSON.stringify(Object.assign({}, v)),
  same: (v) => [v === v, v.nodes === v.nodes, Object.is(v.labels, v.labels)],
  proto: (v) => Object.getPrototypeOf(v) === (Array.isArray(v) ? Array.prototype : Object.prototype),
};
const path = fc.array(fc.constantFrom(...KEYS, "labels", "any", "1"), { maxLength: 2 });
const reading = fc.record({
  path: fc.tuple(fc.constantFrom("labels", "nodes", "any", "window", "id"), path).map(([first, rest]) => [first, ...rest]),
  question: fc.constantFrom(...Object.keys(QUESTIONS)),
});
const program = fc.array(reading, { minLength: 1, maxLength: 5 });

// An exception such as `undefined.length` is a result as well. Its message differs between a view and plain facts.
function answers(site: Facts, readings: readonly { readonly path: readonly string[]; readonly question: string }[]): unknown[] {
  return readings.map(({ path, question }) => {
    try {
      const value = path.reduce<Facts>((at, key) => at?.[key], site);
      return (QUESTIONS[question] as Reading)(typeof value === "function" ? "a method" : value);
    } catch (error) {
      return (error as Error).name;
    }
  });
}

function recordingOf(site: Facts): Recording {
  const world: QueryableSite = { facts: site, capacity: {}, runs: () => false, nearest: () => undefined, knows: () => false };
  return new Recording(world, new FaultLog(), () => "");
}

function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
}

describe("a recording view", () => {
  for (const name of Object.keys(QUESTIONS)) {
    test(`gives the same result as plain facts for ${name}`, () => {
      fc.assert(
        fc.property(facts, path, (site, where) => {
          frozen(site);
          const readings = [["labels"], ["nodes"], ["any"], ["window"], ["id"], where].map((at) => ({ path: at, question: name }));
          const view = siteView(recordingOf(site), "build");
          expect(answers(view, readings)).toStrictEqual(answers(site, readings));
        }),
        { numRuns: 60 },
      );
    });
  }

  test("distinguishes 0 from -0, and missing, undefined and null", () => {
    const values = [0, -0, "0", "", null, undefined, false, [], {}, "null"];
    const sites = [...values.map((any) => ({ any })), {}];
    const tree = new DecisionTree<unknown>();
    for (const site of sites) {
      const recording = recordingOf(site);
      const view = siteView(recording, "build") as Facts;
      const seen = ["any" in view, view.any];
      expect(tree.add(recording.trace, seen.map(shown))).toBeDefined();
    }
    expect(tree.leaves).toHaveLength(sites.length);
  });

  test("leads two sites to one leaf only when their plain facts give the same results", () => {
    let shared = 0;
    fc.assert(
      fc.property(fc.array(facts, { minLength: 2, maxLength: 8 }), program, (sites, readings) => {
        const tree = new DecisionTree<unknown[]>();
        for (const site of sites.map(frozen)) {
          const found = tree.tryFind({ facts: site, capacity: {}, runs: () => false, nearest: () => undefined, knows: () => false });
          const plain = answers(site, readings);
          if (found !== undefined) {
            shared++;
            expect(found.result).toStrictEqual(plain);
            continue;
          }
          const recording = recordingOf(site);
          const seen = answers(siteView(recording, "build"), readings);
          expect(seen).toStrictEqual(plain);
          expect(tree.add(recording.trace, seen)).toBeDefined();
        }
      }),
      { numRuns: 1500 },
    );
    expect(shared).toBeGreaterThan(100);
  });
});
