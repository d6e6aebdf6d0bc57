import { expect, test } from "@jest/globals";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { COMPILE_CACHE } from "../compile-cache.ts";
import { BUGS, catchBugs } from "./mutants/search.ts";
import { bug } from "./mutants/planted-bug.ts";

const MAIN = new URL("./main.ts", import.meta.url).pathname;

/** The whole simulation is `npm run test:sim`; here is a sample of each of its parts, in threads and modules of its own. */
async function simulate(...args: readonly string[]): Promise<string> {
  const options = ["--single-threaded-gc", "--conditions=skerry-source", "--disable-warning=ExperimentalWarning"];
  const env = { ...process.env, ...COMPILE_CACHE };
  const { stdout } = await promisify(execFile)(process.execPath, [...options, MAIN, ...args], { env });
  return stdout;
}

test("I1, I2, I3, I4, I5, I6, I7, I8, I9, I10, I11, I12, I13, I14, I15, I18, L1, L2, L3, L4, L5 and R1 hold at every first crash point of every release path, at some second ones, and for twenty seeds", async () => {
  const said = await simulate("--schedules", "10", "--share", "800", "--bugs", "none");
  expect(said).toMatch(/^crash points: [0-9]{4,} on 16 release paths .* 0 faults$/m);
  expect(said).toMatch(/^schedules: 10 in .* 0 faults$/m);
}, 120_000);

test("a planted bug is caught: a file that is renamed without one of its two flushes", async () => {
  const said = await simulate("--schedules", "0", "--share", "0", "--bugs", "renamed");
  expect(said).toMatch(/^planted bugs: ([0-9]+) of \1 caught$/m);
}, 120_000);

test("each planted bug fits exactly one place of the product, so that none counts as caught without being planted", () => {
  const misfits = BUGS.flatMap(({ name, patches }) =>
    patches.flatMap((patch) => {
      const places = readFileSync(new URL(`../../${patch.file}`, import.meta.url), "utf8").split(patch.find).length - 1;
      return places === 1 ? [] : [`${name}: ${places} places in ${patch.file}`];
    }),
  );
  expect(misfits).toEqual([]);
  expect(BUGS.length).toBeGreaterThan(50);
});

test("a bug with a part in a file that is never loaded counts as missed, although a check fails", async () => {
  const said: string[] = [];
  const whole = bug("no journal is flushed", "agent/store/durable.ts", "  await disk.syncFile(temporary);\n", "");
  const half = bug("half of it", "agent/main.ts", "setFlagsFromString(", "void (");
  const missed = await catchBugs([{ name: "planted by half", patches: [...whole.patches, ...half.patches] }], 1, (line) => said.push(line));
  expect(missed).toBe(1);
  expect(said[0]).toBe("UNPLANTED  planted by half: never loaded: agent/main.ts");
}, 120_000);

test("a seed replays exactly: the trace of a schedule is the same each time", async () => {
  const [one, other] = await Promise.all([simulate("--seed", "7", "--trace"), simulate("--seed", "7", "--trace")]);
  expect(one).toBe(other);
  expect(one.split("\n").length).toBeGreaterThan(30);
});
