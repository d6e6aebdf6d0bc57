import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { fittedOutput, pageCommands } from "./pages/console-blocks.ts";
import { expectPage } from "./pages/expect-page.ts";
import { Laptop } from "./pages/laptop.ts";
import { triesAll } from "./tries-all.ts";

const laptop = new Laptop();
const another = new Laptop();
afterAll(() => {
  laptop.close();
  another.close();
});

test("docs/tutorial.md does what it says, command by command, and leaves nothing behind", async () => {
  await expectPage(laptop, join(import.meta.dirname, "../docs/tutorial.md"));
  for (const name of ["my-shops", "box"]) expect(existsSync(join(laptop.folder, "home", name))).toBe(false);
}, 180_000);

(triesAll ? test : test.skip)(
  "docs/add-site-and-app.md does what it says, command by command",
  async () => {
    await expectPage(another, join(import.meta.dirname, "../docs/add-site-and-app.md"));
  },
  180_000,
);

describe("a page", () => {
  const page = "text\n```console\n$ one \\\n> two\n>\n> end\nfirst\n\nsecond\n$ three\n```\n```sh\n$ not run\n```\n";

  test("shows commands after $, with further lines after >, and output below", () => {
    expect(pageCommands(page)).toEqual([
      { command: "one \\\ntwo\n\nend", output: ["first", "", "second"], line: 3 },
      { command: "three", output: [], line: 10 },
    ]);
  });

  test("that starts a block with output instead of a command is an error", () => {
    expect(() => pageCommands("```console\noutput\n```\n")).toThrow("line 2");
  });

  const cases: readonly [sentence: string, shown: readonly string[], printed: string, fits: boolean][] = [
    ["the same lines", ["a", "b"], "a\nb\n", true],
    ["another line", ["a", "b"], "a\nc\n", false],
    ["a line too many", ["a"], "a\nb\n", false],
    ["a line too few", ["a", "b"], "a\n", false],
    ["no output, and there is some", [], "a\n", false],
    ["part of a line left out", ["a … c"], "a b c\n", true],
    ["signs that mean something in a pattern", ["(a) [b] $c"], "(a) [b] $c\n", true],
    ["lines left out in the middle", ["a", "…", "d"], "a\nb\nc\nd\n", true],
    ["lines left out, none of them there", ["a", "…", "b"], "a\nb\n", true],
    ["lines left out at the end, and another before", ["b", "…"], "a\nb\n", false],
  ];
  test.each(cases)("shows %s", (_sentence, shown, printed, fits) => {
    expect(fittedOutput(shown, printed) === shown).toBe(fits);
  });

  test("stops at a command that fails, with what it printed", async () => {
    await expect(laptop.run("echo before; false")).rejects.toThrow("exit 1\nbefore");
    await expect(laptop.run("npx skerry chek")).rejects.toThrow("Did you mean check?");
  });
});
