import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { type Breach, formatBreach } from "./architecture/breach.ts";
import { withDiagram } from "./architecture/diagram.ts";
import { edgeBreaches } from "./architecture/edge-rules.ts";
import { graphBreaches } from "./architecture/graph-rules.ts";
import { partBreaches } from "./architecture/part-rules.ts";
import { shapeBreaches, sizeBreaches } from "./architecture/shape-rules.ts";
import { parseSource, readSources, type Source } from "./architecture/source.ts";
import { ROOMS } from "./architecture/table.ts";
import { worldBreaches } from "./architecture/world-rules.ts";

const top = join(import.meta.dirname, "..");
const sources = readSources(top);

describe("the house", () => {
  test("rooms import only what the table allows, by the neighbour's face, and each package stays behind its seam", () => {
    expect(edgeBreaches(sources).map(formatBreach)).toEqual([]);
  });

  test("inside a room folders import in one direction, and agent/machine only computes", () => {
    expect(partBreaches(sources).map(formatBreach)).toEqual([]);
  });

  test("there is no cycle, no file that nobody imports, no export for tests alone, and nothing heavy loads before a command is chosen", () => {
    expect(graphBreaches(sources).map(formatBreach)).toEqual([]);
  });

  test("clock, randomness, environment, locale and time zone are read in core's ports alone, and only cli and agent/main speak", () => {
    expect(worldBreaches(sources).map(formatBreach)).toEqual([]);
  });

  test("files and functions are short, named by one idea, and list their exports", () => {
    expect([...shapeBreaches(sources), ...sizeBreaches(sources)].map(formatBreach)).toEqual([]);
  });

  test("the diagram in ARCHITECTURE.md shows the imports as they are (npm run diagram writes it)", () => {
    const document = readFileSync(join(top, "ARCHITECTURE.md"), "utf8");
    expect(document).toBe(withDiagram(document, sources));
  });

  test("the table itself has no cycle and names only rooms that it lists", () => {
    const below = (room: string, trail: readonly string[]): readonly string[] =>
      trail.includes(room)
        ? [[...trail, room].join(" -> ")]
        : (ROOMS[room]?.rooms ?? [`unknown room ${room}`]).flatMap((next) =>
            next.startsWith("unknown") ? [next] : below(next, [...trail, room]),
          );
    expect(Object.keys(ROOMS).flatMap((room) => below(room, []))).toEqual([]);
  });
});

