import type { FactRead, ObjectOrigin } from "../../synth/index.ts";
import { placeText } from "./problem-text.ts";
import { visibleText } from "./visible-text.ts";

/** Where an object comes from, for people: from what is asked most (unit, line) to what is asked last (facts put in afterwards). */
export function originText(origin: ObjectOrigin): string {
  const { site, object, unit, kind, profile, path, source, stage, sharedBy } = origin;
  const others = sharedBy === 1 ? "at this site alone" : `the same at ${sharedBy} sites, apart from late facts`;
  const lines = [
    `${object} at site ${site}`,
    `  ${kind} ${unit}${kind === "layer" ? ` of profile ${profile}` : ""}, stage ${stage}; ${others}`,
    `  construct ${path}`,
    ...(source === undefined ? [] : [`  source ${placeText(source)}`]),
    ...facts("placed here because", origin.placedBy),
    ...facts("built from the facts", origin.builtBy),
    ...facts("late facts filled in", origin.late),
  ];
  return `${lines.map(visibleText).join("\n")}\n`;
}

function facts(intro: string, reads: readonly FactRead[]): string[] {
  if (reads.length === 0) return [];
  return [`  ${intro}`, ...reads.map((read) => `    ${read.fact} = ${valueText(read)}`)];
}

function valueText({ value, shape }: FactRead): string {
  if (shape !== undefined) return `(a ${shape} is there)`;
  return value === undefined ? "(not there)" : JSON.stringify(value);
}
