import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { bundleFiles, type ProbedService, probedServices } from "../../agent/index.ts";
import { amount, type Problem } from "../../core/index.ts";
import { isRemote } from "../../git/index.ts";
import { shardCount } from "../../publish/index.ts";
import { readPromotedTree } from "../../releases/index.ts";
import { synth } from "../../synth/index.ts";
import type { ShardCount } from "../../wire/index.ts";
import { bundleText } from "../output/bundle-text.ts";
import { type CommandResult, refused } from "../output/command-result.ts";
import { makeFreshFolder } from "../output/fresh-folder.ts";
import { siteFiles } from "../output/site-folders.ts";
import { UsageError } from "../output/usage-error.ts";
import { unknownSite } from "../sites/known-site.ts";
import { type OpenFleet, openFleet } from "../stack/open-fleet.ts";
import { type BoxChoice, boxOf, givenServices, refuseUnasked } from "./box-choice.ts";
import { placeOf } from "./office.ts";
import { STATE_FOLDER, trustFile } from "./state-folder.ts";

export interface BundleChoice extends BoxChoice {
  readonly to?: string | undefined;
  readonly repository?: string | undefined;
}

/** Writes a site's bundle. Its seq floor is what the site was promoted to last, so a copy of an older commit is refused from the first day. */
export async function writeBundle(site: string, choice: BundleChoice): Promise<CommandResult> {
  const to = choice.to === undefined ? undefined : resolve(choice.to);
  const [box, given] = [boxOf(choice), givenServices(choice.service ?? [])];
  const opened = await openFleet();
  if ("problems" in opened) return refused(opened.problems);
  const { fleet, config } = opened;
  const facts = fleet.inventory.tryFind(site);
  if (facts === undefined) return unknownSite(site, fleet.inventory.sites);
  const place = placeOf(fleet.id, config);
  const [trust] = place.trust;
  if (trust === undefined)
    throw UsageError.of(
      `there is no ${trustFile(1)}`,
      "copy .skerry/trust/1.json from the office that made the keys; for a new fleet make keys and trust: skerry keys",
    );
  const repository = reachable(choice.repository ?? config.repository);
  const tree = await newestTree(opened, site);
  if ("problems" in tree) return refused(tree.problems);
  const { files: treeFiles, release, seqFloor, shards } = tree;
  const read = probedServices({ files: treeFiles, mode: box.targetMode, hasOneNode: facts.nodes.length === 1, given });
  // Both ways to this tree checked its plan.
  if ("fault" in read) throw new Error(`the tree of ${site}: ${read.fault}`);
  const services = read.value;
  refuseUnasked(given, services);

  const folder = to ?? join(STATE_FOLDER, "bundles", site);
  const files = bundleFiles({ fleet: fleet.id, site, repository, shards, trust, seqFloor, services, ...box });
  makeFreshFolder(folder, "name a folder that is new or empty: --to <folder>");
  for (const { path, content } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  const data = { site, folder: resolve(folder), seqFloor, release, files: files.map(({ path }) => path), services: services.map(asData) };
  return {
    data,
    text: `${amount(files.length, "file")} in ${folder}: README.md there says how they get to the box.\n${bundleText(services, release)}`,
  };
}

interface NewestTree {
  readonly files: readonly { readonly path: string; readonly bytes: Uint8Array }[];
  /** The release that the tree came with; null for one that was never promoted. */
  readonly release: number | null;
  readonly seqFloor: number;
  readonly shards: ShardCount;
}

/** What the site was promoted to last; before its first promotion, what the source makes of it now. */
async function newestTree({ fleet, config }: OpenFleet, site: string): Promise<NewestTree | { readonly problems: readonly Problem[] }> {
  const read = await readPromotedTree(placeOf(fleet.id, config), site);
  if (!("value" in read)) return read;
  const { promoted } = read.value;
  // The first release takes the same number, unless the fleet grows by a class of size before it.
  const shards = read.value.shards ?? shardCount(fleet.inventory.sites.length);
  if (promoted) return { files: promoted.files, release: promoted.head.release, seqFloor: promoted.head.seq, shards };
  const { trees, problems } = synth(fleet);
  const tree = trees.find((each) => each.site === site);
  if (tree === undefined) return { problems };
  return {
    files: Array.from(siteFiles(tree), ({ path, content }) => ({ path, bytes: Buffer.from(content) })),
    release: null,
    seqFloor: 1,
    shards,
  };
}

function asData({ service, units, url, from }: ProbedService): object {
  return { service, units, url: url ?? null, ...(from === undefined ? {} : { from }) };
}

// An agent takes no relative path: it starts who knows where. And a bundle is handed around, so it holds no secret.
function reachable(repository: string): string {
  if (/^https?:\/\/[^/]*@/.test(repository)) {
    const next = "give the address without them: --repository https://…; the box needs read-only credentials of its own";
    throw UsageError.of("the address of the fleet repository holds a user or password, and a bundle must not hold a secret", next);
  }
  return isRemote(repository) ? repository : resolve(repository);
}
