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
  // Whom the agent acts as while it applies the unit, so that an app cannot reach beyond its own rights.
  serviceAccount: z.nullable(text('"namespace/name"', isServiceAccount)),
  // Raised by a change of data that cannot be undone: no agent goes back below the one that it committed.
  dataVersion: whole(1, 2 ** 31),
  // Time to become healthy, counted while the API answers; then the time to stay so.
  deadlineSeconds: whole(1, 86_400),
  quietSeconds: whole(0, 3_600),
  probes: list(z.union([httpProbe, tcpProbe], { error: 'a probe {"http": ...} or {"tcp": ...} with all its fields' }), 0, 16),
});

// Shape alone is judged: whether a zone or a cron means anything depends on tables that differ from box to box.
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
  // In order of application. A step without objects would make an empty tree look like a full one.
  steps: list(fields({ stage: word(STAGES), unit: dnsLabel, objects: list(objectId, 1, limits.treeEntries) }), 0, limits.treeEntries),
  // Grows only: sites skip releases, and the one that asked for a removal may be among the skipped.
  consents: list(fields({ remove: objectId, reason: sentence }), 0, limits.treeEntries),
  // The last tree of a site: leave everything, or remove what is ours.
  retired: z.exactOptional(word(["keep", "erase"])),
});

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

/** How an agent applies a site tree (`plan.json` in its root). Holds no site id, so that alike sites share it. */
export type Plan = DeepReadonly<z.infer<typeof planSchema>>;
export type PlanUnit = Plan["units"][string];
export type PlanStep = Plan["steps"][number];
export type PlanProbe = PlanUnit["probes"][number];
export type PlanWindow = NonNullable<Plan["agent"]["window"]>;

function isServiceAccount(value: string): boolean {
  const [namespace, name, ...rest] = value.split("/");
  return rest.length === 0 && namespace !== undefined && name !== undefined && isDnsLabel(namespace) && isDnsSubdomain(name);
}
