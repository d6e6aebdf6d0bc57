import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import { isImported, runnableSource } from "./imported-source.ts";

let isRegistered = false;

/** From here on Node also runs what `cdk8s import` wrote. */
export function runImportedSources(): void {
  if (isRegistered) return;
  isRegistered = true;
  registerHooks({
    load: (url, context, next) => {
      if (!/^file:[^?]*\.ts$/.test(url)) return next(url, context);
      const source = readFileSync(fileURLToPath(url), "utf8");
      return isImported(source) ? { format: "module-typescript", source: runnableSource(source), shortCircuit: true } : next(url, context);
    },
  });
}
