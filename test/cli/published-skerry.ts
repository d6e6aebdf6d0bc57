import { readFileSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { join } from "node:path";

/**
 * The command as somebody runs it who installed the package: a new fleet depends on the package's version, not on a tarball of this
 * checkout. For pages and examples, which are tried from outside.
 */
const folder = join(import.meta.dirname, "../..");
const { version, dependencies, peerDependencies } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
// As the launcher does, before anything large is loaded.
enableCompileCache();
const { main } = await import("../../cli/main.ts");
await main(process.argv.slice(2), { version, dependencies, peerDependencies, folder, isRepository: false });
