import { join } from "node:path";
import { type Disk, limits, WorldError } from "../../core/index.ts";
import { type AgentConfig, readReport, readSiteCommit, readTrustDocument } from "../../wire/index.ts";
import { tryBytes } from "../store/durable.ts";

/** Fleet and site that a file in the state folder names. */
interface Owner {
  readonly fleet?: string;
  readonly site?: string;
  /** The file. */
  readonly file: string;
}

const KEY_LINE_BYTES = 1_024;

/**
 * A state folder belongs to one site: it holds the site's accepted seq, slots and report key. With another site's folder the agent does not
 * start. Unreadable files are ignored here, because recovery handles damage.
 */
export async function checkStateOwner({ fleet, site, state, report }: AgentConfig, disk: Disk): Promise<void> {
  const owners = await Promise.all([
    ...["a", "b"].map((slot) => ownerOfSlot(disk, join(state, "slots", slot, "commit"))),
    ownerOfKey(disk, join(state, "site.key.pub")),
    ownerOfTrust(disk, join(state, "trust/1.json")),
    ownerOfReport(disk, report),
  ]);
  const other = owners.find((owner) => owner !== undefined && ((owner.fleet ?? fleet) !== fleet || (owner.site ?? site) !== site));
  if (other === undefined) return;
  const whose =
    other.site === undefined ? `fleet ${other.fleet}` : `site ${other.site}${other.fleet === undefined ? "" : ` of fleet ${other.fleet}`}`;
  throw new WorldError(
    "foreign-state",
    `${other.file} belongs to ${whose}, but agent.json is for site ${site} of fleet ${fleet}`,
    "Correct `site` and `fleet` in agent.json, or set `state` to another folder; to use this box for another site, move its old state folder away",
  );
}

async function ownerOfSlot(disk: Disk, file: string): Promise<Owner | undefined> {
  const bytes = await tryBytes(disk, file, limits.signedObjectBytes);
  const read = bytes && readSiteCommit(bytes);
  return read && "value" in read ? { file, fleet: read.value.fleet, site: read.value.site } : undefined;
}

/** The comment of the report key names its site. */
async function ownerOfKey(disk: Disk, file: string): Promise<Owner | undefined> {
  const text = (await tryBytes(disk, file, KEY_LINE_BYTES))?.toString("latin1") ?? "";
  const [, site] = / report@([a-z0-9-]{1,40})\n$/.exec(text) ?? [];
  return site === undefined ? undefined : { file, site };
}

async function ownerOfTrust(disk: Disk, file: string): Promise<Owner | undefined> {
  const bytes = await tryBytes(disk, file, limits.trustBytes);
  const read = bytes && readTrustDocument(bytes);
  return read && "value" in read ? { file, fleet: read.value.signed.fleet } : undefined;
}

async function ownerOfReport(disk: Disk, file: string): Promise<Owner | undefined> {
  const bytes = await tryBytes(disk, file, limits.reportBytes);
  const read = bytes && readReport(bytes);
  return read && "value" in read ? { file, fleet: read.value.signed.fleet, site: read.value.signed.site } : undefined;
}
