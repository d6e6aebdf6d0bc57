import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { pageBlocks } from "./pages/console-blocks.ts";
import { expectPage } from "./pages/expect-page.ts";
import { Laptop } from "./pages/laptop.ts";
import { sampled } from "./tries-all.ts";

/** Each example as a reader would take it: copied into a new fleet, with every command of its README and the output that it shows. */

const top = join(import.meta.dirname, "..");
const folder = join(top, "examples");
const page = (path: string): string => readFileSync(join(folder, path), "utf8");

const SITES = { shops: 36, masts: 10, ships: 7 };
type Name = keyof typeof SITES;
const names = sampled(Object.keys(SITES) as Name[], (name) => name === "ships");

const laptops = new Map<Name, Laptop>();
const laptopOf = (name: Name): Laptop => laptops.get(name) as Laptop;
const tried = new Map<Name, Promise<void>>();

// All at once: most of a command's time is spent on waiting for its processes.
beforeAll(() => {
  for (const name of names) {
    const laptop = new Laptop({ SKERRY: top, EXAMPLE: name });
    laptops.set(name, laptop);
    tried.set(name, expectPages(laptop, ["README.md", `${name}/README.md`]));
  }
  return Promise.allSettled(tried.values());
}, 120_000);
afterAll(() => laptops.forEach((laptop) => laptop.close()));

describe.each(names)("the example %s", (name) => {
  test("does in a new fleet what its README shows, command by command", async () => {
    await tried.get(name);
  });

  test("releases every site into a repository that git finds whole", async () => {
    const refs = await laptopOf(name).run("git --git-dir=.skerry/fleet.git for-each-ref --format='%(refname)' refs/heads/sites refs/tags");
    expect(refs.trim().split("\n")).toHaveLength(SITES[name] + 1);
    await laptopOf(name).run("git --git-dir=.skerry/fleet.git fsck --strict");
  });
});

test("the ships' README shows a field of agent.json that the agent reads", async () => {
  const laptop = laptopOf("ships");
  const file = join(laptop.folder, "home/my-fleet/box/agent.json");
  const [shown] = pageBlocks(page("ships/README.md"), "json");
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), ...JSON.parse(shown as string) }));
  expect(await laptop.run("npx skerry agent status --config box/agent.json")).toContain("ocean-1 of fleet ships");
});

test("the index of the examples names each of them", () => {
  const folders = readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
  expect(folders.toSorted()).toEqual(Object.keys(SITES).toSorted());
  for (const name of folders) expect(page("README.md")).toContain(`(${name}/README.md)`);
});

async function expectPages(laptop: Laptop, paths: readonly string[]): Promise<void> {
  for (const path of paths) await expectPage(laptop, join(folder, path));
}
