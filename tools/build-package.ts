import { join, relative, sep } from "node:path";
import { rolldown } from "rolldown";

/** What is loaded by its file: the entry points of package.json, the command, and the thread that signs. */
const ENTRIES = {
  index: "index.ts",
  "synth/testing": "synth/testing.ts",
  "cli/main": "cli/main.ts",
  "cli/stack/register-imported-sources": "cli/stack/register-imported-sources.ts",
  "publish/signing-worker": "publish/promote/signing-worker.ts",
};
/** Files outside of their room's module: the thread that signs needs room trust alone, and the agent's program runs when it is loaded. */
const ALONE: readonly string[] = [join("publish/promote/signing-worker.ts"), join("agent/main.ts")];
/** Its commands load what they need when they run, so this room stays in pieces. */
const SPLIT_ROOM = "cli";

/**
 * Writes each room as one module, `<room>/<room>.js`: Node takes longer to find, read and link 350 modules than to run most commands.
 * The rooms keep their folders, because files find their data and a stack's frames by them. Names and lines stay as they are written.
 * Other packages stay outside: a fleet must not have cdk8s and zod twice.
 */
export async function bundlePackage(top: string, dist: string, rooms: ReadonlySet<string>): Promise<void> {
  const build = await rolldown({
    input: ENTRIES,
    cwd: top,
    platform: "node",
    external: (id) => /^[^./]/.test(id),
    // Asked for by `includeDependenciesRecursively: false`; `npm run check` compares the names of the entry points with the sources'.
    preserveEntrySignatures: "allow-extension",
    onLog: (level, log) => {
      if (level === "warn") throw new Error(`package: ${log.message}`);
    },
  });
  const roomOf = (file: string): string | null => {
    const path = relative(top, file);
    const [room = ""] = path.split(sep);
    return rooms.has(room) && room !== SPLIT_ROOM && !ALONE.includes(path) ? room : null;
  };
  await build.write({
    dir: dist,
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: ({ name, isDynamicEntry }) =>
      rooms.has(name) && !isDynamicEntry ? `${name}/${name}.js` : `${SPLIT_ROOM}/chunks/[name].js`,
    // A room's chunk would otherwise take in the rooms that it imports.
    codeSplitting: { includeDependenciesRecursively: false, groups: [{ debugName: "rooms", name: roomOf }] },
  });
  await build.close();
}
