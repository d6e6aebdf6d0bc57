import { type Stage, STAGES, tryParseObjectRef, type ObjectRef } from "../../core/index.ts";
import { type PathAndBytes, siteTreeDigest } from "../../git/index.ts";
import { manifestPath, writePlan } from "../../wire/index.ts";
import type { TargetTree } from "../../agent/targets/target.ts";
import { PLAN } from "./forge.ts";

/** An object of a tree, where it stands in it, and a text that tells its versions apart. */
export interface SmallObject {
  readonly stage: Stage;
  readonly unit: string;
  readonly id: string;
  readonly text: string;
}

export interface SmallTree extends TargetTree {
  readonly objects: readonly SmallObject[];
  readonly ids: readonly string[];
  readonly files: readonly PathAndBytes[];
  /** How often its bytes were read. */
  readonly loads: () => number;
}

/** `"10-base/boards/ /Namespace//boards": "text"`, in order of application. */
export function smallTree(objects: Readonly<Record<string, string>>): SmallTree {
  return treeOf(
    Object.entries(objects).map(([key, text]) => {
      const [place, id] = key.split(" ") as [string, string];
      const [stage, unit] = place.split("/") as [Stage, string];
      return { stage, unit, id, text };
    }),
  );
}

export function treeOf(objects: readonly SmallObject[]): SmallTree {
  const sorted = objects.toSorted(
    (a, b) => STAGES.indexOf(a.stage) - STAGES.indexOf(b.stage) || (a.unit < b.unit ? -1 : a.unit > b.unit ? 1 : 0),
  );
  const steps: { stage: Stage; unit: string; objects: string[] }[] = [];
  for (const { stage, unit, id } of sorted) {
    const last = steps.at(-1);
    if (last?.stage === stage && last.unit === unit) last.objects.push(id);
    else steps.push({ stage, unit, objects: [id] });
  }
  const units = Object.fromEntries(sorted.map(({ unit }) => [unit, PLAN.units["boards"] as (typeof PLAN.units)[string]]));
  const files: PathAndBytes[] = [
    { path: "plan.json", bytes: Buffer.from(writePlan({ ...PLAN, units, steps })) },
    ...sorted.map(({ stage, unit, id, text }) => ({
      path: manifestPath(stage, unit, tryParseObjectRef(id) as ObjectRef),
      bytes: Buffer.from(manifestOf(id, text)),
    })),
  ];
  let loads = 0;
  return {
    tree: siteTreeDigest(files),
    load: async () => (loads++, files),
    objects: sorted,
    ids: sorted.map(({ id }) => id),
    files,
    loads: () => loads,
  };
}

export function manifestOf(id: string, text: string): string {
  const { group, kind, namespace, name } = tryParseObjectRef(id) as ObjectRef;
  const metadata = namespace === "" ? `{ name: "${name}" }` : `{ name: "${name}", namespace: "${namespace}" }`;
  return `apiVersion: ${group === "" ? "v1" : `${group}/v1`}\nkind: ${kind}\nmetadata: ${metadata}\ndata: { text: "${text}" }\n`;
}
