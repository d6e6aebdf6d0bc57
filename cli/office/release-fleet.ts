import { filesRead, type Problem } from "../../core/index.ts";
import { lineageProblems, type PromotionRequest, readSource, release, strayFiles } from "../../publish/index.ts";
import { placeOf, readKey } from "./office.ts";
import { type CommandResult, refused } from "../output/command-result.ts";
import { progress } from "../output/progress.ts";
import { releaseText } from "../output/promotion-text.ts";
import { asFacts, selectFrom } from "../sites/select-sites.ts";
import type { Synthesized } from "../stack/synthesize.ts";

export interface ReleaseChoice {
  readonly promote?: string | undefined;
  readonly urgent?: true | undefined;
  readonly otherSource?: true | undefined;
  readonly dryRun?: true | undefined;
}

/**
 * Releases what was just synthesized. Everything that stands against it is told at once: keys, source, and what publish finds. Nothing is
 * written then.
 */
export async function releaseFleet({ config, fleet, result }: Synthesized, choice: ReleaseChoice): Promise<CommandResult> {
  const releaseKey = readKey(config.releaseKey);
  const promoteKey = choice.promote === undefined ? undefined : readKey(config.promoteKey);
  const source = await readSource(".");
  const strays = "value" in source ? await strayFiles(".", source.value.commit, filesRead()) : [];
  const faults = [releaseKey, promoteKey, source].flatMap((each): readonly Problem[] =>
    each && "problems" in each ? (each.problems ?? []) : [],
  );
  if (!("key" in releaseKey) || !("value" in source) || strays.length > 0 || (promoteKey && !("key" in promoteKey)))
    return refused([...result.problems, ...faults, ...strays]);

  const selector = choice.promote === "all" ? undefined : choice.promote;
  const sites = choice.promote === "all" ? "all" : selectFrom(result.inventory.map(asFacts), selector).map(({ id }) => id);
  const { siteBranches } = config;
  const promotion: PromotionRequest | undefined = promoteKey && {
    sites,
    key: promoteKey.key,
    urgent: choice.urgent === true,
    siteBranches,
  };
  const done = progress(choice.dryRun ? "computing" : "publishing");
  const outcome = await release({
    ...placeOf(fleet.id, config),
    source: source.value,
    ...(choice.otherSource ? {} : { judgeSource: (last) => lineageProblems(".", source.value.commit, last) }),
    trees: result.trees,
    inventory: result.inventory,
    releaseKey: releaseKey.key,
    ...(promotion ? { promotion } : {}),
    dryRun: choice.dryRun === true,
  }).finally(done);
  const problems = [...result.problems, ...(outcome.problems ?? [])];
  if (!("value" in outcome)) return refused(problems);
  return { problems, data: { ...outcome.value }, text: releaseText(outcome.value) };
}
