import { breach, type Breach } from "./breach.ts";
import type { Import, Source } from "./source.ts";
import { PARTS, PURE } from "./table.ts";

/** Inside a room: which folder may import which, and which only computes. */
export function partBreaches(sources: readonly Source[]): Breach[] {
  return sources.flatMap((source) => {
    const parts = PARTS[source.room];
    return [...(parts === undefined ? [] : orderBreaches(source, parts)), ...pureBreaches(source)];
  });
}

function orderBreaches(source: Source, parts: readonly string[]): Breach[] {
  const own = placeOf(source.path, source.room, parts);
  if (own < 0) return [breach("part-order", source, 1, `the table of ${source.room}/ does not name the part that this file belongs to`)];
  return source.imports.flatMap((edge) => {
    if (edge.file === undefined || !edge.file.startsWith(`${source.room}/`)) return [];
    const target = placeOf(edge.file, source.room, parts);
    return target <= own
      ? []
      : [breach("part-order", source, edge.line, `${parts[own]} stands below ${parts[target]} and may not import it`)];
  });
}

function placeOf(file: string, room: string, parts: readonly string[]): number {
  const inside = file.slice(room.length + 1);
  return parts.findIndex((part) => (part.endsWith("/") ? inside.startsWith(part) : inside === part));
}

function pureBreaches(source: Source): Breach[] {
  const pure = Object.keys(PURE).find((folder) => source.path.startsWith(folder));
  if (pure === undefined) return [];
  return source.imports.flatMap((edge) => {
    const because = tryImpurity(edge, pure, source.room);
    return because === undefined ? [] : [breach("pure", source, edge.line, `${pure} only computes: ${because}`)];
  });
}

function tryImpurity(edge: Import, pure: string, room: string): string | undefined {
  if (edge.typeOnly) return undefined;
  if (edge.file === undefined) return PURE[pure]?.includes(edge.specifier) === true ? undefined : `it may not import ${edge.specifier}`;
  if (edge.late) return "it may not load a module later";
  const port = edge.names.find((name) => /^system[A-Z]/.test(name) || name === "*");
  if (port !== undefined && !edge.file.startsWith(pure)) return `${port} of ${edge.file} reaches the system`;
  if (!edge.file.startsWith(`${room}/`) || edge.file.startsWith(pure)) return undefined;
  return PURE[pure]?.includes(edge.file) === true ? undefined : `it may import types alone from ${edge.file}`;
}
