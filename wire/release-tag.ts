import { limits, type Read } from "../core/index.ts";
import { type Atom, fleetId, gitId, requireAtom, sourceId, time, wholeNumber } from "./grammar/atoms.ts";
import { AUTHOR, SignedLines, ZONE } from "./grammar/signed-lines.ts";

/** The annotated tag of a release: it names the fleet commit and the Merkle root over all site trees. */
export interface ReleaseTag {
  /** The fleet commit: 40 hex digits. */
  readonly object: string;
  /** `release/<n>`. */
  readonly name: string;
  /** The source commit's time, in seconds since 1970. */
  readonly seconds: number;
  readonly fleet: string;
  readonly release: number;
  /** Commit id of the fleet's source. */
  readonly source: string;
  readonly sites: ReleaseSites;
  /** One line each: which object may be removed for good, and why. */
  readonly consents: readonly string[];
}

/** `Skerry-Sites`: the number of leaves, and the RFC 9162 root as 64 hex digits. */
export interface ReleaseSites {
  readonly count: number;
  readonly root: string;
}

export interface SignedReleaseTag extends ReleaseTag {
  /** Armored, without a final line end; null when all signatures are detached. */
  readonly signature: string | null;
  /** The signed bytes: the tag without its own signature. */
  readonly payload: Buffer;
}

const number = wholeNumber(1);
const sitesAtom: Atom<ReleaseSites> = {
  description: 'a whole number from 1, a space, "sha256:" and 64 hex digits',
  tryRead: (text) => {
    const parts = /^([1-9][0-9]{0,15}) sha256:([0-9a-f]{64})$/.exec(text);
    const count = parts === null ? undefined : number.tryRead(parts[1] as string);
    return count === undefined ? undefined : { count, root: (parts as RegExpExecArray)[2] as string };
  },
};
const consent: Atom<string> = {
  description: "one line of printable ASCII that neither begins nor ends with a space",
  tryRead: (text) => (/^[!-~]([ -~]*[!-~])?$/.test(text) ? text : undefined),
};

/** The tag without a signature: the bytes to sign with namespace `git`. */
export function releaseTagPayload(tag: ReleaseTag): Buffer {
  requireFields(tag);
  const lines = [
    `object ${tag.object}`,
    "type commit",
    `tag ${tag.name}`,
    `tagger ${AUTHOR}${tag.seconds}${ZONE}`,
    "",
    `release ${tag.release}`,
    "",
    `Skerry-Fleet: ${tag.fleet}`,
    `Skerry-Release: ${tag.release}`,
    `Skerry-Source: ${tag.source}`,
    `Skerry-Sites: ${sitesText(tag.sites)}`,
    ...tag.consents.map((text) => `Skerry-Consent: ${text}`),
    "",
  ];
  return within(Buffer.from(lines.join("\n"), "latin1"));
}

function requireFields(tag: ReleaseTag): void {
  requireAtom(gitId, tag.object, "release tag: object");
  requireAtom(time, tag.seconds, "release tag: seconds");
  requireAtom(fleetId, tag.fleet, "release tag: fleet");
  requireAtom(number, tag.release, "release tag: release");
  requireAtom(sourceId, tag.source, "release tag: source");
  requireAtom(sitesAtom, sitesText(tag.sites), "release tag: sites");
  for (const text of tag.consents) requireAtom(consent, text, "release tag: consents");
  if (tag.name !== `release/${tag.release}`) throw new RangeError(`release tag: name must be release/${tag.release}, not ${tag.name}`);
}

function sitesText(sites: ReleaseSites): string {
  return `${sites.count} sha256:${sites.root}`;
}

/** The tag object as git stores it, with the signature at the end of the message. */
export function signedReleaseTag(payload: Uint8Array, armoredSignature: string): Buffer {
  return within(Buffer.concat([payload, Buffer.from(`${armoredSignature.replace(/\n$/, "")}\n`, "latin1")]));
}

function within(bytes: Buffer): Buffer {
  if (bytes.length > limits.signedObjectBytes) throw new RangeError(`release tag: ${bytes.length} bytes, over ${limits.signedObjectBytes}`);
  return bytes;
}

/** Reads raw tag bytes: exactly the writer's lines in its order, and at most one signature. */
export function readReleaseTag(bytes: Uint8Array): Read<SignedReleaseTag> {
  const lines = new SignedLines(bytes);
  const object = lines.field("object ", gitId);
  lines.exactly("type commit");
  const named = lines.field("tag release/", number);
  const seconds = lines.field(`tagger ${AUTHOR}`, time, ZONE);
  lines.exactly("");
  lines.exactly(`release ${named}`);
  lines.exactly("");
  const fleet = lines.field("Skerry-Fleet: ", fleetId);
  lines.exactly(`Skerry-Release: ${named}`);
  const source = lines.field("Skerry-Source: ", sourceId);
  const sites = lines.field("Skerry-Sites: ", sitesAtom);
  const consents: string[] = [];
  for (let text = readConsent(lines); text !== undefined; text = readConsent(lines)) consents.push(text);
  const payload = Buffer.from(bytes.subarray(0, lines.offset));
  const signature = lines.trySignature("", "") ?? null;
  lines.end();
  if (lines.fault !== undefined) return { fault: lines.fault };
  return { value: { object, name: `release/${named}`, seconds, fleet, release: named, source, sites, consents, signature, payload } };
}

function readConsent(lines: SignedLines): string | undefined {
  return lines.tryField("Skerry-Consent: ", consent);
}
