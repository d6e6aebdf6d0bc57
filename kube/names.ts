import { isDnsLabel, isDnsSubdomain } from "../core/index.ts";

export interface NameRule {
  readonly words: string;
  holds(text: string): boolean;
}

const SUBDOMAIN: NameRule = {
  words: "lower case letters, digits, - and ., at most 253, beginning and ending with a letter or digit",
  holds: isDnsSubdomain,
};
const LABEL: NameRule = {
  words: "lower case letters, digits and -, at most 63, beginning and ending with a letter or digit",
  holds: isDnsLabel,
};
const SERVICE: NameRule = {
  words: "lower case letters, digits and -, at most 63, beginning with a letter and ending with a letter or digit",
  holds: (text) => text.length <= 63 && /^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(text),
};
const PATH_SEGMENT: NameRule = {
  words: 'any characters but / and %, at most 253, and neither "." nor ".."',
  holds: (text) => text.length > 0 && text.length <= 253 && !/[/%]/.test(text) && text !== "." && text !== "..",
};
// The CronJob controller appends 11 characters to the name, and the pod's suffix must still fit into a label of 63.
const CRON_JOB: NameRule = { words: `${SUBDOMAIN.words}, but at most 52`, holds: (text) => text.length <= 52 && isDnsSubdomain(text) };
const POD_OWNER: NameRule = {
  words: `${SUBDOMAIN.words}, but at most 63 because it becomes a label of its pods`,
  holds: (text) => text.length <= 63 && isDnsSubdomain(text),
};

const RULES: Readonly<Record<string, NameRule>> = {
  "/Namespace": LABEL,
  "/Service": SERVICE,
  "batch/CronJob": CRON_JOB,
  "batch/Job": POD_OWNER,
  "apps/StatefulSet": POD_OWNER,
  "rbac.authorization.k8s.io/Role": PATH_SEGMENT,
  "rbac.authorization.k8s.io/RoleBinding": PATH_SEGMENT,
  "rbac.authorization.k8s.io/ClusterRole": PATH_SEGMENT,
  "rbac.authorization.k8s.io/ClusterRoleBinding": PATH_SEGMENT,
};

/** The rule for names of objects of a kind. */
export function nameRuleOf(group: string, kind: string): NameRule {
  return RULES[`${group}/${kind}`] ?? SUBDOMAIN;
}

export const namespaceNameRule = LABEL;

/** Containers, volumes and other named parts of a pod. */
export const partNameRule = LABEL;

/** IANA's service names, which ports of pods and services have. */
export const portNameRule: NameRule = {
  words: "lower case letters, digits and -, at most 15, at least one letter, no -- and no - at either end",
  holds: (text) => text.length <= 15 && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(text) && /[a-z]/.test(text),
};

const QUALIFIED = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/** Keys of labels and annotations: `[<DNS subdomain>/]<name>`. */
export const labelKeyRule: NameRule = {
  words: "a name of at most 63 letters, digits, -, _ and ., with an optional DNS prefix before a /",
  holds: (text) => {
    const slash = text.indexOf("/");
    return QUALIFIED.test(text.slice(slash + 1)) && (slash === -1 || isDnsSubdomain(text.slice(0, slash)));
  },
};

export const labelValueRule: NameRule = {
  words: "at most 63 letters, digits, -, _ and ., beginning and ending with a letter or digit, or empty",
  holds: (text) => text === "" || QUALIFIED.test(text),
};

/** Annotation that lists the object's values that only look like secrets, with reasons. */
export const NOT_SECRET = "skerry/not-secret";

/** Keys and values of an object's annotations together. */
export const ANNOTATIONS_BYTES_MAX = 262_144;
/** ConfigMap and Secret: keys and values together. */
export const DATA_BYTES_MAX = 1_048_576;

/** Keys in ConfigMap and Secret, which become file names. */
export const dataKeyRule: NameRule = {
  words: "at most 253 letters, digits, -, _ and ., not beginning with ..",
  holds: (text) => text.length <= 253 && /^[-._A-Za-z0-9]+$/.test(text) && text !== "." && !text.startsWith(".."),
};
