import { isDnsLabel, isSiteId, limits, type Problem, refused, type SiteTree } from "../../core/index.ts";
import type { SigningKey } from "../../trust/index.ts";
import type { InventoryLine } from "../../wire/index.ts";
import { type FleetPlace, type FleetTip, keyProblems, walkTrust } from "../../releases/index.ts";
import type { PromotionRequest } from "../promote/promotion.ts";
import type { SourceRevision } from "./source.ts";
import { treeProblems } from "./tree-limits.ts";

export interface ReleaseInput extends FleetPlace {
  readonly source: SourceRevision;
  /** What stands against this source after the last release. @default nothing does */
  readonly judgeSource?: (last: FleetTip) => Promise<readonly Problem[]>;
  /** One a site, in any order. */
  readonly trees: readonly SiteTree[];
  /** One a site, in any order; the same sites as `trees`. */
  readonly inventory: readonly InventoryLine[];
  readonly releaseKey: SigningKey;
  /** One line of text each: what this release removes for good, and why. */
  readonly consents?: readonly string[];
  /** Promotes the release in the same run. */
  readonly promotion?: PromotionRequest;
  /** Computes everything, writes nothing, moves no ref and takes no lock. */
  readonly dryRun?: boolean;
}

/** All that can be said against a release before anything is opened or written. */
export function inputProblems(input: ReleaseInput): readonly Problem[] {
  requireMatch(input.trees, input.inventory);
  const chain = walkTrust(input.fleet, input.trust, []);
  const keys = "value" in chain ? keyProblems(chain.value.trust, "release", input.releaseKey) : chain.problems;
  const promoteKey = "value" in chain && input.promotion ? keyProblems(chain.value.trust, "promote", input.promotion.key) : [];
  return [...fleetProblems(input), ...consentProblems(input.consents ?? []), ...keys, ...promoteKey, ...treeProblems(input.trees)];
}

function fleetProblems({ fleet, trees }: ReleaseInput): readonly Problem[] {
  if (!isDnsLabel(fleet)) {
    const next = "use at most 63 characters of a-z, 0-9 and -";
    return refused({ code: "bad-fleet-id", message: `${JSON.stringify(fleet)} is not a valid fleet id`, next }).problems;
  }
  if (trees.length > 0) return [];
  return refused({
    code: "empty-fleet",
    message: `the fleet "${fleet}" has no sites`,
    because: "a release without sites is almost always a mistake, such as a lost inventory file",
    next: "check the inventory: skerry sites",
  }).problems;
}

// Each goes into the tag as one line, and all of them together into its 16 KB.
function consentProblems(consents: readonly string[]): readonly Problem[] {
  const odd = consents.filter((text) => !/^[!-~]([ -~]*[!-~])?$/.test(text));
  const bytes = consents.reduce((sum, text) => sum + text.length + CONSENT_LINE.length, TAG_BYTES);
  const next = "write each consent as one short line of ASCII text";
  const faults = [
    ...odd.map((text) => `the consent ${JSON.stringify(text)} is not one line of printable ASCII`),
    ...(bytes > limits.signedObjectBytes ? [`the consents are too long for a release tag of ${limits.signedObjectBytes} bytes`] : []),
  ];
  return faults.flatMap((message) => refused({ code: "bad-consent", message, next }).problems);
}

const CONSENT_LINE = "Skerry-Consent: \n";
/** More than the other lines of a tag and its signature take. */
const TAG_BYTES = 2_000;

// Both come from one synth, so a difference is a fault of the program, not of people.
function requireMatch(trees: readonly SiteTree[], inventory: readonly InventoryLine[]): void {
  const lines = new Set(inventory.map((line) => line.id));
  const sites = new Set(trees.map((tree) => tree.site));
  if (lines.size !== inventory.length || sites.size !== trees.length) throw new Error("release: a site is there twice");
  const odd = trees.find(({ site }) => !lines.has(site) || !isSiteId(site));
  if (odd !== undefined || lines.size !== sites.size) throw new Error(`release: inventory and trees differ${odd ? ` at ${odd.site}` : ""}`);
}
