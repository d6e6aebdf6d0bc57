import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Environment of a Node process that runs TypeScript sources: it takes stripped and compiled modules from the folder that the launcher uses
 * too. Coverage that goes through such a cache is less precise, so it does without.
 */
export const COMPILE_CACHE: Readonly<Record<string, string>> =
  process.env["NODE_V8_COVERAGE"] === undefined ? { NODE_COMPILE_CACHE: join(tmpdir(), "node-compile-cache") } : {};
