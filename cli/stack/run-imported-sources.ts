import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import { noteRead } from "../../core/index.ts";
import { isImported, runnableSource } from "./imported-source.ts";

/** Of the installed package, or of the repository. */
const OWN_FOLDER = new URL(import.meta.url.includes("/dist/") ? "../../../" : "../../", import.meta.url).href;

/** Packages are named by the lock file. */
function isOfFleet(url: string): boolean {
  return url.startsWith("file:") && !url.includes("/node_modules/") && !url.startsWith(OWN_FOLDER);
}

let isRegistered = false;

/** From here on Node also runs what `cdk8s import` wrote, and each module of the fleet is noted as a part of it. */
export function runImportedSources(): void {
  if (isRegistered) return;
  isRegistered = true;
  registerHooks({
    load: (url, context, next) => {
      if (isOfFleet(url)) noteRead(fileURLToPath(url));
      if (!/^file:[^?]*\.ts$/.test(url)) return next(url, context);
      const source = readFileSync(fileURLToPath(url), "utf8");
      return isImported(source) ? { format: "module-typescript", source: runnableSource(source), shortCircuit: true } : next(url, context);
    },
  });
}
