import { amount } from "../../core/index.ts";
import type { PromotionResult, ReleaseResult, RollbackResult } from "../../publish/index.ts";
import { table } from "./table.ts";
import { visibleText } from "./visible-text.ts";

// Enough to see which kind of sites; `-o json` has every name.
const NAMED_MAX = 5;
const ROWS_MAX = 20;

const DRY_RUN = "Dry run: nothing is written, and no ref moves.\n";

export function releaseText(result: ReleaseResult): string {
  const { release, outcome, source, sites, written, promotion, dryRun, refs } = result;
  const objects = `${amount(written.objects, "new object")}${written.packBytes === undefined ? "" : `, ${bytesText(written.packBytes)}`}`;
  const made = outcome === "released" ? objects : "already released from this source";
  const head = `release/${release}: ${amount(sites.count, "site")}, source ${source.slice(0, 12)}, ${made}\n`;
  if (dryRun) return `${DRY_RUN}${head}${refsText(refs)}${promotion === undefined ? "" : planText(promotion)}`;
  return promotion === undefined ? head : head + doneText(promotion);
}

export function promotionText(result: PromotionResult): string {
  return result.dryRun ? `${DRY_RUN}${refsText(result.refs)}${planText(result)}` : doneText(result);
}

/** What a rollback will do, before it does it: a tree goes back as a whole, so this is more than what the rollback is for. */
export function rollbackPreviewText(result: RollbackResult): string {
  return `${planText(result)}${movedBackText(result)}`;
}

/** After the preview was printed, what is left to say; for a dry run all of it. */
export function rollbackText(result: RollbackResult): string {
  if (result.dryRun) return `${DRY_RUN}${refsText(result.refs)}${rollbackPreviewText(result)}`;
  const { moved, lost, release } = result;
  const done = `${countOfDone(moved.length, release)}\n${lostText(lost)}`;
  const sites = moved.length === 1 ? "the site" : "the sites";
  return moved.length === 0
    ? done
    : `${done}Nothing keeps ${sites} there: the next promote of a newer release moves ${sites} forward again.\n`;
}

/** Every list that has sites in it: none of them is passed over in silence. */
function doneText(result: PromotionResult): string {
  const { release, moved, lost } = result;
  const done = `${countOfDone(moved.length, release)}${named(moved.map(({ site }) => site))}`;
  return `${visibleText(done)}\n${othersText(result)}${lostText(lost)}`;
}

function countOfDone(count: number, release: number): string {
  return `${amount(count, "site now holds", "sites now hold")} release/${release}`;
}

/** The sites that a run moves, each with its old and new release and its new seq; then those that it leaves alone. */
function planText(result: PromotionResult): string {
  const { release, moved } = result;
  const rows = moved
    .slice(0, ROWS_MAX)
    .map(({ site, from, seq }) => [`  ${site}`, from === null ? "none" : `release/${from}`, `release/${release}`, String(seq)]);
  const more = moved.length > ROWS_MAX ? `  and ${amount(moved.length - ROWS_MAX, "more site")} (-o json lists all)\n` : "";
  const head = `${amount(moved.length, "site changes", "sites change")} to release/${release}`;
  const list = moved.length === 0 ? `${head}\n` : `${head}:\n${table(["  site", "from", "to", "seq"], rows)}${more}`;
  return `${list}${othersText(result)}`;
}

function othersText({ unchanged, alreadyNewer, alreadyOlder, notInRelease, neverPromoted }: PromotionResult): string {
  const lines = [
    counted(unchanged, "site already holds this tree", "sites already hold this tree"),
    counted(at(alreadyNewer), "site holds a newer release (already-newer)", "sites hold a newer release (already-newer)"),
    counted(at(alreadyOlder), "site holds an older release (already-older)", "sites hold an older release (already-older)"),
    counted(notInRelease, "site is not in the release (not-in-release)", "sites are not in the release (not-in-release)"),
    counted(neverPromoted, "site never got a release (never-promoted)", "sites never got a release (never-promoted)"),
  ];
  return lines.map((line) => (line === undefined ? "" : `${visibleText(line)}\n`)).join("");
}

function lostText(lost: PromotionResult["lost"]): string {
  const names = lost.map(({ name }) => name);
  const line = counted(names, "ref was moved by another run meanwhile", "refs were moved by another run meanwhile");
  return line === undefined ? "" : `${visibleText(line)}\n`;
}

const CHANGES = { older: "older content", back: "added again", gone: "removed" } as const;

function movedBackText({ movedBack }: RollbackResult): string {
  if (movedBack.length === 0) return "";
  const rows = movedBack.map(({ path, change, sites }) => [`  ${path}`, CHANGES[change], String(sites)]);
  return `All that goes back:\n${table(["  part of the site tree", "change", "sites"], rows)}`;
}

function refsText(refs: PromotionResult["refs"]): string {
  if (refs.length === 0) return "";
  const rows = refs.map(({ name, old, new: id }) => [`  ${name}`, old === null ? "none" : old.slice(0, 12), id.slice(0, 12)]);
  return `${amount(refs.length, "ref")} besides those of sites:\n${table(["  ref", "from", "to"], rows)}`;
}

function at(sites: readonly { readonly site: string; readonly release: number }[]): string[] {
  return sites.map(({ site, release }) => `${site} at ${release}`);
}

function counted(names: readonly string[], one: string, many: string): string | undefined {
  return names.length === 0 ? undefined : `${amount(names.length, one, many)}${named(names)}`;
}

function named(names: readonly string[]): string {
  if (names.length === 0) return "";
  return `: ${names.slice(0, NAMED_MAX).join(", ")}${names.length > NAMED_MAX ? ` and ${names.length - NAMED_MAX} more` : ""}`;
}

function bytesText(bytes: number): string {
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
