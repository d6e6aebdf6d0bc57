import { isDnsLabel, isDnsSubdomain, limits, STAGES } from "../../core/index.ts";
import * as z from "zod/mini";
import { dnsLabel, fields, list, map, objectId, sentence, text, version, whole, word } from "../grammar/json-fields.ts";

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
  // The agent impersonates it while it applies the unit, so that an app cannot exceed its rights.
  serviceAccount: z.nullable(text('"namespace/name"', isServiceAccount)),
  // Raised by a data change that cannot be undone. No agent falls back below the version that it committed.
  dataVersion: whole(1, 2 ** 31),
  // The time to become healthy, counted while the API answers, and then the time to stay healthy.
  deadlineSeconds: whole(1, 86_400),
  quietSeconds: whole(0, 3_600),
  probes: list(z.union([httpProbe, tcpProbe], { error: 'a probe {"http": ...} or {"tcp": ...} with all its fields' }), 0, 16),
});

// Only the syntax is checked: which time zones exist depends on the box.
const window = fields({
  cron: text("five cron fields", (value) => /^[A-Za-z0-9*,/# -]{9,500}$/.test(value) && value.trim().split(/ +/).length === 5),
  minutes: whole(1, limits.windowMinutes),
  timeZone: text("the name of a time zone", (value) => /^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/.test(value) && value.length <= 64),
});

export const planSchema = fields({
  format: word(["skerry.plan/1"]),
  // The minor version that the tree was checked against.
  kubernetes: text("a minor version such as 1.36", (value) => /^[1-9][0-9]?\.(0|[1-9][0-9]{0,2})$/.test(value)),
  agent: fields({ min: version, pollSeconds: whole(10, 86_400), window: z.nullable(window) }),
  units: map(dnsLabel, unit),
  // In apply order. Each step has at least one object, so that a plan with steps is never empty.
  steps: list(fields({ stage: word(STAGES), unit: dnsLabel, objects: list(objectId, 1, limits.treeEntries) }), 0, limits.treeEntries),
  // Consents only accumulate: a site may skip the release that added one.
  consents: list(fields({ remove: objectId, reason: sentence }), 0, limits.treeEntries),
  // The last tree of a site: keep all objects, or remove those that the agent created.
  retired: z.exactOptional(word(["keep", "erase"])),
});

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

/** How an agent applies a site tree (`plan.json` in its root). Holds no site id, so that sites can share it. */
export type Plan = DeepReadonly<z.infer<typeof planSchema>>;
export type PlanUnit = Plan["units"][string];
export type PlanStep = Plan["steps"][number];
export type PlanProbe = PlanUnit["probes"][number];
export type PlanWindow = NonNullable<Plan["agent"]["window"]>;

function isServiceAccount(value: string): boolean {
  const [namespace, name, ...rest] = value.split("/");
  return rest.length === 0 && namespace !== undefined && name !== undefined && isDnsLabel(namespace) && isDnsSubdomain(name);
}
