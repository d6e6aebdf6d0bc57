import { describe, expect, test } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { COMPILE_CACHE } from "../compile-cache.ts";
import { corpusOf } from "./corpus.ts";
import { minimised, tryFinding } from "./finding.ts";
import { mutated } from "./mutator.ts";
import { SeededRandom } from "./random.ts";
import { TARGETS } from "./targets.ts";

/** Every reader of bytes that a stranger may have written: it never throws, never hangs, never grows, and writes again what it read. */

describe("the corpus", () => {
  test.each(TARGETS.map((target) => [target.name, target] as const))("%s: no input of the corpus is a finding", (name, target) => {
    const corpus = corpusOf(name);
    expect(corpus.length).toBeGreaterThan(0);
    expect(corpus.flatMap((each) => tryFinding(target, each.bytes)?.detail ?? [])).toEqual([]);
  });
});

describe("the fuzzer", () => {
  test("a moment of fuzzing finds nothing (npm run fuzz -- --seconds 60 runs longer)", () => {
    const args = [
      "--conditions=skerry-source",
      "--disable-warning=ExperimentalWarning",
      join(import.meta.dirname, "run.ts"),
      "--seconds",
      "0.2",
    ];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", env: { ...process.env, ...COMPILE_CACHE } });
    expect({ status, stderr, found: stdout.split("\n").filter((line) => line.startsWith("FOUND")) }).toEqual({
      status: 0,
      stderr: "",
      found: [],
    });
    const inputs = [...stdout.matchAll(/^([a-z-]+): (\d+) inputs, (\d+) blocks/gm)].map(([, name, count, blocks]) => ({
      name,
      isFed: Number(count) > 50 && Number(blocks) > 5,
    }));
    expect(inputs).toEqual(TARGETS.map(({ name }) => ({ name, isFed: true })));
  }, 60_000);

  test("a reader that throws, is inconsistent or takes long is found, and its input is minimized", () => {
    const thrower = {
      examine: (bytes: Buffer): string | undefined => {
        if (bytes.includes("__proto__")) throw new TypeError("no such thing");
        return undefined;
      },
    };
    const random = new SeededRandom(7);
    const seeds = corpusOf("plan").map(({ bytes }) => bytes);
    let found = undefined as ReturnType<typeof tryFinding>;
    for (let tries = 0; found === undefined && tries < 20_000; tries++)
      found = tryFinding(thrower, mutated(random.pick(seeds), seeds, random));
    expect(found?.kind).toBe("throws");
    expect(minimised(thrower, found as NonNullable<typeof found>).bytes.toString()).toBe("__proto__");
    expect(tryFinding({ examine: () => "what was read is written otherwise" }, Buffer.alloc(1))?.kind).toBe("wrong");
    expect(tryFinding({ examine: () => burn(1_100) }, Buffer.alloc(1))?.kind).toBe("slow");
  });
});

function burn(ms: number): undefined {
  const before = process.threadCpuUsage();
  for (let used = 0; used < ms * 1000; ) {
    const now = process.threadCpuUsage(before);
    used = now.user + now.system;
  }
}
