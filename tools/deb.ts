import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { bundleAgent } from "./build-agent.ts";
import { agentPackage, nodeArchitectures, nodePackage } from "./deb-packages.ts";

/**
 * `npm run deb [-- --to <folder>] [--only skerry-agent]`: the packages for Debian 12 and what came after it. The same commit gives the same
 * bytes, on any machine with the same Node. Needs no dpkg.
 */
const top = join(import.meta.dirname, "..");
const { values } = parseArgs({ options: { to: { type: "string", default: join(top, "build") }, only: { type: "string" } } });
const epoch = commitSeconds();
const architectures = nodeArchitectures(top);

// Not below dist/: npm would publish it.
mkdirSync(values.to, { recursive: true });
const bundle = await bundleAgent(top, join(values.to, "agent/skerry-agent.js"));
write(agentPackage(top, bundle, epoch));
if (values.only !== "skerry-agent") {
  if (architectures.length === 0) throw new Error("no Node binary for a package: npm ci installs one on Linux");
  for (const architecture of architectures) write(nodePackage(top, architecture, epoch));
}

function write({ fileName, bytes }: { readonly fileName: string; readonly bytes: Buffer }): void {
  writeFileSync(join(values.to, fileName), bytes);
  process.stdout.write(`${fileName}  ${(bytes.length / 1e6).toFixed(2)} MB\n`);
}

/** As reproducible-builds.org asks: the variable when somebody set it, else the time of the commit. */
function commitSeconds(): number {
  const given = process.env["SOURCE_DATE_EPOCH"] ?? execFileSync("git", ["log", "-1", "--format=%ct"], { cwd: top, encoding: "utf8" });
  const seconds = Number(given.trim());
  if (given.trim() === "" || !Number.isSafeInteger(seconds) || seconds < 0)
    throw new Error(`SOURCE_DATE_EPOCH is no number of seconds: ${given.trim()}`);
  return seconds;
}
