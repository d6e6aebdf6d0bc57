import { readFileSync } from "node:fs";
import type { Problem, ProblemCode } from "../../core/index.ts";
import type { FleetPlace } from "../../releases/index.ts";
import { readSigningKey, type SigningKey } from "../../trust/index.ts";
import { readTrustDocument } from "../../wire/index.ts";
import type { FleetConfig } from "../stack/fleet-config.ts";
import { enterFleet } from "../stack/open-fleet.ts";
import { MIRROR, readTrust, trustFile } from "./state-folder.ts";

/** Where a fleet is published, and what this office holds of its trust. */
export function placeOf(fleet: string, { repository, repositoryAt }: FleetConfig): FleetPlace {
  return { fleet, repository, repositoryAt, mirror: MIRROR, trust: readTrust() };
}

export interface Office {
  readonly config: FleetConfig;
  readonly place: FleetPlace;
}

/**
 * All that promoting needs, but for the key. The fleet's id comes from its trust, so the stack is not run: what is promoted was released
 * already, and a stack that changed since must not change what is promoted.
 */
export function enterOffice(): Office | { readonly problems: readonly Problem[] } {
  const entered = enterFleet();
  if ("problems" in entered) return entered;
  const [first] = readTrust();
  if (first === undefined)
    return refuse(
      "no-trust",
      "the fleet has no trust document",
      trustFile(1),
      "copy .skerry/trust/1.json from the office that made the keys; for a new fleet make keys and trust: skerry keys",
    );
  const read = readTrustDocument(first);
  if ("fault" in read)
    return refuse("trust-broken", `the trust document ${read.fault}`, trustFile(1), "restore it from a copy that the sites accept");
  return { config: entered.config, place: placeOf(read.value.signed.fleet, entered.config) };
}

/** A key from the file that cdk8s.yaml names. The problem never quotes the file: even a damaged key is most of a key. */
export function readKey(file: string): { readonly key: SigningKey } | { readonly problems: readonly Problem[] } {
  let pem: string;
  try {
    pem = readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EISDIR") return refuse("bad-key", "the key is a folder", file, "name the key's file under fleet: in cdk8s.yaml");
    if (code !== "ENOENT" && code !== "ENOTDIR") throw error;
    return refuse(
      "no-key",
      `there is no key at ${file}`,
      file,
      "copy the key there or name its file under fleet: in cdk8s.yaml; for a new fleet make keys: skerry keys",
    );
  }
  const read = readSigningKey(pem);
  return "fault" in read
    ? refuse("bad-key", `the key ${read.fault}`, file, "name another key file under fleet: in cdk8s.yaml")
    : { key: read.value };
}

function refuse(code: ProblemCode, message: string, file: string, next: string): { readonly problems: readonly Problem[] } {
  return { problems: [{ code, severity: "error", message, at: [{ file }], next }] };
}
