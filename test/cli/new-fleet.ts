import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { createFleet } from "../../cli/init/fleet-template.ts";
import { REPOSITORY } from "./run-skerry.ts";

/** A fleet as `skerry init` writes it for a published package, with this repository as that package. Gives its folder. */
export async function newFleet(scratch: string, name: string): Promise<string> {
  const { version, dependencies, peerDependencies } = JSON.parse(readFileSync(join(REPOSITORY, "package.json"), "utf8"));
  const own = { version, dependencies, peerDependencies, folder: REPOSITORY, isRepository: false };
  const { folder } = await createFleet(own, join(scratch, name), { install: false });
  const packages = { skerry: REPOSITORY, ...fromRepository("cdk8s", "constructs", "zod", "@types/node") };
  for (const [packageName, path] of Object.entries(packages)) {
    const link = join(folder, "node_modules", packageName);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(path, link);
  }
  return folder;
}

function fromRepository(...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, join(REPOSITORY, "node_modules", name)]));
}
