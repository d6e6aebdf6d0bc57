import { join } from "node:path";
import { type Disk, type Random, WorldError } from "../../core/index.ts";
import { generateSigningKey, readSigningKey, type SigningKey, writePublicKeyLine, writeSigningKey } from "../../trust/index.ts";
import { tryReadWhole, writeDurably } from "./durable.ts";

/** An agent's key has about 500. */
const KEY_BYTES = 16_384;
const KEY = "site.key";

/**
 * The key that signs this box's reports, generated at the first start. People copy `site.key.pub` into the inventory as `reportKey`.
 * An unreadable key is not replaced: a new one would look like a second box to the office.
 */
export async function siteKey(disk: Disk, stateFolder: string, site: string, random: Random): Promise<SigningKey> {
  return (await tryReadKey(disk, stateFolder)) ?? makeKey(disk, join(stateFolder, KEY), site, random);
}

/** undefined when there is none yet. Throws the error with which a start would end. */
export async function tryReadKey(disk: Disk, stateFolder: string): Promise<SigningKey | undefined> {
  const path = join(stateFolder, KEY);
  const text = await tryReadWhole(disk, path, KEY_BYTES);
  if (text === undefined) return undefined;
  const read = "fault" in text ? text : readSigningKey(text.value.toString("latin1"));
  if ("value" in read) return read.value;
  throw new WorldError(
    "storage-failed",
    `${path} ${read.fault}`,
    `Restore the box's key, or remove ${path} and enter the new public key into the inventory`,
  );
}

async function makeKey(disk: Disk, path: string, site: string, random: Random): Promise<SigningKey> {
  const key = generateSigningKey(`report@${site}`, random);
  await writeDurably(disk, `${path}.pub`, Buffer.from(writePublicKeyLine(key)));
  await writeDurably(disk, path, Buffer.from(writeSigningKey(key, random)), 0o600);
  return key;
}
