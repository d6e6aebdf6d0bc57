import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { rolldown } from "rolldown";

/** A module of the bundle, its path relative to the repository, and the bytes that are left of it. */
export interface BundledModule {
  readonly path: string;
  readonly bytes: number;
}

export interface AgentBundle {
  readonly file: string;
  readonly bytes: number;
  readonly modules: readonly BundledModule[];
}

/**
 * The agent as one file that needs only Node: a box has no `node_modules`, and one file loads in less than half the time of two hundred.
 * Names and lines are kept, because a stack trace from a site must be readable without a source map. The licences of the packages inside are
 * written next to it, because their terms require them in every copy.
 */
export async function bundleAgent(top: string, file: string): Promise<AgentBundle> {
  const build = await rolldown({
    input: join(top, "agent/main.ts"),
    cwd: top,
    platform: "node",
    // A warning here is a module that would be missing at the site.
    onLog: (level, log) => {
      if (level === "warn") throw new Error(`agent bundle: ${log.message}`);
    },
  });
  const banner = `// The Skerry agent. Made by \`npm run build\`; licences of what is inside: ${LICENSES_NAME}`;
  const { output } = await build.write({ file, format: "esm", codeSplitting: false, banner });
  await build.close();
  const [chunk] = output;
  const foreign = chunk.imports.concat(chunk.dynamicImports).filter((name) => !name.startsWith("node:"));
  if (output.length > 1 || foreign.length > 0) throw new Error(`agent bundle: not one file alone, but also ${foreign.join(", ")}`);
  // Names that begin with NUL are the bundler's own few lines and no files.
  const files = Object.entries(chunk.modules).filter(([path]) => !path.startsWith("\0"));
  const modules = files.map(([path, { renderedLength }]) => ({ path: relative(top, path), bytes: renderedLength }));
  writeFileSync(join(dirname(file), LICENSES_NAME), licenses(top, modules));
  return { file, bytes: Buffer.byteLength(chunk.code), modules };
}

export const LICENSES_NAME = "skerry-agent.licenses.txt";

/** The packages inside, by name. */
export function packagesOf(modules: readonly BundledModule[]): readonly string[] {
  const names = modules.map(({ path }) => /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(path)?.[1]);
  return [...new Set(names)].filter((name) => name !== undefined).sort();
}

function licenses(top: string, modules: readonly BundledModule[]): string {
  return packagesOf(modules)
    .map((name) => {
      const folder = join(top, "node_modules", name);
      const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Record<string, string>;
      const text = readdirSync(folder).find((entry) => /^licen[cs]e(\.|$)/i.test(entry));
      if (text === undefined) throw new Error(`agent bundle: ${name} has no licence file to hand on`);
      return `${name} ${version} (${license})\n\n${readFileSync(join(folder, text), "utf8").trim()}\n`;
    })
    .join(`\n${"-".repeat(80)}\n\n`);
}
