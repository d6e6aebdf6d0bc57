import type { FactRead, ObjectOrigin } from "../../synth/index.ts";
import { placeText } from "./problem-text.ts";
import { visibleText } from "./visible-text.ts";

/** Where an object comes from, for people: from what is asked most (unit, line) to what is asked last (facts put in afterwards). */
export function originText(origin: ObjectOrigin): string {
  const { site, object, unit, kind, profile, path, source, stage, sharedBy } = origin;
  const others = sharedBy === 1 ? "no other site has it so" : `${sharedBy} sites have it so, but for late facts`;
  const lines = [
    `${object} at ${site}`,
    `  ${kind} ${unit}${kind === "layer" ? ` of profile ${profile}` : ""}, stage ${stage}; ${others}`,
    `  ${path}`,
    ...(source === undefined ? [] : [`  made at ${placeText(source)}`]),
    ...facts("is here because", origin.placedBy),
    ...facts("is as it is because", origin.builtBy),
    ...facts("was filled in with", origin.late),
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
