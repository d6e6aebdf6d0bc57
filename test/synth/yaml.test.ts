import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { parse } from "yaml";
import { type JsonObject, writeYaml } from "../../synth/yaml.ts";

const never = () => false;

// What trips YAML readers, beside what fast-check thinks of by itself.
const traps = fc.constantFrom(
  "no", "Y", "on", "null", "~", "012", "0x1F", "0b1", "1_000", "22:22", "1e3", "e0", "E+1", "1.", ".inf", "2026-11-21", "<<", "=", "---", "- a", "? a", "a: b", "a #b", "a:b", ":a", "a:",
  "#a", "&a", "*a", "!a", "|", ">", "%a", "@a", "`a", "{a", "[a", "'a", '"a', " a", "a ", "a\tb", "a\nb", "a\nb\n", "a\n\nb\n", "\na", "a\n\n", " a\nb", "a\n b\n", "a \nb", "a\n\t\nb",
  "a\u0085b", "a\u2028b", "\ufeffa", "a\u007fb", "a\r\nb", "😀", "", "a, b", "a=b", "/x -y (z)",
);
const text = fc.oneof(fc.string({ unit: "binary" }).filter((value) => value.isWellFormed()), fc.string(), traps);
const number = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (Object.is(value, -0) ? 0 : value)), fc.constantFrom(1e21, 1e-7, 5e300, -1.5e-9));
const { value: json } = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 5 }, fc.constantFrom(null, true, false), number, text, tie("list"), tie("map")),
  list: fc.array(tie("value"), { maxLength: 5 }),
  map: fc.dictionary(text.filter((key) => key !== "__proto__"), tie("value"), { maxKeys: 5, noNullPrototype: true }),
}));
const object = fc.dictionary(text.filter((key) => key !== "__proto__"), json, { maxKeys: 6, noNullPrototype: true }) as fc.Arbitrary<JsonObject>;

test("what is written reads back the same under YAML 1.1 and 1.2", () => {
  fc.assert(
    fc.property(object, (value) => {
      const yaml = writeYaml(value, never);
      expect(parse(yaml, { version: "1.2", schema: "core", merge: false })).toEqual(value);
      expect(parse(yaml, { version: "1.1", schema: "yaml-1.1", merge: false })).toEqual(value);
    }),
    { numRuns: 1000 },
  );
});

test("the order in which keys were inserted does not change a byte", () => {
  fc.assert(
    fc.property(object, (value) => {
      const reversed = Object.fromEntries(Object.entries(value).reverse());
      expect(writeYaml(reversed, never)).toBe(writeYaml(value, never));
    }),
  );
});

test("a manifest reads as people expect it", () => {
  const yaml = writeYaml(
    {
      spec: {
        template: { spec: { containers: [{ image: "registry.example/a@sha256:00", name: "a", args: ["--verbose", "on", "a b"], ports: [{ containerPort: 80, name: "http" }], resources: { limits: { cpu: "500m" } } }] } },
        replicas: 2,
      },
      metadata: { name: "a", labels: {}, annotations: { note: "first\n  second\n", skipped: undefined } },
      kind: "Deployment",
      apiVersion: "apps/v1",
    },
    never,
  );
  expect(yaml).toBe(`apiVersion: apps/v1
kind: Deployment
metadata:
  name: a
  annotations:
    note: |
      first
        second
  labels: {}
spec:
  replicas: 2
  template:
    spec:
      containers:
        - name: a
          args:
            - "--verbose"
            - "on"
            - a b
          image: registry.example/a@sha256:00
          ports:
            - name: http
              containerPort: 80
          resources:
            limits:
              cpu: "500m"
`);
});

test("text with late facts is quoted even where it would be plain", () => {
  expect(writeYaml({ a: "plain", b: "late" }, (value) => value === "late")).toBe('a: plain\nb: "late"\n');
});

test("what JSON cannot say is refused, not written as something else", () => {
  expect(() => writeYaml({ a: Number.NaN }, never)).toThrow("no JSON number");
  expect(() => writeYaml({ ["k".repeat(2000)]: 1 }, never)).toThrow("2000 characters");
});
