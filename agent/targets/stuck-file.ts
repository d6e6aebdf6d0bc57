import { join } from "node:path";
import { deployFileBody, documentsIn, tryBody } from "./deploy-file.ts";
import type { Survey } from "./deploy-folder.ts";
import type { DeployLayout } from "./deploy-layout.ts";
import type { TargetFault } from "./target.ts";

/** Files that cannot be brought to what they should hold, each with why. They are left as they are, and the others are not held up. */
export type StuckFiles = ReadonlyMap<string, TargetFault>;

/** While nothing is taken away: a file holds its own and what leaves it. */
export function stuckWide(layout: DeployLayout, survey: Survey): StuckFiles {
  return stuckFiles(layout, survey, (file) => layout.wide(file));
}

/** A file whose objects would have to be taken over by one that cannot be written is stuck as well: k3s would delete them. */
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

/** Of all files that are not stuck, and not right already without anybody knowing their bytes. */
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

function tryLost(layout: DeployLayout, file: string, ids: readonly string[], { look }: Survey): TargetFault | undefined {
  const lost = ids.find((id) => layout.tryBytes(id) === undefined);
  if (lost === undefined) return undefined;
  const detail = `the bytes of ${lost} are lost; ${join(look.folder, file)} is left as it is, because k3s deletes what it no longer says`;
  return { done: false, reason: "storage-failed", detail };
}

/** Bytes that nobody can vouch for may stay where all else is right: to write them again would be to vouch for them. */
function isRight(layout: DeployLayout, bytes: Buffer | undefined, ids: readonly string[]): boolean {
  if (bytes === undefined) return false;
  const documents = documentsIn(bytes);
  const body = deployFileBody(ids.map((id) => layout.tryBytes(id) ?? documents.get(id) ?? Buffer.alloc(0)));
  return tryBody(bytes)?.equals(body) === true;
}
