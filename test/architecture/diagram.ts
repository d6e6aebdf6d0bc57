import type { Source } from "./source.ts";
import { OUTSIDE, ROOMS } from "./table.ts";

const BEGIN = "<!-- diagram: written by `npm run diagram`, do not edit -->";
const END = "<!-- end of diagram -->";

/** `document` with the part between the markers written anew from the imports that are really there. */
export function withDiagram(document: string, sources: readonly Source[]): string {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`the document lacks the lines "${BEGIN}" and "${END}"`);
  return `${document.slice(0, begin)}${BEGIN}\n${diagram(sources)}${document.slice(end)}`;
}

// Built from the imports that are there, not from what the table allows: an edge that nobody uses any more disappears by itself.
function diagram(sources: readonly Source[]): string {
  const edges = roomEdges(sources);
  const rooms = Object.keys(ROOMS).filter((room) => edges.has(room));
  const arrows = rooms.flatMap((room) => direct(room, edges).map((target) => `  ${nodeOf(room)} --> ${nodeOf(target)}`));
  const rows = rooms.map((room) => {
    const imports = [...(edges.get(room) as Set<string>)].join(" ") || "nothing";
    const name = room === "index" ? "index.ts" : `${room}/`;
    return `| \`${name}\` | ${ROOMS[room]?.about} | ${imports} |`;
  });
  return [
    "```mermaid",
    "flowchart TD",
    ...rooms.map((room) => `  ${nodeOf(room)}["${room === "index" ? "index.ts" : room}"]`),
    ...arrows,
    "```",
    "",
    'An arrow says "imports"; one that follows from two others is left out. All imports, as they are:',
    "",
    "| room | what it is | imports |",
    "|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

// `end`, `index` and the like mean something to Mermaid.
function nodeOf(room: string): string {
  return `room_${room}`;
}

/** For each room that has files the rooms it imports, in the table's order. */
function roomEdges(sources: readonly Source[]): Map<string, Set<string>> {
  const order = Object.keys(ROOMS);
  const edges = new Map<string, Set<string>>();
  for (const room of order) {
    const files = sources.filter((source) => source.room === room && !OUTSIDE.includes(source.room));
    if (files.length === 0) continue;
    const targets = files.flatMap((source) => source.imports).map((edge) => roomOf(edge.file, edge.specifier));
    edges.set(room, new Set(order.filter((target) => target !== room && targets.includes(target))));
  }
  return edges;
}

function roomOf(file: string | undefined, specifier: string): string | undefined {
  if (file === undefined) return specifier === "skerry" ? "index" : undefined;
  return file.includes("/") ? file.slice(0, file.indexOf("/")) : file.replace(/\.ts$/, "");
}

// Transitive reduction: the table has no cycle, so what another target reaches is implied.
function direct(room: string, edges: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const targets = [...(edges.get(room) ?? [])];
  const reaches = (from: string, goal: string): boolean =>
    [...(edges.get(from) ?? [])].some((next) => next === goal || reaches(next, goal));
  return targets.filter((target) => !targets.some((other) => other !== target && reaches(other, target)));
}
