import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { isDnsLabel, WorldError } from "../../core/index.ts";
import { gitText } from "../../git/index.ts";
import { refuseOccupied } from "../output/fresh-folder.ts";
import { npm } from "./npm.ts";
import { progress } from "../output/progress.ts";
import type { OwnPackage } from "../own-package.ts";

const TEMPLATE = fileURLToPath(new URL("../new-fleet/", import.meta.url));
// Stands for the fleet's id in the template's files and in their names. The template is a whole fleet: compiled, formatted and run by tests.
const TEMPLATE_ID = "my-fleet";
// npm treats these names specially inside a package, so they carry an underscore there.
const RENAMED: Readonly<Record<string, string>> = {
  _gitignore: ".gitignore",
  "_package.json": "package.json",
  "_tsconfig.json": "tsconfig.json",
};

export interface NewFleet {
  readonly folder: string;
  readonly fleet: string;
  readonly files: readonly string[];
  /** Why the packages are not installed; undefined when they are. */
  readonly notInstalled: string | undefined;
}

/**
 * Writes a small fleet into a folder that is new or empty, installs its packages and makes the first commit. In this order, because a
 * release refuses a source that differs from its commit: the lock file that npm writes has to be in it.
 */
export async function createFleet(own: OwnPackage, name: string, options: { readonly install: boolean }): Promise<NewFleet> {
  const folder = resolve(name);
  refuseOccupied(folder, "name a folder that is new or empty");
  try {
    return await fillFolder(own, folder, options);
  } catch (error) {
    // It was empty before, so all in it is ours, and a half-made fleet would stand in the way of the next try.
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function fillFolder(own: OwnPackage, folder: string, options: { readonly install: boolean }): Promise<NewFleet> {
  const fleet = fleetIdOf(folder);
  const files = await writeFiles(folder, fleet);
  await completePackage(join(folder, "package.json"), folder, own);
  const done = progress("installing packages");
  const notInstalled = options.install ? await install(folder).finally(done) : "npm install was not asked for";
  await firstCommit(folder);
  return { folder, fleet, files, notInstalled };
}

/** The folder's name as a DNS label, which people are told when it differs. It names the fleet for ever: it stands in every signed document. */
function fleetIdOf(folder: string): string {
  const label = basename(folder)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  return isDnsLabel(label) && !/^[0-9]+$/.test(label) ? label : TEMPLATE_ID;
}

async function writeFiles(folder: string, fleet: string): Promise<string[]> {
  const entries = await readdir(TEMPLATE, { recursive: true, withFileTypes: true });
  const written: string[] = [];
  for (const entry of entries.filter((each) => each.isFile())) {
    const from = join(entry.parentPath, entry.name);
    const path = join(entry.parentPath.slice(TEMPLATE.length), RENAMED[entry.name] ?? entry.name).replaceAll(TEMPLATE_ID, fleet);
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), (await readFile(from, "utf8")).replaceAll(TEMPLATE_ID, fleet));
    written.push(path);
  }
  return written.toSorted();
}

// A machine whose own Node is too old runs this one out of a package: then the new fleet needs that package too.
const NODE_FROM_NPM = /\/node_modules\/(node-[a-z]+-[a-z0-9]+)\//.exec(process.execPath)?.[1];

async function completePackage(path: string, folder: string, own: OwnPackage): Promise<void> {
  const content = JSON.parse(await readFile(path, "utf8")) as { dependencies: object; devDependencies: object };
  content.dependencies = { ...own.peerDependencies, skerry: await specOf(folder, own), zod: own.dependencies["zod"] };
  if (NODE_FROM_NPM !== undefined) content.devDependencies = { ...content.devDependencies, [NODE_FROM_NPM]: "24" };
  await writeFile(path, `${JSON.stringify(content, undefined, 2)}\n`);
}

/** From a checkout of Skerry there is no published package to name: it is packed into the new fleet, as a registry would give it. */
async function specOf(folder: string, own: OwnPackage): Promise<string> {
  if (!own.isRepository) return `^${own.version}`;
  const packages = join(folder, "packages");
  await mkdir(packages, { recursive: true });
  await npm(["pack", "--pack-destination", packages], own.folder);
  const [tarball] = await readdir(packages);
  if (tarball === undefined) throw new WorldError("npm-failed", "npm pack wrote no package", `look at: cd ${own.folder} && npm pack`);
  return `file:packages/${tarball}`;
}

async function install(folder: string): Promise<string | undefined> {
  try {
    await npm(["install", "--no-audit", "--no-fund"], folder);
    return undefined;
  } catch (error) {
    // No network is no reason to throw the fleet away: the person is told, and runs it later.
    if (error instanceof WorldError) return error.message;
    throw error;
  }
}

async function firstCommit(folder: string): Promise<void> {
  const git = (...args: string[]): Promise<string> => gitText({ args, folder, setting: "users" });
  await git("init", "--quiet", "--initial-branch=main");
  await git("add", "--all");
  // Somebody without a name in git's configuration still gets a first commit.
  const hasName = await git("config", "user.email").then(
    (email) => email.trim() !== "",
    () => false,
  );
  const author = hasName ? [] : ["-c", "user.name=Skerry", "-c", "user.email=skerry@fleet.invalid"];
  await git(...author, "-c", "commit.gpgsign=false", "commit", "--quiet", "--message", "Start a fleet");
}
