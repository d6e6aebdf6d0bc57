import { ApiObject } from "cdk8s";
import { Construct } from "constructs";
import { canonicalJson, sha256Hex } from "../../core/index.ts";
import { Late, late, lateAsString, lateFact, latePartsOf } from "../late.ts";
import { notSecretAnnotations, type NotSecretReasons } from "./not-secret.ts";

/** Text that may hold late facts. */
export type Text = string | Late;

export interface SettingsProps {
  /** Key -> text. A key becomes a file name where the settings are mounted. */
  readonly data: Readonly<Record<string, Text>>;
  /** @default the construct's id */
  readonly name?: string;
  /** @default the unit's namespace */
  readonly namespace?: string;
  readonly notSecret?: NotSecretReasons;
}

/**
 * Configuration that workloads mount or take their environment from: a ConfigMap. Never for secrets; `synth` looks for them.
 *
 * @example
 * const settings = new Settings(chart, "boards", { data: { "boards.conf": late`airport = ${site.late.id}\n` } });
 * new Workload(chart, "boards", { image, volumes: { settings: { mountPath: "/etc/boards", settings } } });
 */
export class Settings extends Construct {
  readonly name: string;
  readonly data: Readonly<Record<string, Text>>;

  constructor(scope: Construct, id: string, props: SettingsProps) {
    super(scope, id);
    this.name = props.name ?? id;
    this.data = props.data;
    const data = Object.fromEntries(Object.entries(props.data).map(([key, text]) => [key, lateAsString(text)]));
    const namespace = props.namespace === undefined ? {} : { namespace: props.namespace };
    const metadata = { name: this.name, ...namespace, ...notSecretAnnotations(props.notSecret) };
    new ApiObject(this, "configmap", { apiVersion: "v1", kind: "ConfigMap", metadata, data });
  }
}

/** The one fact that a site keeps for ever: pods that know it need not start anew. */
const CONSTANT_FACT = "id";

/**
 * Annotations that change with the settings, so that pods which read them only once are rolled. A late fact cannot be hashed, since its
 * value comes after rendering; so the hash is over the text around the facts, and the facts stand beside it as they are. The id of a
 * site never changes and is left out: settings that hold no other late fact keep their workload the same at all sites.
 */
export function rolloutAnnotations(settings: readonly Settings[]): Readonly<Record<string, Text>> {
  if (settings.length === 0) return {};
  const facts = new Map<string, Late>();
  const texts = settings.map(({ name, data }) => [name, Object.entries(data).map(([key, text]) => [key, shapeOf(text, facts)])]);
  const annotations: Record<string, Text> = { "skerry/settings": sha256Hex(canonicalJson(texts)).slice(0, 16) };
  if (facts.size > 0) annotations["skerry/settings-facts"] = joined([...facts.values()]);
  return annotations;
}

function shapeOf(text: Text, facts: Map<string, Late>): readonly unknown[] {
  if (!Late.isLate(text)) return [text];
  return latePartsOf(text).map((part) => {
    if (typeof part === "string") return part;
    const isConstant = part.path.length === 1 && part.path[0] === CONSTANT_FACT;
    if (!isConstant) facts.set(canonicalJson(part.path), lateFact(part.source, part.path));
    return { late: part.path };
  });
}

function joined(facts: readonly Late[]): Late {
  return facts.slice(1).reduce((text, fact) => late`${text} ${fact}`, facts[0] as Late);
}
