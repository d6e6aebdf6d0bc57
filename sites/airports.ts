/**
 * The sample fleet: each of the 9,383 airports of `airports.csv` as a site. The table has no machines, so nodes and links are derived from an airport's
 * size by the rules below; they are made up, and always the same. README.md tells where the table comes from and what is wrong with it.
 */
import { z } from "zod";
import type { LinkFacts } from "./facts.ts";
import { type CsvRow, csv, inventory, type NodeInput } from "./index.ts";

type Column =
  | "icao"
  | "iata"
  | "name"
  | "type"
  | "country"
  | "continent"
  | "latitude"
  | "longitude"
  | "timezone"
  | "scheduled_service"
  | "runway_length_ft";
type Row = CsvRow<Column>;

/** `scheduled`: airlines fly there by a timetable. */
export const AirportLabels = z.strictObject({ size: z.enum(["large", "medium"]), scheduled: z.boolean() });
export type AirportLabels = z.output<typeof AirportLabels>;

// Long enough for wide-body jets, so there is baggage to look at: 332 of the 801 large airports.
const GPU_RUNWAY_FEET = 10_000;
const FIBRE_RUNWAY_FEET = 5_000;

// Quantities as people write them: equal lists become one object when they are read.
const large = ["n1", "n2", "n3"].map((id): NodeInput => server(id, 16, "64Gi", "1T"));
const largeWithGpu = large.map((node) =>
  node.id === "n3" ? { ...node, gpus: [{ vendor: "NVIDIA", model: "L4", memoryBytes: "24Gi" }] } : node,
);
const medium = [server("n1", 8, "32Gi", "512G")];
const small: readonly NodeInput[] = [{ ...server("n1", 4, "8Gi", "128G"), arch: "arm64" }];

/** All of them, read when this module is loaded. Paths count from the top of the repository. */
export const airports = inventory({
  labels: AirportLabels,
  // The night's first quiet hours by each airport's own clock.
  defaults: { fleet: { window: { cron: "0 2 * * *", minutes: 180 } } },
  from: [
    csv<Column>(
      "sites/airports.csv",
      (row) => ({
        id: codeOf(row).toLowerCase(),
        name: row.name,
        level: [row.continent.toLowerCase(), row.country.toLowerCase()],
        location: { latitude: Number(row.latitude), longitude: Number(row.longitude) },
        timeZone: row.timezone,
        labels: { size: row.type, scheduled: isScheduled(row) },
        link: linkOf(row),
        nodes: nodesOf(row),
      }),
      { corrections: { file: "sites/airports-corrections.csv", key: codeOf } },
    ),
  ],
});

// 386 airports have no ICAO code. All of those have an IANA one, and none of these is another's ICAO code.
function codeOf(row: Row): string {
  return row.icao || row.iata;
}

function isScheduled(row: Row): boolean {
  return row.scheduled_service === "true";
}

/** Three servers at a large airport, so that one may fail; one anywhere else. */
function nodesOf(row: Row): readonly NodeInput[] {
  if (row.type === "large") return Number(row.runway_length_ft) >= GPU_RUNWAY_FEET ? largeWithGpu : large;
  return isScheduled(row) ? medium : small;
}

/** Fibre at a large airport and at a medium one with a paved-size runway, else a mobile line; a satellite dish where no airline flies to. */
function linkOf(row: Row): LinkFacts {
  if (row.type === "large") return { kind: "fibre", downMbps: 1000, upMbps: 1000 };
  if (!isScheduled(row)) return { kind: "satellite", downMbps: 20, upMbps: 3, metered: true, latencyMs: 600 };
  if (Number(row.runway_length_ft) >= FIBRE_RUNWAY_FEET) return { kind: "fibre", downMbps: 200, upMbps: 50 };
  return { kind: "lte", downMbps: 40, upMbps: 8, metered: true };
}

function server(id: string, cpu: number, memory: string, disk: string): NodeInput {
  return { id, role: "server", arch: "amd64", cpu, memory, disks: [{ name: "/dev/nvme0n1", type: "NVME", sizeBytes: disk }] };
}
