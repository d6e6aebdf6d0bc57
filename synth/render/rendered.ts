import type { Probe, Unit } from "../../constructs/index.ts";
import { formatObjectRef, type ObjectRef, type Stage, STAGES, type Template, type TreePart } from "../../core/index.ts";
import { compareInStep, identityOf, type KubernetesObject, stageOf } from "../../kube/index.ts";
import { manifestFileName } from "../../wire/index.ts";
import { escapeFileName } from "../late/escape.ts";
import type { FaultLog } from "../track/fault.ts";
import type { LateTable } from "../late/late-table.ts";
import { tryManifest } from "./object-rules.ts";
import type { BuiltUnit, BuiltObject } from "./render-unit.ts";

/** One file of a render. `json`, `ref` and `text` hold markers for late facts; the templates have holes instead. */
export interface RenderedFile {
  readonly json: KubernetesObject;
  readonly ref: ObjectRef;
  readonly path: string;
  readonly stage: Stage;
  readonly text: string;
  readonly name: string | Template;
  readonly content: string | Template;
}

/** The objects of one unit in one stage, in apply order. */
export interface RenderedStep {
  readonly stage: Stage;
  /** Object ids as in plan.json, with the markers of late facts. */
  readonly ids: readonly string[];
}

/** The result of a unit at all sites with the same bytes. One object for each distinct result, so that it can be the key of a cache. */
export interface Rendered {
  readonly unit: Unit;
  /** In construct tree order. */
  readonly files: readonly RenderedFile[];
  readonly steps: readonly RenderedStep[];
  readonly parts: readonly TreePart[];
  readonly probes: readonly Probe[];
  /** The late facts in any of its files. */
  readonly lateFacts: readonly number[];
}

/** Turns a unit's objects into files. Returns undefined and logs the fault when one of them is invalid. */
export function tryRendered(
  unit: Unit,
  { objects, probes }: BuiltUnit,
  late: LateTable,
  handedOut: ReadonlySet<string>,
  log: FaultLog,
): Rendered | undefined {
  const files = objects.map((object) => tryFile(unit, object, late, handedOut, log));
  if (files.some((file) => file === undefined) || log.list.length > 0) return undefined;
  const whole = files as RenderedFile[];
  const order = applyOrder(whole, objects, late, log);
  const stages = STAGES.filter((stage) => whole.some((file) => file.stage === stage));
  const inStage = (stage: Stage): RenderedFile[] => order.filter((file) => file.stage === stage);
  return {
    unit,
    files: whole,
    steps: stages.map((stage) => ({ stage, ids: inStage(stage).map((file) => formatObjectRef(file.ref)) })),
    parts: stages.map((stage) => ({
      folder: `manifests/${stage}/${unit.name}`,
      files: inStage(stage).map(({ name, content }) => ({ name, content })),
    })),
    probes,
    lateFacts: [...new Set(whole.flatMap((file) => late.factsIn(file.text)))],
  };
}

/** A key that is equal for equal results of a unit. */
export function renderedKey(rendered: Rendered): string {
  return JSON.stringify([rendered.steps, rendered.probes, rendered.files.map((file) => [file.path, file.text])]);
}

function tryFile(
  unit: Unit,
  { json, path }: BuiltObject,
  late: LateTable,
  handedOut: ReadonlySet<string>,
  log: FaultLog,
): RenderedFile | undefined {
  const text = tryManifest(json, path, handedOut, log);
  if (text === undefined) return undefined;
  const ref = identityOf(json);
  return { json, ref, path, stage: stageOf(ref, unit.kind), text, name: fileName(ref, late), content: late.template(text, "yaml") };
}

// Not shortened, because the length is unknown before late facts are filled in. Late names are checked for length afterwards.
function fileName(ref: ObjectRef, late: LateTable): string | Template {
  if (late.factsIn(ref.name).length === 0) return manifestFileName(ref);
  const unnamed = manifestFileName({ ...ref, name: "" });
  return late.template(unnamed.replace(/\.yaml$/, `${escapeFileName(ref.name)}.yaml`), "file");
}

/** By kind, but each object after its dependencies. */
function applyOrder(files: readonly RenderedFile[], built: readonly BuiltObject[], late: LateTable, log: FaultLog): RenderedFile[] {
  const sortable = files.map((file, index) => ({ file, index, ref: { ...file.ref, name: late.sortable(file.ref.name) } }));
  const waiting = sortable.sort((a, b) => compareInStep(a.ref, b.ref));
  const done = new Set<number>();
  const ordered: RenderedFile[] = [];
  while (waiting.length > 0) {
    const next = waiting.findIndex(({ index }) => [...(built[index] as BuiltObject).after].every((before) => done.has(before)));
    if (next < 0) {
      const paths = waiting.map(({ file }) => file.path).join(", ");
      log.add({
        code: "dependency-cycle",
        message: `objects depend on each other, among ${paths}`,
        next: "remove one of these dependencies",
      });
      return [...ordered, ...waiting.map(({ file }) => file)];
    }
    for (const { file, index } of waiting.splice(next, 1)) {
      done.add(index);
      ordered.push(file);
    }
  }
  return ordered;
}
