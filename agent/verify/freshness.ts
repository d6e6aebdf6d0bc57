import type { Trust } from "../../core/index.ts";
import type { RawReader } from "../../git/index.ts";
import { judgeFreshness } from "../../trust/index.ts";
import { readFreshnessNote, shardOf } from "../../wire/index.ts";
import { listTree } from "./raw-tree.ts";
import { refuse, type Verdict } from "./verdict.ts";

/** The office's statement of what this site should have (T5). It only causes warnings. */
export interface SiteNote {
  /** When the note was written, in seconds since 1970. */
  readonly at: number;
  /** Seq of the site's newest commit; null when the note does not list the site. */
  readonly seq: number | null;
}

const NOTE_BYTES_MAX = 1_000_000;

/** Reads and verifies `note.json` of the shard's freshness commit, with the current trust. */
export async function readSiteNote(reader: RawReader, tip: string, site: string, trust: Trust): Promise<Verdict<SiteNote>> {
  const [facts] = await reader.inspect([tip]);
  if (facts?.kind !== "commit" || facts.size > NOTE_BYTES_MAX) return refuse("withheld", `the freshness ref names a ${facts?.kind}`);
  const [commit] = await reader.read([tip]);
  const tree = /^tree ([0-9a-f]{40})\n/.exec((commit as Buffer).toString("latin1"))?.[1];
  const listed = tree === undefined ? undefined : await listTree(reader, tree);
  const file = listed !== undefined && "value" in listed ? listed.value.find(({ path }) => path === "note.json") : undefined;
  if (file === undefined) return refuse("withheld", "the freshness commit has no note.json");
  const [size] = await reader.inspect([file.id]);
  if (size?.kind !== "blob" || size.size > NOTE_BYTES_MAX) return refuse("withheld", `note.json has ${size?.size} bytes`);
  return judgeNote((await reader.read([file.id]))[0] as Buffer, site, trust);
}

function judgeNote(bytes: Buffer, site: string, trust: Trust): Verdict<SiteNote> {
  const read = readFreshnessNote(bytes);
  if ("fault" in read) return refuse("withheld", `the freshness note ${read.fault}`);
  const { signed } = read.value;
  if (signed.fleet !== trust.fleet || signed.shard !== shardOf(site))
    return refuse("withheld", "the freshness note is for another fleet or shard");
  const signer = judgeFreshness(trust, read.value);
  if ("refusal" in signer) return refuse("withheld", `the freshness note: ${signer.because}`);
  return { value: { at: signed.at, seq: Object.hasOwn(signed.sites, site) ? (signed.sites[site] as number) : null } };
}
