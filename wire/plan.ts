import { isDnsLabel, isDnsSubdomain, limits, type Read, STAGES } from "../core/index.ts";
import * as z from "zod/mini";
import { type JsonFormat, readJsonDocument, writeJsonDocument } from "./json-document.ts";
import { dnsLabel, fields, list, map, objectId, sentence, text, version, whole, word } from "./json-fields.ts";
import { planFault } from "./plan-rules.ts";

const port = whole(1, 65_535);
export const httpProbe = fields({
  http: fields({
    namespace: dnsLabel,
    service: dnsLabel,
    port,
    path: text("a path of printable ASCII that begins with /", (value) => /^\/[!-~]{0,1023}$/.test(value)),
  }),
});
export const tcpProbe = fields({ tcp: fields({ namespace: dnsLabel, service: dnsLabel, port }) });

const unit = fields({
  kind: word(["layer", "app"]),
  serviceAccount: z.nullable(text('"namespace/name"', isServiceAccount)),
  dataVersion: whole(1, 2 ** 31),
  deadlineSeconds: whole(1, 86_400),
  quietSeconds: whole(0, 3_600),
  probes: list(z.union([httpProbe, tcpProbe], { error: 'a probe {"http": ...} or {"tcp": ...} with all its fields' }), 0, 16),
});

const window = fields({
  cron: text("five cron fields", (value) => /^[A-Za-z0-9*,/# -]{9,500}$/.test(value) && value.trim().split(/ +/).length === 5),
  minutes: whole(1, limits.windowMinutes),
  timeZone: text("the name of a time zone", (value) => /^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/.test(value) && value.length <= 64),
});

const schema = fields({
  format: word(["skerry.plan/1"]),
  kubernetes: text("a minor version such as 1.36", (value) => /^[1-9][0-9]?\.(0|[1-9][0-9]{0,2})$/.test(value)),
  agent: fields({ min: version, pollSeconds: whole(10, 86_400), window: z.nullable(window) }),
  units: map(dnsLabel, unit),
  steps: list(fields({ stage: word(STAGES), unit: dnsLabel, objects: list(objectId, 1, limits.treeEntries) }), 0, limits.treeEntries),
  consents: list(fields({ remove: objectId, reason: sentence }), 0, limits.treeEntries),
  retired: z.optional(word(["keep", "erase"])),
});

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

/** How an agent applies a site tree (`plan.json` in its root). Holds no site id, so that alike sites share it. */
export type Plan = DeepReadonly<z.infer<typeof schema>>;
export type PlanUnit = Plan["units"][string];
export type PlanStep = Plan["steps"][number];
export type PlanProbe = PlanUnit["probes"][number];
export type PlanWindow = NonNullable<Plan["agent"]["window"]>;

const format: JsonFormat<Plan> = {
  name: "plan.json",
  format: "skerry.plan/1",
  unknownFormat: "agent-too-old: ",
  bytesMax: limits.planBytes,
  schema: schema as unknown as z.ZodMiniType<Plan>,
  faultOf: planFault,
};

export function readPlan(bytes: Uint8Array): Read<Plan> {
  return readJsonDocument(format, bytes);
}

export function writePlan(plan: Plan): string {
  return writeJsonDocument(format, plan);
}

function isServiceAccount(value: string): boolean {
  const [namespace, name, ...rest] = value.split("/");
  return rest.length === 0 && namespace !== undefined && name !== undefined && isDnsLabel(namespace) && isDnsSubdomain(name);
}
