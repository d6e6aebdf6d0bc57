import { type ObjectRef, STAGES, tryParseObjectRef } from "../../core/index.ts";
import { manifestPath } from "../manifest-file.ts";
import type { Plan } from "./plan-schema.ts";

/** A fault between fields that are valid one by one. */
export function planFault(plan: Plan): string | undefined {
  return retirementFault(plan) ?? orderFault(plan) ?? objectsFault(plan) ?? consentsFault(plan);
}

function retirementFault(plan: Plan): string | undefined {
  const units = Object.keys(plan.units).length;
  if (plan.retired !== undefined) return units + plan.steps.length === 0 ? undefined : "retired must not be combined with units or steps";
  // An agent that accepted a tree without steps would remove every object. Only a retirement may do that.
  return plan.steps.length === 0 ? "empty-tree: steps must not be empty unless the site is retired" : undefined;
}

// Within a stage, units are in dependency order. The plan does not hold the dependencies, so only synth can check this.
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
      // Two units with the same object would each prune what the other applies.
      if (objects.has(id)) return `steps[${step}].objects[${place}] must be unique, but "${id}" is in the plan twice`;
      // Kinds that differ only in case share a file name.
      if (files.has(file)) return `steps[${step}].objects[${place}] must have its own file, but ${file} belongs to another object`;
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
    // Otherwise the old consent would still allow the removal of the object that came back.
    if (applied.has(remove)) return `consents[${place}].remove must not be in steps, but "${remove}" is: its consent has ended`;
    if (seen.has(remove)) return `consents[${place}].remove must be unique, but "${remove}" is listed twice`;
    seen.add(remove);
  }
  return undefined;
}
