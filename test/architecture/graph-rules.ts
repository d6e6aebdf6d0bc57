import { breach, type Breach } from "./breach.ts";
import { valueExports } from "./exports.ts";
import type { Import, Source } from "./source.ts";
import { ENTRIES, FACES, FOR_TESTS, IMPORTED, OUTSIDE, START } from "./table.ts";

/** What only the whole graph shows: cycles, files that nobody imports, and what a command pays before it starts. */
export function graphBreaches(sources: readonly Source[]): Breach[] {
  return [...cycles(sources), ...missing(sources), ...orphans(sources), ...unusedExports(sources), ...heavyStarts(sources)];
}

// A circle of types loads, but neither file can be read without the other. An `import()` runs when all modules are loaded.
function leadsTo(edge: Import): boolean {
  return edge.file !== undefined && !edge.late;
}

// Depth first; what is on the trail when it is met again closes a cycle. Each file is walked once.
function cycles(sources: readonly Source[]): Breach[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const done = new Set<string>();
  const trail: string[] = [];
  const found: Breach[] = [];
  const visit = (source: Source): void => {
    trail.push(source.path);
    for (const edge of source.imports.filter(leadsTo)) {
      const start = trail.indexOf(edge.file as string);
      if (start >= 0) found.push(breach("cycle", source, edge.line, [...trail.slice(start), edge.file].join(" -> ")));
      else if (!done.has(edge.file as string)) visitIfKnown(edge.file as string);
    }
    trail.pop();
    done.add(source.path);
  };
  const visitIfKnown = (path: string): void => {
    const next = byPath.get(path);
    if (next) visit(next);
  };
  for (const source of sources) if (!done.has(source.path)) visit(source);
  return found;
}

// tsc finds these too, but not in JavaScript's `new URL` references to workers.
function missing(sources: readonly Source[]): Breach[] {
  const paths = new Set(sources.map((source) => source.path));
  return sources.flatMap((source) =>
    source.imports
      .filter((edge) => edge.file?.endsWith(".ts") && !edge.file.startsWith(IMPORTED.folder) && !paths.has(edge.file))
      .map((edge) => breach("missing-file", source, edge.line, `${edge.file} is not there`)),
  );
}

// A file that only a test imports is dead product code, so imports by tests do not count.
function orphans(sources: readonly Source[]): Breach[] {
  const imported = new Set(sources.filter((source) => source.room !== "test").flatMap((source) => source.imports.map((edge) => edge.file)));
  return sources
    .filter((source) => !OUTSIDE.includes(source.room) && !imported.has(source.path) && !ENTRIES.some((entry) => entry.test(source.path)))
    .map((source) => breach("orphan", source, 1, "nobody imports it"));
}

// An export that the product does not use, in its own file or another, stands there for a test alone: it is dead product code.
function unusedExports(sources: readonly Source[]): Breach[] {
  const used = new Map<string, Set<string>>();
  for (const edge of sources.filter((source) => source.room !== "test").flatMap((source) => source.imports)) {
    if (edge.file === undefined) continue;
    const names = used.get(edge.file) ?? new Set();
    used.set(edge.file, names);
    for (const name of edge.names) names.add(name);
  }
  return sources
    .filter((source) => !OUTSIDE.includes(source.room) && !ENTRIES.some((entry) => entry.test(source.path)) && !FACES.includes(source.path))
    .flatMap((source) =>
      valueExports(source)
        .filter(({ name }) => !["*", name].some((one) => used.get(source.path)?.has(one)) && !FOR_TESTS[source.path]?.includes(name))
        .map(({ name, line }) => breach("test-only-export", source, line, `only tests use ${name}, or nobody`)),
    );
}

// Walks from the entry as Node would load it before any command is chosen, through static value imports alone.
function heavyStarts(sources: readonly Source[]): Breach[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const reached = new Set<string>();
  const found: Breach[] = [];
  const queue = [START.entry as string];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    const source = byPath.get(path);
    if (source === undefined || reached.has(path)) continue;
    reached.add(path);
    for (const edge of source.imports.filter((edge) => !edge.typeOnly && !edge.late)) {
      if (isLight(edge)) queue.push(...(edge.file ? [edge.file] : []));
      else found.push(breach("heavy-start", source, edge.line, `${edge.specifier} loads before a command is chosen: use import()`));
    }
  }
  return found;
}

function isLight(edge: Import): boolean {
  if (edge.file) return (START.rooms as readonly string[]).includes(edge.file.split("/")[0] as string);
  return edge.specifier.startsWith("node:") || (START.packages as readonly string[]).includes(edge.specifier);
}
