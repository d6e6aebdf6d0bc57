import { BUILTIN_SEAMS, FACES, IMPORTED, OUTSIDE, ROOMS, TEST_FOLDERS } from "./table.ts";
import type { Import, Source } from "./source.ts";
import { breach, type Breach } from "./breach.ts";

/** Who may import whom: rooms by the table, a neighbour only by its face, each package behind its seam. */
export function edgeBreaches(sources: readonly Source[]): Breach[] {
  return sources.flatMap((source) =>
    source.imports.flatMap((edge) => (edge.file ? fileBreaches(source, edge, edge.file) : packageBreaches(source, edge))),
  );
}

function fileBreaches(source: Source, edge: Import, file: string): Breach[] {
  const target = file.includes("/") ? file.slice(0, file.indexOf("/")) : file.replace(/\.ts$/, "");
  if (file.startsWith("..")) return [breach("room-edge", source, edge.line, `${edge.specifier} leaves the project`)];
  if (target === source.room) return [];
  if (file.startsWith(IMPORTED.folder) && (IMPORTED.rooms as readonly string[]).includes(source.room)) return [];
  if (OUTSIDE.includes(target))
    return mayUse(source, target) ? [] : [breach("room-edge", source, edge.line, `${source.room}/ may not import ${target}/`)];
  const breaches: Breach[] = [];
  if (!mayEnter(source, target)) {
    breaches.push(
      breach(
        "room-edge",
        source,
        edge.line,
        `${source.room}/ may not import ${target}/ (allowed: ${ROOMS[source.room]?.rooms.join(" ") || "nothing"})`,
      ),
    );
  }
  const isFace = file === `${target}/index.ts` || file === "index.ts" || FACES.includes(file) || !file.endsWith(".ts");
  if (!isFace && !isOwnTest(source, target)) breaches.push(breach("deep-import", source, edge.line, `${file}: import ${target}/index.ts`));
  return breaches;
}

function mayEnter(source: Source, target: string): boolean {
  return OUTSIDE.includes(source.room) || ROOMS[source.room]?.rooms.includes(target) === true;
}

// Tests, bench and demo share tools; nothing rests on a test.
function mayUse(source: Source, target: string): boolean {
  return OUTSIDE.includes(source.room) && target !== "test";
}

// A test mirrors one room and may open that room's files: `test/git/pack.test.ts` or `test/git.test.ts` opens `git/pack.ts`.
function isOwnTest(source: Source, target: string): boolean {
  const [top, folder = ""] = source.path.split("/");
  if (top === "test" && TEST_FOLDERS[folder]?.includes(target)) return true;
  return source.path.startsWith(`test/${target}/`) || source.path === `test/${target}.test.ts`;
}

// A package has few seams so that it can be replaced, and so that nobody pays for what a room does not need.
function packageBreaches(source: Source, edge: Import): Breach[] {
  if (OUTSIDE.includes(source.room)) return [];
  const { specifier } = edge;
  if (specifier.startsWith("node:")) {
    const seams = BUILTIN_SEAMS[specifier];
    if (seams === undefined || seams.some((seam) => source.path.startsWith(seam))) return [];
    return [breach("package", source, edge.line, `${specifier} belongs to ${seams.join(", ") || "nobody"}`)];
  }
  const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
  const room = ROOMS[source.room];
  if (name === "skerry")
    return room?.rooms.includes("index") ? [] : [breach("room-edge", source, edge.line, "only stacks/ imports the package by its name")];
  if (room?.packages.includes(name)) return [];
  if (!room?.packages.includes(`type ${name}`)) return [breach("package", source, edge.line, `${source.room}/ may not import ${name}`)];
  return edge.typeOnly
    ? []
    : [breach("package", source, edge.line, `${name} only by \`import type\`: its values cost start time and memory`)];
}
