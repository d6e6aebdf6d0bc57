import { join } from "node:path";
import { type Disk, limits, WorldError } from "../../core/index.ts";
import { type AgentConfig, readReport, readSiteCommit, readTrustDocument } from "../../wire/index.ts";
import { tryBytes } from "../store/durable.ts";

/** Whose something in the state folder is, as far as it says so. */
interface Owner {
  readonly fleet?: string;
  readonly site?: string;
  /** What says it. */
  readonly file: string;
}

const KEY_LINE_BYTES = 1_024;

/**
 * A state folder holds what one site has seen and the key that it reports with. Under another name the seen seq, the slots and the reports
 * would be the wrong site's, so the agent does not start. What cannot be read says nothing here: recovery deals with damage.
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
    `${other.file} belongs to ${whose}, and agent.json says site ${site} of fleet ${fleet}`,
    "Correct `site` and `fleet` in agent.json, or name another folder in `state`; to make this box another site, move its old state away",
  );
}

async function ownerOfSlot(disk: Disk, file: string): Promise<Owner | undefined> {
  const bytes = await tryBytes(disk, file, limits.signedObjectBytes);
  const read = bytes && readSiteCommit(bytes);
  return read && "value" in read ? { file, fleet: read.value.fleet, site: read.value.site } : undefined;
}

/** The key was made for a site, and its comment says for which. */
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
