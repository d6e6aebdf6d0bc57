import { z } from "zod";
import { addressRule, cidrRule, macRule } from "../values/address.ts";
import type { RuleViolation, TextRule } from "../text/rule-violation.ts";
import { levelRule, LEVEL_DEPTH_MAX, nameRule, plainTextRule } from "../text/display-text.ts";
import { ARCHITECTURES, DISK_TYPES, LINK_KINDS, NODE_ROLES } from "../facts.ts";
import { nodeIdRule, profileRule, siteIdRule } from "../values/identifier.ts";
import { domainRule, proxyRule } from "../values/network.ts";
import { nodesFaults } from "../values/nodes.ts";
import { readBytes } from "../values/quantity.ts";
import { reportKeyRule } from "../values/report-key.ts";
import { timeZoneRule } from "../values/time-zone.ts";
import { cronRule, WINDOW_MINUTES_MAX } from "../values/window.ts";

/** An edge site has one to five machines. More than this is most likely a mistake. */
export const NODES_MAX = 32;
// A limit for every list, far above real machines.
const LIST_MAX = 64;

// One schema serves as check, as conversion of quantities to bytes, and as JSON Schema for editors.
// A field that another block may set is `nullish`: absent, or `null` to remove a default.
const word = text(plainTextRule);
// Both forms become one number before values are merged or compared, so that "32Gi" and 34359738368 do not conflict.
const bytes = z
  .union([z.string(), z.int().min(1)])
  .transform((value, context) => {
    if (typeof value === "number") return value;
    const read = readBytes(value);
    if ("bytes" in read) return read.bytes;
    context.issues.push(issueOf(read.violation, value));
    return z.NEVER;
  })
  .meta({ description: "Bytes: a Kubernetes quantity or a whole number", examples: ["32Gi", "512G"] });

const location = z.strictObject({ latitude: z.number().min(-90).max(90).nullish(), longitude: z.number().min(-180).max(180).nullish() });

// Without a time zone the window uses its site's.
const window = z.strictObject({
  cron: text(cronRule).nullish(),
  minutes: z.int().min(1).max(WINDOW_MINUTES_MAX).nullish(),
  timeZone: text(timeZoneRule).nullish(),
});

// The network at the site. Pod and service networks belong to the profile.
const network = z.strictObject({
  cidr: text(cidrRule).nullish(),
  gateway: text(addressRule).nullish(),
  vip: text(addressRule).nullish(),
  dns: z.array(text(addressRule)).min(1).max(8).nullish(),
  ntp: z.array(word).min(1).max(8).nullish(),
  domain: text(domainRule).nullish(),
  proxy: text(proxyRule).nullish(),
});

// The upper bounds only catch values in bits instead of megabits.
const link = z.strictObject({
  kind: z.enum(LINK_KINDS).nullish(),
  downMbps: z.number().gt(0).max(1_000_000).nullish(),
  upMbps: z.number().gt(0).max(1_000_000).nullish(),
  metered: z.boolean().nullish(),
  latencyMs: z.number().min(0).max(10_000).nullish(),
});

// From here on the names are Metal3's, so that a machine's registration data can be pasted.
const disk = z.strictObject({
  name: word,
  type: z.enum(DISK_TYPES),
  sizeBytes: bytes,
  model: word.optional(),
  serialNumber: word.optional(),
  wwn: word.optional(),
  hctl: word.optional(),
});

const nic = z.strictObject({
  name: word,
  mac: text(macRule).optional(),
  ip: text(addressRule).optional(),
  model: word.optional(),
  speedGbps: z.number().gt(0).max(1600).optional(),
  pxe: z.boolean().optional(),
  pciAddress: word.optional(),
});

const gpu = z.strictObject({ vendor: word, model: word, memoryBytes: bytes.optional(), pciAddress: word.optional() });

const device = z.strictObject({
  class: word,
  vendor: word.optional(),
  product: word.optional(),
  serialNumber: word.optional(),
  path: word.optional(),
});

const machine = z.strictObject({
  id: word.optional(),
  hostname: word.optional(),
  systemVendor: z.strictObject({ manufacturer: word.optional(), productName: word.optional(), serialNumber: word.optional() }).optional(),
  firmware: z
    .strictObject({ bios: z.strictObject({ vendor: word.optional(), version: word.optional(), date: word.optional() }).optional() })
    .optional(),
  cpu: z
    .strictObject({ model: word.optional(), clockMegahertz: z.number().gt(0).optional(), flags: z.array(word).max(512).optional() })
    .optional(),
  tpm: z.strictObject({ version: word, ekHash: word.optional() }).optional(),
  kvm: z.boolean().optional(),
});

// A list is replaced as a whole, so defaults cannot complete a node and its fields are required here.
const node = z.strictObject({
  id: text(nodeIdRule),
  role: z.enum(NODE_ROLES),
  arch: z.enum(ARCHITECTURES),
  cpu: z.int().min(1).max(1024).meta({ description: "Whole cores" }),
  memory: bytes,
  disks: z.array(disk).max(LIST_MAX).default([]),
  nics: z.array(nic).max(LIST_MAX).default([]),
  gpus: z.array(gpu).max(LIST_MAX).default([]),
  devices: z.array(device).max(LIST_MAX).default([]),
  machine: machine.optional(),
});

// The rules of the list run only when each node is valid.
const nodes = z
  .array(node)
  .min(1)
  .max(NODES_MAX)
  .check((context) => {
    for (const { path, ...violation } of nodesFaults(context.value))
      context.issues.push({ ...issueOf(violation, context.value), path: [...path] });
  });

/** One schema for each top-level fact. `labels` has the user's schema. */
export const factSchemas = {
  id: text(siteIdRule).meta({ description: "Permanent, never reused", pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", maxLength: 40 }),
  name: text(nameRule),
  level: z
    .array(text(levelRule))
    .max(LEVEL_DEPTH_MAX)
    .meta({ description: "Position in the topology, outermost level first", examples: [["eu", "de"]] }),
  location,
  timeZone: text(timeZoneRule).meta({ description: "IANA name", examples: ["Europe/Berlin"] }),
  profile: text(profileRule),
  window,
  network,
  link,
  nodes,
  neighbours: z.array(text(siteIdRule)).max(LIST_MAX),
  reportKey: text(reportKeyRule),
} as const;

// The rules are plain functions, called directly on the fast path. Here their violations become zod issues.
function text(rule: TextRule): z.ZodString {
  return z.string().check((context) => {
    const violation = rule(context.value);
    if (violation) context.issues.push(issueOf(violation, context.value));
  });
}

// The whole violation is in `params`, because `message` has no room for the next step.
function issueOf(violation: RuleViolation, input: unknown): z.core.$ZodRawIssue<z.core.$ZodIssueCustom> {
  return { code: "custom", message: violation.message, params: { violation }, input };
}
