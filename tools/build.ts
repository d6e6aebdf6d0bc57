import { spawnSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { bundleAgent } from "./build-agent.ts";
import { bundlePackage } from "./build-package.ts";

/**
 * Writes `dist/`: the declarations that `tsc` makes of the rooms, the rooms themselves as one module each, beside them the files that the
 * rooms read when they run, and the agent once more as the one file that goes to a box.
 */
const top = join(import.meta.dirname, "..");
const dist = join(top, "dist");
const { include } = JSON.parse(readFileSync(join(top, "tsconfig.build.json"), "utf8")) as { include: string[] };
const rooms = include.filter((name) => !name.endsWith(".ts"));

rmSync(dist, { recursive: true, force: true });
const tsc = spawnSync(process.execPath, [join(top, "node_modules/@typescript/native/bin/tsc"), "-p", "tsconfig.build.json"], {
  cwd: top,
  stdio: "inherit",
});
if (tsc.error) throw tsc.error;
await bundlePackage(top, dist, new Set(rooms));
copyData();
await bundleAgent(top, join(dist, "agent/skerry-agent.js"));
process.exitCode = tsc.status ?? 1;

function copyData(): void {
  for (const room of rooms) {
    const files = readdirSync(join(top, room), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    for (const file of files) {
      const path = join(file.parentPath, file.name);
      const isTemplate = path.startsWith(join(top, "cli/new-fleet"));
      if (isTemplate || file.name.endsWith(".json")) cpSync(path, join(dist, path.slice(top.length)));
    }
  }
}
