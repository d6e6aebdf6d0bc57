import { join } from "node:path";
import { deployFileBody, documentsIn, tryBody } from "./deploy-file.ts";
import type { Survey } from "./deploy-folder.ts";
import type { DeployLayout } from "./deploy-layout.ts";
import type { TargetFault } from "./target.ts";

/** Files that cannot get their desired content, each with the reason. They are left as they are; the others are written. */
export type StuckFiles = ReadonlyMap<string, TargetFault>;

/** For writes that remove nothing: a file has its own objects and those that leave it. */
export function stuckWide(layout: DeployLayout, survey: Survey): StuckFiles {
  return stuckFiles(layout, survey, (file) => layout.wide(file));
}

/** A file whose objects move to a file that cannot be written is stuck too: k3s would delete them. */
export function stuckNarrow(layout: DeployLayout, survey: Survey): StuckFiles {
  const stuck = new Map(stuckFiles(layout, survey, (file) => (layout.leaving(file).length > 0 ? layout.wide(file) : layout.own(file))));
  for (let before = -1; before !== stuck.size; ) {
    before = stuck.size;
    for (const file of layout.files) {
      const takers = stuck.has(file) ? [] : layout.leaving(file).map((id) => layout.homes.get(id) as string);
      const fault = takers.map((taker) => stuck.get(taker) ?? tryLost(layout, taker, layout.own(taker), survey)).find((each) => each);
      if (fault !== undefined) stuck.set(file, fault);
    }
  }
  return stuck;
}

export function firstFault(stuck: StuckFiles): TargetFault | undefined {
  const [first] = stuck.values();
  return first;
}

/** Bodies of all files that are not stuck and whose bytes are known. */
export function bodiesToWrite(layout: DeployLayout, stuck: StuckFiles, idsOf: (file: string) => readonly string[]): Map<string, Buffer> {
  const bodies = new Map<string, Buffer>();
  for (const file of layout.files) {
    const body = stuck.has(file) ? undefined : layout.tryBody(idsOf(file));
    if (body !== undefined) bodies.set(file, body);
  }
  return bodies;
}

function stuckFiles(layout: DeployLayout, survey: Survey, idsOf: (file: string) => readonly string[]): StuckFiles {
  const stuck = new Map<string, TargetFault>();
  for (const file of layout.files) {
    const obstacle = survey.obstacles.get(file);
    if (obstacle !== undefined) stuck.set(file, { done: false, reason: "target-occupied", detail: obstacle });
    const ids = idsOf(file);
    const lost = tryLost(layout, file, ids, survey);
    if (lost !== undefined && !isRight(layout, survey.present.get(file), ids)) stuck.set(file, lost);
  }
  return stuck;
}

function tryLost(layout: DeployLayout, file: string, ids: readonly string[], { listing }: Survey): TargetFault | undefined {
  const lost = ids.find((id) => layout.tryBytes(id) === undefined);
  if (lost === undefined) return undefined;
  const detail = `the bytes of ${lost} are lost, so ${join(listing.folder, file)} is left unchanged: k3s deletes objects that the file no longer has`;
  return { done: false, reason: "storage-failed", detail };
}

/** Unverified bytes may stay in a file that is otherwise right, but are never written again. */
function isRight(layout: DeployLayout, bytes: Buffer | undefined, ids: readonly string[]): boolean {
  if (bytes === undefined) return false;
  const documents = documentsIn(bytes);
  const body = deployFileBody(ids.map((id) => layout.tryBytes(id) ?? documents.get(id) ?? Buffer.alloc(0)));
  return tryBody(bytes)?.equals(body) === true;
}