describe("each rule bites", () => {
  const long = (lines: number): string => `${Array.from({ length: lines }, (_, index) => `export const a${index} = 1;`).join("\n")}\n`;
  const samples: readonly [rule: string, sentence: string, files: Readonly<Record<string, string>>][] = [
    ["room-edge", "a room imports one above it", { "core/a.ts": 'import { b } from "../kube/index.ts";' }],
    ["room-edge", "a type import crosses where none may", { "trust/a.ts": 'import type { b } from "../git/index.ts";' }],
    ["room-edge", "a forbidden re-export", { "wire/index.ts": 'export { b } from "../trust/index.ts";' }],
    ["room-edge", "a forbidden import()", { "agent/a.ts": 'const b = await import("../sites/index.ts");' }],
    ["room-edge", "a forbidden import in a type", { "agent/a.ts": 'export type B = import("../publish/index.ts").B;' }],
    ["room-edge", "the product imports a tool", { "cli/a.ts": 'import { b } from "../tools/b.ts";' }],
    ["room-edge", "the product imports a test", { "core/a.ts": 'import { b } from "../test/core/b.ts";' }],
    ["room-edge", "a tool rests on a test", { "tools/a.ts": 'import { b } from "../test/core/b.ts";' }],
    ["room-edge", "somebody imports cli", { "synth/a.ts": 'import { b } from "../cli/index.ts";' }],
    ["room-edge", "what cdk8s import wrote is used outside of stacks", { "profiles/a.ts": 'import { Board } from "../imports/b.ts";' }],
    ["room-edge", "an import leaves the project", { "core/a.ts": 'import { b } from "../../b.ts";' }],
    ["room-edge", "a room imports the package by its own name", { "synth/a.ts": 'import { Fleet } from "skerry";' }],
    ["deep-import", "an import past a neighbour's face", { "kube/a.ts": 'import { b } from "../core/names.ts";' }],
    [
      "deep-import",
      "a test opens a file of a room that it does not mirror",
      { "test/kube/a.test.ts": 'import { b } from "../../core/names.ts";' },
    ],
    ["package", "a package outside its seam", { "synth/a.ts": 'import { parse } from "yaml";' }],
    ["package", "a scoped package outside its seam", { "sites/a.ts": 'import { Command } from "@commander-js/extra-typings";' }],
    ["package", "a package's file outside its seam", { "core/a.ts": 'import { z } from "zod/mini";' }],
    ["package", "values of a package of which only types may come", { "constructs/a.ts": 'import { Pod } from "kubernetes-models/v1";' }],
    ["package", "git by a second runner", { "publish/a.ts": 'import { spawn } from "node:child_process";' }],
    ["cycle", "two files that load each other", { "core/a.ts": 'import { b } from "./b.ts";', "core/b.ts": 'import { a } from "./a.ts";' }],
    [
      "cycle",
      "a cycle of three through re-exports",
      { "core/a.ts": 'export { b } from "./b.ts";', "core/b.ts": 'import "./c.ts";', "core/c.ts": 'import { a } from "./a.ts";' },
    ],
    [
      "cycle",
      "two files whose types name each other",
      { "core/a.ts": 'import type { b } from "./b.ts";', "core/b.ts": 'import { type a } from "./a.ts";' },
    ],
    ["part-order", "a folder imports one that stands above it", { "synth/track/a.ts": 'import { b } from "../render/b.ts";' }],
    ["part-order", "a folder imports a type from above", { "agent/verify/a.ts": 'import type { B } from "../machine/b.ts";' }],
    ["part-order", "a folder imports the face of its own room", { "sites/values/a.ts": 'import { b } from "../index.ts";' }],
    ["part-order", "a folder that the table does not name", { "cli/helpers/a.ts": "export const a = 1;" }],
    ["pure", "the machine reads a file", { "agent/machine/a.ts": 'import { readFileSync } from "node:fs";' }],
    ["pure", "the machine takes a port of the system", { "agent/machine/a.ts": 'import { systemClock } from "../../core/index.ts";' }],
    ["pure", "the machine runs code of a neighbour", { "agent/machine/a.ts": 'import { b } from "../verify/b.ts";' }],
    ["pure", "the machine loads a module later", { "agent/machine/a.ts": 'const b = import("../window.ts");' }],
    ["pure", "the machine uses a package", { "agent/machine/a.ts": 'import { Cron } from "croner";' }],
    [
      "test-only-export",
      "a function that a test alone calls",
      {
        "core/index.ts": 'export { a } from "./a.ts";',
        "core/a.ts": "export const a = 1;\nexport function b(): void {}",
        "kube/a.ts": 'import { a } from "../core/index.ts";',
        "test/core/a.test.ts": 'import { b } from "../../core/a.ts";',
      },
    ],
    [
      "test-only-export",
      "a name at a room's face that no other room takes",
      { "core/index.ts": 'export { a } from "./a.ts";', "core/a.ts": "export const a = 1;" },
    ],
    [
      "folder-size",
      "a folder of 26 files",
      Object.fromEntries(Array.from({ length: 26 }, (_, index) => [`core/a${index}.ts`, "export const a = 1;"])),
    ],
    ["missing-file", "an import of a file that is not there", { "core/a.ts": 'import { b } from "./nowhere.ts";' }],
    ["orphan", "a file that nobody imports", { "core/lonely.ts": "export const a = 1;" }],
    [
      "orphan",
      "a file that only a test imports",
      { "core/a.ts": "export const a = 1;", "test/core/a.test.ts": 'import { a } from "../../core/a.ts";' },
    ],
    ["heavy-start", "the command line loads a room at its start", { "cli/main.ts": 'import { b } from "../synth/index.ts";' }],
    [
      "heavy-start",
      "a command's file loads a package at its start",
      { "cli/main.ts": 'import { b } from "./b.ts";', "cli/b.ts": 'import { Listr } from "listr2";' },
    ],
    ["world-read", "the clock", { "synth/a.ts": "export const a = () => Date.now();" }],
    ["world-read", "the clock by a date without arguments", { "synth/a.ts": "export const a = () => new Date();" }],
    ["world-read", "the clock by Date as a function", { "synth/a.ts": "export const a = () => Date();" }],
    ["world-read", "the monotonic clock", { "agent/a.ts": "export const a = () => globalThis.performance.now();" }],
    ["world-read", "randomness", { "git/a.ts": "export const a = () => Math.random();" }],
    ["world-read", "randomness of crypto by name", { "trust/a.ts": 'import { randomBytes as bytes } from "node:crypto";' }],
    ["world-read", "randomness of crypto by the global object", { "trust/a.ts": "export const a = () => crypto.randomUUID();" }],
    ["world-read", "the environment", { "cli/a.ts": "export const a = () => process.env.HOME;" }],
    ["world-read", "the environment in brackets", { "cli/a.ts": 'export const a = () => process["env"];' }],
    ["world-read", "the environment taken apart", { "cli/a.ts": "export const a = () => { const { env } = process; return env; };" }],
    ["world-read", "the environment by module", { "cli/a.ts": 'import { env } from "node:process";' }],
    ["world-read", "the locale", { "sites/a.ts": "export const a = (b: string, c: string) => b.localeCompare(c);" }],
    ["world-read", "the locale by Intl", { "sites/a.ts": "export const a = () => new Intl.DateTimeFormat();" }],
    ["world-read", "the machine's time zone", { "sites/a.ts": "export const a = (b: Date) => b.getHours();" }],
    ["output", "a word on the console", { "synth/a.ts": 'console.log("x");' }],
    ["output", "a word on stdout", { "publish/a.ts": 'process.stdout.write("x");' }],
    ["export-star", "exports that nobody listed", { "core/index.ts": 'export * from "./a.ts";' }],
    ["export-star", "a namespace of exports", { "core/index.ts": 'export * as a from "./a.ts";' }],
    ["default-export", "a default export", { "core/a.ts": "export default 1;" }],
    ["enum", "an enum", { "core/a.ts": "export enum A { B }" }],
    ["enum", "a const enum", { "core/a.ts": "const enum A { B }" }],
    ["namespace", "a namespace", { "core/a.ts": "export namespace A { export const b = 1; }" }],
    ["i-prefix", "an interface with an I before its name", { "core/a.ts": "export interface IThing { readonly a: string }" }],
    ["file-name", "a file that is named for nothing", { "core/string-utils.ts": "export const a = 1;" }],
    ["file-name", "a file in camel case", { "core/siteTree.ts": "export const a = 1;" }],
    ["file-length", "a file of 501 lines", { "test/core/a.test.ts": long(501) }],
    ["function-length", "a function of 71 lines", { "core/a.ts": `export function a(): void {\n${"  a();\n".repeat(69)}}\n` }],
    ["median-length", "files that are long in the median", { "core/a.ts": long(121), "core/b.ts": long(10), "core/c.ts": long(121) }],
    ["most-lengths", "a long tail of files", { "core/a.ts": long(401), "core/b.ts": long(10), "core/c.ts": long(10) }],
  ];

  test.each(samples)("%s: %s", (rule, _sentence, files) => {
    expect(rulesBroken(files)).toContain(rule);
  });

  const sound: readonly [sentence: string, files: Readonly<Record<string, string>>][] = [
    ["a folder imports those below it", { "synth/render/a.ts": 'import { b } from "../track/b.ts";' }],
    ["the machine names a neighbour's types", { "agent/machine/a.ts": 'import type { B } from "../verify/b.ts";' }],
    ["the machine computes with core", { "agent/machine/a.ts": 'import { sha256Hex } from "../../core/index.ts";' }],
    ["a test opens the files of the room that it mirrors", { "test/core/a.test.ts": 'import { a } from "../../core/names.ts";' }],
    ["a stack uses what cdk8s import wrote", { "stacks/airports.ts": 'import { Board } from "../imports/b.ts";' }],
    ["tests share tools", { "test/git/a.test.ts": 'import { b } from "../../tools/b.ts";' }],
    ["types alone may come from a types-only package", { "constructs/unit.ts": 'import type { Pod } from "kubernetes-models/v1/Pod";' }],
    ["a command loads a room when it runs", { "cli/main.ts": 'const run = () => import("../synth/index.ts");' }],
    ["a date made from a number reads no clock", { "core/a.ts": "export const a = (ms: number) => new Date(ms).toISOString();" }],
    [
      "a property called env of something else",
      { "core/a.ts": "export const a = (port: { env(name: string): string }) => port.env('A');" },
    ],
    ["core's own port reads the world", { "core/system.ts": "export const a = Date.now() + Math.random();" }],
    [
      "words in comments and strings are no code",
      { "core/a.ts": '// Date.now() process.env\nexport const a = "console.log(Math.random())";' },
    ],
    ["a file of 500 lines", { "test/core/a.test.ts": long(500) }],
    ["a function of 70 lines", { "core/a.ts": `export function a(): void {\n${"  a();\n".repeat(68)}}\n` }],
  ];

  test.each(sound)("and not when nothing is wrong: %s", (_sentence, files) => {
    expect(rulesBroken(files).filter((rule) => !["orphan", "missing-file", "test-only-export"].includes(rule))).toEqual([]);
  });

  function rulesBroken(files: Readonly<Record<string, string>>): string[] {
    const parsed: Source[] = Object.entries(files).map(([path, text]) => parseSource(path, text));
    const breaches: Breach[] = [
      ...edgeBreaches(parsed),
      ...partBreaches(parsed),
      ...graphBreaches(parsed),
      ...worldBreaches(parsed),
      ...shapeBreaches(parsed),
      ...sizeBreaches(parsed),
    ];
    return breaches.map(({ rule }) => rule);
  }
});
