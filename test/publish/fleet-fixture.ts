import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Clock, type Outcome, systemClock } from "../../core/index.ts";
import { release, type ReleaseInput, type ReleaseResult } from "../../publish/index.ts";
import type { FleetPlace } from "../../releases/index.ts";
import { allowedSigners, createKeySet, type KeySet } from "../../trust/index.ts";
import { writeTrustDocument } from "../../wire/index.ts";
import { PLAIN, scratch } from "../git/scratch.ts";
import { type SyntheticOptions, syntheticFleet } from "./synthetic-fleet.ts";

export interface FleetFixture {
  readonly place: FleetPlace;
  readonly keys: KeySet;
  /** A file for `gpg.ssh.allowedSignersFile`. */
  readonly signers: string;
}

/** A fleet with its keys, and a repository that does not exist yet. */
export function fleetFixture(options: Partial<FleetPlace> = {}): FleetFixture {
  const folder = scratch();
  const keys = createKeySet("airports");
  const signers = join(folder, "allowed_signers");
  writeFileSync(signers, allowedSigners(keys.trust.signed));
  const trust = [Buffer.from(writeTrustDocument(keys.trust))];
  return {
    place: { fleet: "airports", repository: join(folder, "fleet.git"), mirror: join(folder, "mirror.git"), trust, ...options },
    keys,
    signers,
  };
}

export function key(fixture: FleetFixture, name: "release" | "promote") {
  const found = fixture.keys.keys.get(name);
  if (!found) throw new Error(`no key ${name}`);
  return found;
}

/** A release of a synthetic fleet; `source` is any digit, standing for a commit. */
export function releaseInput(fixture: FleetFixture, fleet: SyntheticOptions, source = "1"): ReleaseInput {
  return {
    ...fixture.place,
    ...syntheticFleet({ objects: 12, shapes: 3, ...fleet }),
    source: { commit: source.repeat(40), seconds: 1_795_000_000 + Number.parseInt(source, 16) },
    releaseKey: key(fixture, "release"),
  };
}

export async function releaseAndPromote(fixture: FleetFixture, fleet: SyntheticOptions, source = "1"): Promise<ReleaseResult> {
  return valueOf(await release({ ...releaseInput(fixture, fleet, source), promotion: { sites: "all", key: key(fixture, "promote") } }));
}

export function valueOf<T>(outcome: Outcome<T>): T {
  if (!("value" in outcome)) throw new Error(JSON.stringify(outcome.problems, null, 1));
  return outcome.value;
}

export function codesOf(outcome: Outcome<unknown>): string[] {
  return (outcome.problems ?? []).map(({ code }) => code);
}

export function clockAt(seconds: number): Clock {
  return { ...systemClock, now: () => seconds * 1000 };
}

/** Exit code of git as a person runs it. */
export function gitCode(folder: string, args: readonly string[]): number {
  try {
    execFileSync("git", [...args], { cwd: folder, env: PLAIN, stdio: "ignore" });
    return 0;
  } catch (error) {
    return (error as { status: number }).status;
  }
}
