import type { Place, Problem } from "../../core/index.ts";
import type { Origin } from "../text/locator.ts";

/** A row that the row function skipped, with its reason. */
export interface SkippedRow {
  readonly reason: string;
  readonly at: Place;
}

/** Receives sites one at a time, so that a source never holds all raw sites of a file in memory. */
export interface Sink {
  site(raw: unknown, origin: Origin): void;
  skipped(row: SkippedRow): void;
  /** Takes a warning. */
  noted(problem: Problem): void;
  /** Takes a problem because of which sites are missing, so that rules between sites know that the list is incomplete. */
  unreadable(problem: Problem): void;
}

/** A source of sites, made by `yaml`, `json`, `ndjson`, `csv` or `sites`. */
export interface InventorySource {
  /** Reports faults of the input to the sink; throws a `WorldError` when the disk fails. */
  read(sink: Sink): void;
}

/** @deprecated Use `InventorySource`. */
export type Source = InventorySource;
