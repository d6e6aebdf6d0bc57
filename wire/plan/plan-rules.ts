import { type ObjectRef, STAGES, tryParseObjectRef } from "../../core/index.ts";
import { manifestPath } from "../manifest-file.ts";
import type { Plan } from "./plan-schema.ts";

/** What is wrong between fields that are each right by themselves. */
export function planFault(plan: Plan): string | undefined {
  return retirementFault(plan) ?? orderFault(plan) ?? objectsFault(plan) ?? consentsFault(plan);
}

function retirementFault(plan: Plan): string | undefined {
  const units = Object.keys(plan.units).length;
  if (plan.retired !== undefined) return units + plan.steps.length === 0 ? undefined : "retired must not stand beside units or steps";
  // An agent that took a tree without steps would remove everything: nothing but a retirement may say that.
  return plan.steps.length === 0 ? "empty-tree: steps must not be empty unless the site is retired" : undefined;
}

// Within a stage, units stand in dependency order; the plan does not carry the dependencies, so that is synth's to prove.
function orderFault(plan: Plan): string | undefined {
  const seen = new Set<string>();
  let highest = 0;
  for (const [place, { stage, unit }] of plan.steps.entries()) {
    if (!Object.hasOwn(plan.units, unit)) return `steps[${place}].unit must be one of units, not "${unit}"`;
    if (STAGES.indexOf(stage) < highest) return `steps[${place}].stage must not be below the stage before it`;
    if (seen.has(`${stage}/${unit}`)) return `steps[${place}] must not repeat stage "${stage}" of unit "${unit}"`;
    seen.add(`${stage}/${unit}`);
    highest = STAGES.indexOf(stage);
  }
  return undefined;
}

function objectsFault(plan: Plan): string | undefined {
  const objects = new Set<string>();
  const files = new Set<string>();
  for (const [step, { stage, unit, objects: ids }] of plan.steps.entries()) {
    for (const [place, id] of ids.entries()) {
      const file = manifestPath(stage, unit, tryParseObjectRef(id) as ObjectRef);
      // Two units that own one object would each prune what the other applies.
      if (objects.has(id)) return `steps[${step}].objects[${place}] must be unique, and "${id}" is in the plan twice`;
      // Kinds that differ in case alone share a file name.
      if (files.has(file)) return `steps[${step}].objects[${place}] must have a file of its own, and ${file} is taken`;
      objects.add(id);
      files.add(file);
    }
  }
  return undefined;
}

function consentsFault(plan: Plan): string | undefined {
  const applied = new Set(plan.steps.flatMap((step) => step.objects));
  const seen = new Set<string>();
  for (const [place, { remove }] of plan.consents.entries()) {
    // Otherwise an object that came back would be one mistake away from being pruned for good.
    if (applied.has(remove)) return `consents[${place}].remove must not be in steps, and "${remove}" is: its consent has ended`;
    if (seen.has(remove)) return `consents[${place}].remove must be unique, and "${remove}" is there twice`;
    seen.add(remove);
  }
  return undefined;
}
