import type { Place, Problem } from "../../core/index.ts";
import type { Origin } from "../text/locator.ts";

/** A row that its row function left out, with the reason it gave. */
export interface SkippedRow {
  readonly reason: string;
  readonly at: Place;
}

/** Takes what a source reads, one site at a time: whole files of raw sites never stand in memory. */
export interface Sink {
  site(raw: unknown, origin: Origin): void;
  skipped(row: SkippedRow): void;
  /** A warning about the text. */
  noted(problem: Problem): void;
  /** Something that kept sites from being read at all, so that rules about the fleet as a whole know they did not see everything. */
  unreadable(problem: Problem): void;
}

/** Where sites come from: made by `yaml`, `json`, `ndjson`, `csv` or `sites`. */
export interface InventorySource {
  /** Never throws for what people wrote; a disk that fails is a `WorldError`. */
  read(sink: Sink): void;
}
