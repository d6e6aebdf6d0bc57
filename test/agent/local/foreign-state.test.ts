import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Box } from "../fixtures/box.ts";
import { Forge, siteFiles } from "../fixtures/forge.ts";

let folder: string;
let forge: Forge;
let theirs: Box;
let box: Box;

beforeEach(async () => {
  folder = mkdtempSync("/tmp/skerry-foreign-");
  forge = new Forge(join(folder, "fleet.git"));
  forge.deliver("lgav", 1, 3, siteFiles("theirs"));
  forge.deliver("eddm", 2, 1, siteFiles("ours"));
  theirs = new Box("lgav", forge.folder, forge.trustBytes);
  box = new Box("eddm", forge.folder, forge.trustBytes);
  expect(await theirs.once()).toBe(0);
});

afterEach(() => {
  theirs.remove();
  box.remove();
  rmSync(folder, { recursive: true, force: true });
});

const bytesOf = (path: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(path, { recursive: true, withFileTypes: true })
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => statSync(file).isFile() && !file.endsWith("/lock"))
      .map((file) => [file, readFileSync(file, "latin1")]),
  );

test("a state folder of another site ends the start with both names, which the status repeats, and nothing in it changes", async () => {
  const { state } = theirs.config;
  box.configure({ state, report: join(state, "report.json") });
  const before = bytesOf(state);
  const says = "belongs to site lgav of fleet airports, but agent.json is for site eddm of fleet airports";
  await expect(box.once()).rejects.toMatchObject({ code: "foreign-state", message: expect.stringContaining(says) });
  expect(await box.status()).toMatchObject({ reason: "foreign-state", detail: expect.stringMatching(/set `state` to another folder/) });
  expect(bytesOf(state)).toEqual(before);
  expect(box.target()).toBeUndefined();
  // Its own site goes on.
  expect(await theirs.once()).toBe(0);
});

test.each(["slots/a/commit", "site.key.pub", "report.json"])("%s alone is enough to detect it", async (file) => {
  expect(await box.once()).toBe(0);
  cpSync(join(theirs.config.state, file), join(box.config.state, file));
  await expect(box.once()).rejects.toMatchObject({
    code: "foreign-state",
    message: expect.stringContaining(`${join(box.config.state, file)} belongs to site lgav`),
  });
});

test("a state folder of another fleet is detected by its trust document", async () => {
  expect(await box.once()).toBe(0);
  for (const name of ["slots", "report.json"]) rmSync(join(box.config.state, name), { recursive: true });
  box.configure({ fleet: "harbours" });
  await expect(box.once()).rejects.toMatchObject({
    code: "foreign-state",
    message: expect.stringMatching(/trust\/1\.json belongs to fleet airports, but agent\.json is for site eddm of fleet harbours$/),
  });
});

test("damaged files do not count as another site's", async () => {
  expect(await box.once()).toBe(0);
  for (const name of ["slots/a/commit", "slots/b", "site.key.pub", "report.json", "trust/1.json"]) {
    rmSync(join(box.config.state, name), { recursive: true, force: true });
    writeFileSync(join(box.config.state, name), "report@lgav");
  }
  rmSync(join(box.config.state, "slots/b"));
  expect(await box.once()).toBe(0);
  expect(box.target()).toEqual(Object.fromEntries(siteFiles("ours")));
});
