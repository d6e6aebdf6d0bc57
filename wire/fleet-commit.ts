import type { Read } from "../core/index.ts";
import { fleetId, requireAtom, sourceId, wholeNumber } from "./grammar/atoms.ts";
import { SignedLines } from "./grammar/signed-lines.ts";

/** The message of a release's commit on branch `fleet`. The commit is not signed: the release tag that points to it is. */
export interface FleetCommit {
  readonly fleet: string;
  readonly release: number;
  /** Commit id of the fleet's source. */
  readonly source: string;
}

const number = wholeNumber(1);

export function fleetCommitMessage(commit: FleetCommit): string {
  requireAtom(fleetId, commit.fleet, "fleet commit: fleet");
  requireAtom(number, commit.release, "fleet commit: release");
  requireAtom(sourceId, commit.source, "fleet commit: source");
  return `release ${commit.release}\n\nSkerry-Fleet: ${commit.fleet}\nSkerry-Release: ${commit.release}\nSkerry-Source: ${commit.source}\n`;
}

export function readFleetCommitMessage(message: string | Uint8Array): Read<FleetCommit> {
  const lines = new SignedLines(typeof message === "string" ? Buffer.from(message, "utf8") : message);
  const release = lines.field("release ", number);
  lines.exactly("");
  const fleet = lines.field("Skerry-Fleet: ", fleetId);
  lines.exactly(`Skerry-Release: ${release}`);
  const source = lines.field("Skerry-Source: ", sourceId);
  lines.end();
  return lines.fault === undefined ? { value: { fleet, release, source } } : { fault: lines.fault };
}
