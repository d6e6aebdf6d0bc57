import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { TrustRole } from "../../core/index.ts";
import { allowedSigners, createKeySet, DEFAULT_KEY_ROLES, writePublicKeyLine, writeSigningKey } from "../../trust/index.ts";
import { writeTrustDocument } from "../../wire/index.ts";
import type { FleetConfig } from "../stack/fleet-config.ts";
import { ALLOWED_SIGNERS, trustFile } from "./state-folder.ts";
import { UsageError } from "../output/usage-error.ts";

// What ssh asks of its own keys.
const SECRET_FOLDER_MODE = 0o700;
const SECRET_MODE = 0o600;

export interface MadeKeys {
  readonly keys: readonly { readonly file: string; readonly fingerprint: string; readonly roles: readonly TrustRole[] }[];
  readonly trust: string;
  readonly allowedSigners: string;
}

/** Writes keys where cdk8s.yaml says, and never over a file. One file for release and promote means one key for both. */
export function makeKeys(fleet: string, config: FleetConfig): MadeKeys {
  const isOneKey = resolve(config.releaseKey) === resolve(config.promoteKey);
  const keyRoles: Readonly<Record<string, readonly TrustRole[]>> = isOneKey
    ? { root: DEFAULT_KEY_ROLES["root"] ?? [], release: ["release", "promote", "freshness"] as const }
    : DEFAULT_KEY_ROLES;
  const { keys, trust } = createKeySet(fleet, { keyRoles });
  const fileOf: Readonly<Record<string, string>> = {
    root: join(dirname(config.releaseKey), "root"),
    release: config.releaseKey,
    promote: config.promoteKey,
  };
  // The root key lies beside the others only until it is taken away.
  const made = [...keys].map(([name, key]) => ({ key, file: fileOf[name] ?? name, roles: keyRoles[name] ?? [] }));
  const files = { trust: trustFile(1), allowedSigners: ALLOWED_SIGNERS };
  refuseExisting([...made.flatMap(({ file }) => [file, `${file}.pub`]), ...Object.values(files)]);

  for (const { file, key } of made) {
    mkdirSync(dirname(file), { recursive: true, mode: SECRET_FOLDER_MODE });
    writeFileSync(file, writeSigningKey(key), { flag: "wx", mode: SECRET_MODE });
    writeFileSync(`${file}.pub`, writePublicKeyLine(key), { flag: "wx" });
  }
  mkdirSync(dirname(files.trust), { recursive: true });
  writeFileSync(files.trust, writeTrustDocument(trust), { flag: "wx" });
  writeFileSync(files.allowedSigners, allowedSigners(trust.signed), { flag: "wx" });
  return { keys: made.map(({ file, key, roles }) => ({ file, fingerprint: key.publicKey.fingerprint, roles })), ...files };
}

function refuseExisting(files: readonly string[]): void {
  if (new Set(files.map((file) => resolve(file))).size < files.length)
    throw UsageError.of(
      "cdk8s.yaml names one file for two keys, or the file of the root key",
      "name other files under fleet: in cdk8s.yaml",
    );
  const existing = files.filter((file) => existsSync(file));
  if (existing.length === 0) return;
  throw UsageError.of(
    `the fleet has keys already, and they are made once: ${existing.join(", ")}`,
    "use these; for another fleet name other files under fleet: in cdk8s.yaml",
  );
}
