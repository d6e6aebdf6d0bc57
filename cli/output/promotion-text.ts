import { amount } from "../../core/index.ts";
import type { PromotionResult, ReleaseResult, RollbackResult } from "../../publish/index.ts";
import { visibleText } from "./visible-text.ts";

// Enough to see which kind of sites; `-o json` has every name.
const NAMED_MAX = 5;

export function releaseText({ release, outcome, source, sites, written, promotion }: ReleaseResult): string {
  const made =
    outcome === "released" ? `${amount(written.objects, "new object")}, ${bytesText(written.packBytes)}` : "made of this source before";
  const head = `release/${release}: ${amount(sites.count, "site")}, source ${source.slice(0, 12)}, ${made}\n`;
  return promotion === undefined ? head : head + promotionText(promotion);
}

/** Every list that has sites in it: none of them is passed over in silence. */
export function promotionText(result: PromotionResult): string {
  const { release, moved, unchanged, alreadyNewer, alreadyOlder, notInRelease, neverPromoted, lost } = result;
  const lines = [
    `${amount(moved.length, "site now holds", "sites now hold")} release/${release}${named(moved.map(({ site }) => site))}`,
    counted(unchanged, "site holds this tree already", "sites hold this tree already"),
    counted(at(alreadyNewer), "site holds a newer release (already-newer)", "sites hold a newer release (already-newer)"),
    counted(at(alreadyOlder), "site holds an older release (already-older)", "sites hold an older release (already-older)"),
    counted(notInRelease, "site is not in the release (not-in-release)", "sites are not in the release (not-in-release)"),
    counted(neverPromoted, "site never had a release (never-promoted)", "sites never had a release (never-promoted)"),
    counted(
      lost.map(({ name }) => name),
      "site was moved by somebody else meanwhile",
      "sites were moved by somebody else meanwhile",
    ),
  ];
  return lines.flatMap((line) => (line === undefined ? [] : [`${visibleText(line)}\n`])).join("");
}

/** A tree goes back as a whole. Who rolls back for one unit sees here what else they are undoing. */
export function rollbackText(result: RollbackResult): string {
  const back = result.movedBack.map(({ path, change, sites }) => `  ${change} at ${amount(sites, "site")}: ${path}\n`);
  const told = `${promotionText(result)}${back.length === 0 ? "" : `What went back with it:\n${back.join("")}`}`;
  return result.moved.length === 0 ? told : `${told}Nothing holds them there: the next promote of a newer release moves them again.\n`;
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
