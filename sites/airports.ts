/**
 * The sample fleet: each of the 9,383 airports in `airports.csv` is a site. The table has no machines, so the rules below derive nodes and links from
 * an airport's size. They are invented and deterministic. README.md describes the table, its source and its errors.
 */
import { z } from "zod";
import type { LinkFacts } from "./facts.ts";
import { type CsvRow, csv, inventory, type NodeInput, numberIn } from "./index.ts";

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

/** `scheduled`: the airport has scheduled flights. */
export const AirportLabels = z.strictObject({ size: z.enum(["large", "medium"]), scheduled: z.boolean() });
export type AirportLabels = z.output<typeof AirportLabels>;

// Long enough for wide-body aircraft: 332 of the 801 large airports.
const GPU_RUNWAY_FEET = 10_000;
const FIBRE_RUNWAY_FEET = 5_000;

// Equal lists become one object when the inventory is read.
const large = ["n1", "n2", "n3"].map((id): NodeInput => server(id, 16, "64Gi", "1T"));
const largeWithGpu = large.map((node) =>
  node.id === "n3" ? { ...node, gpus: [{ vendor: "NVIDIA", model: "L4", memoryBytes: "24Gi" }] } : node,
);
const medium = [server("n1", 8, "32Gi", "512G")];
const small: readonly NodeInput[] = [{ ...server("n1", 4, "8Gi", "128G"), arch: "arm64" }];

/** Read when this module is loaded. Paths are relative to the repository's root. */
export const airports = inventory({
  labels: AirportLabels,
  // From 02:00 to 05:00 in each airport's own time zone.
  defaults: { fleet: { window: { cron: "0 2 * * *", minutes: 180 } } },
  from: [
    csv<Column>(
      "sites/airports.csv",
      (row) => ({
        id: codeOf(row).toLowerCase(),
        name: row.name,
        level: [row.continent.toLowerCase(), row.country.toLowerCase()],
        location: { latitude: numberIn(row, "latitude"), longitude: numberIn(row, "longitude") },
        timeZone: row.timezone,
        labels: { size: row.type, scheduled: isScheduled(row) },
        link: linkOf(row),
        nodes: nodesOf(row),
      }),
      { corrections: { file: "sites/airports-corrections.csv", key: codeOf } },
    ),
  ],
});

// 386 airports have no ICAO code. All of them have an IATA code that is not another airport's ICAO code.
function codeOf(row: Row): string {
  return row.icao || row.iata;
}

function isScheduled(row: Row): boolean {
  return row.scheduled_service === "true";
}

/** Three servers at a large airport, so that one may fail; one elsewhere. */
function nodesOf(row: Row): readonly NodeInput[] {
  if (row.type === "large") return Number(row.runway_length_ft) >= GPU_RUNWAY_FEET ? largeWithGpu : large;
  return isScheduled(row) ? medium : small;
}

/** Fibre at a large airport and at a medium one with a long runway, else LTE; satellite at airports without scheduled flights. */
function linkOf(row: Row): LinkFacts {
  if (row.type === "large") return { kind: "fibre", downMbps: 1000, upMbps: 1000 };
  if (!isScheduled(row)) return { kind: "satellite", downMbps: 20, upMbps: 3, metered: true, latencyMs: 600 };
  if (Number(row.runway_length_ft) >= FIBRE_RUNWAY_FEET) return { kind: "fibre", downMbps: 200, upMbps: 50 };
  return { kind: "lte", downMbps: 40, upMbps: 8, metered: true };
}

function server(id: string, cpu: number, memory: string, disk: string): NodeInput {
  return { id, role: "server", arch: "amd64", cpu, memory, disks: [{ name: "/dev/nvme0n1", type: "NVME", sizeBytes: disk }] };
}
