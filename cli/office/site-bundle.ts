import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { bundleFiles } from "../../agent/index.ts";
import { amount } from "../../core/index.ts";
import { isRemote } from "../../git/index.ts";
import { listSiteHeads } from "../../releases/index.ts";
import { makeFreshFolder } from "../output/fresh-folder.ts";
import { unknownSite } from "../sites/known-site.ts";
import { placeOf } from "./office.ts";
import { openFleet } from "../stack/open-fleet.ts";
import { type CommandResult, refused } from "../output/command-result.ts";
import { STATE_FOLDER, trustFile } from "./state-folder.ts";
import { UsageError } from "../output/usage-error.ts";

export interface BundleChoice {
  readonly to?: string | undefined;
  readonly repository?: string | undefined;
  readonly configFolder?: string | undefined;
  readonly state?: string | undefined;
  readonly cache?: string | undefined;
  readonly target?: string | undefined;
  readonly pollSeconds?: number | undefined;
}

/** Writes a site's bundle. Its seq floor is what the site was promoted to last, so a copy of an older commit is refused from the first day. */
export async function writeBundle(site: string, choice: BundleChoice): Promise<CommandResult> {
  const to = choice.to === undefined ? undefined : resolve(choice.to);
  const opened = await openFleet();
  if ("problems" in opened) return refused(opened.problems);
  const { fleet, config } = opened;
  if (fleet.inventory.tryFind(site) === undefined) return unknownSite(site, fleet.inventory.sites);
  const place = placeOf(fleet.id, config);
  const [trust] = place.trust;
  if (trust === undefined) throw UsageError.of(`there is no ${trustFile(1)}`, "make the fleet's keys and its trust: skerry keys");
  const heads = await listSiteHeads(place);
  if (!("value" in heads)) return refused(heads.problems);

  const folder = to ?? join(STATE_FOLDER, "bundles", site);
  const seqFloor = heads.value.find((head) => head.site === site)?.seq ?? 1;
  const files = bundleFiles({
    fleet: fleet.id,
    site,
    repository: reachable(choice.repository ?? config.repository),
    trust,
    seqFloor,
    ...pathsOf(choice),
  });
  makeFreshFolder(folder, "name a folder that is new or empty: --to <folder>");
  for (const { path, content } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  const text = `${amount(files.length, "file")} in ${folder}: README.md there says how they get to the box.\n`;
  return { problems: heads.problems ?? [], data: { site, folder: resolve(folder), seqFloor, files: files.map(({ path }) => path) }, text };
}

// An agent takes no relative path: it starts who knows where. And a bundle is handed around, so it holds no secret.
function reachable(repository: string): string {
  if (/^https?:\/\/[^/]*@/.test(repository)) {
    const next = "name the address alone, --repository https://…; the box gets read-only credentials of its own";
    throw UsageError.of("the address of the fleet repository holds a user or password, and a bundle must hold no secret", next);
  }
  return isRemote(repository) ? repository : resolve(repository);
}

// What is not said is left to the agent's own defaults.
function pathsOf({ configFolder, state, cache, target, pollSeconds }: BundleChoice) {
  return {
    ...(configFolder === undefined ? {} : { configFolder }),
    ...(state === undefined ? {} : { stateFolder: state }),
    ...(cache === undefined ? {} : { cacheFolder: cache }),
    ...(target === undefined ? {} : { targetPath: target }),
    ...(pollSeconds === undefined ? {} : { pollSeconds }),
  };
}
