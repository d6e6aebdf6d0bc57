import { limits, type Read } from "../../core/index.ts";
import { type JsonFormat, readJsonDocument, writeJsonDocument } from "../grammar/json-document.ts";
import { planFault } from "./plan-rules.ts";
import { type Plan, planSchema } from "./plan-schema.ts";

const format: JsonFormat<Plan> = {
  name: "plan.json",
  format: "skerry.plan/1",
  unknownFormat: "agent-too-old: ",
  bytesMax: limits.planBytes,
  schema: planSchema,
  faultOf: planFault,
};

export function readPlan(bytes: Uint8Array): Read<Plan> {
  return readJsonDocument(format, bytes);
}

export function writePlan(plan: Plan): string {
  return writeJsonDocument(format, plan);
}
