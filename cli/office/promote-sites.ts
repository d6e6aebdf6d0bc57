import type { Outcome as Published } from "../../core/index.ts";
import { promote, type PromotionResult, type PromotionRequest, rollback, type RollbackResult } from "../../publish/index.ts";
import { readReleasedInventory } from "../../releases/index.ts";
import { enterOffice, type Office, readKey } from "./office.ts";
import { type CommandResult, printBefore, refused } from "../output/command-result.ts";
import { progress } from "../output/progress.ts";
import { promotionText, rollbackPreviewText, rollbackText } from "../output/promotion-text.ts";
import { asFacts, selectFrom } from "../sites/select-sites.ts";
import { UsageError } from "../output/usage-error.ts";

/** Exactly one of `sites` and `all`: a promotion of everything is asked for by name, never by leaving something out. */
interface SiteChoice {
  readonly sites?: string | undefined;
  readonly all?: true | undefined;
  readonly urgent?: true | undefined;
  readonly dryRun?: true | undefined;
}

export interface PromoteChoice extends SiteChoice {
  readonly release?: number | undefined;
  readonly again?: true | undefined;
  readonly seqFloor?: number | undefined;
}

export interface RollbackChoice extends SiteChoice {
  readonly to: number;
}

export function promoteSites(choice: PromoteChoice): Promise<CommandResult> {
  const { release, again, seqFloor } = choice;
  const dryRun = choice.dryRun === true;
  return onSites(choice, release, promotionText, ({ place }, request) => {
    const promotion = { ...request, again: again === true, ...(seqFloor === undefined ? {} : { seqFloor }) };
    return promote({ ...place, ...(release === undefined ? {} : { release }), promotion, dryRun });
  });
}

/** What goes back is printed before anything is written: whoever sees too late that it is too much still sees all of it. */
export function rollbackSites(choice: RollbackChoice): Promise<CommandResult> {
  const dryRun = choice.dryRun === true;
  return onSites(choice, choice.to, rollbackText, ({ place }, promotion, show) => {
    const onPreview = (preview: RollbackResult): void => show(rollbackPreviewText(preview));
    return rollback({ ...place, to: choice.to, promotion, dryRun, onPreview });
  });
}

/** Chooses among the sites of the release itself, by the facts that they had then: the source may have moved on since. */
async function onSites<R extends PromotionResult>(
  choice: SiteChoice,
  release: number | undefined,
  textOf: (result: R) => string,
  publish: (office: Office, request: PromotionRequest, show: (text: string) => void) => Promise<Published<R>>,
): Promise<CommandResult> {
  if ((choice.sites === undefined) === (choice.all === undefined))
    throw UsageError.of("give the sites: either --sites <selector> or --all", "for example --sites level=eu/de");
  const office = enterOffice();
  if ("problems" in office) return refused(office.problems);
  const read = readKey(office.config.promoteKey);
  if ("problems" in read) return refused(read.problems);

  const doing = choice.dryRun ? "computing" : "publishing";
  let done = progress(doing);
  const show = (text: string): void => {
    done();
    printBefore(text);
    done = progress(doing);
  };
  try {
    const sites = await chosenSites(office, release, choice.sites);
    if ("problems" in sites) return refused(sites.problems ?? []);
    const outcome = await publish(
      office,
      { sites: sites.value, key: read.key, urgent: choice.urgent === true, siteBranches: office.config.siteBranches },
      show,
    );
    if (!("value" in outcome)) return refused(outcome.problems);
    return { problems: outcome.problems ?? [], data: { ...outcome.value }, text: textOf(outcome.value) };
  } finally {
    done();
  }
}

async function chosenSites(
  { place }: Office,
  release: number | undefined,
  selector: string | undefined,
): Promise<Published<"all" | readonly string[]>> {
  if (selector === undefined) return { value: "all" };
  const inventory = await readReleasedInventory(place, release);
  if (!("value" in inventory)) return inventory;
  const whose = release === undefined ? ", in the last release" : `, in release/${release}`;
  return { value: selectFrom(inventory.value.map(asFacts), selector, whose).map(({ id }) => id) };
}
