import { ApiObject } from "cdk8s";
import { Construct } from "constructs";
import { canonicalJson, sha256Hex } from "../../core/index.ts";
import { Late, late, lateAsString, lateFact, latePartsOf } from "../late.ts";
import { notSecretAnnotations, type NotSecretReasons } from "./not-secret.ts";

/** Text that may hold late facts. */
export type Text = string | Late;

export interface ConfigMapProps {
  /** Key -> text. Keys become file names in a mount. */
  readonly data: Readonly<Record<string, Text>>;
  /** @default the construct's id */
  readonly name?: string;
  /** @default the unit's namespace */
  readonly namespace?: string;
  readonly notSecret?: NotSecretReasons;
}

/**
 * A ConfigMap with configuration that workloads mount or read as variables. Not for secrets: `synth` refuses them.
 *
 * @example
 * const settings = new Settings(chart, "boards", { data: { "boards.conf": late`airport = ${site.late.id}\n` } });
 * new Workload(chart, "boards", { image, volumes: { settings: { mountPath: "/etc/boards", configMap: settings } } });
 */
export class ConfigMap extends Construct {
  readonly name: string;
  readonly data: Readonly<Record<string, Text>>;

  constructor(scope: Construct, id: string, props: ConfigMapProps) {
    super(scope, id);
    this.name = props.name ?? id;
    this.data = props.data;
    const data = Object.fromEntries(Object.entries(props.data).map(([key, text]) => [key, lateAsString(text)]));
    const namespace = props.namespace === undefined ? {} : { namespace: props.namespace };
    const metadata = { name: this.name, ...namespace, ...notSecretAnnotations(props.notSecret) };
    new ApiObject(this, "configmap", { apiVersion: "v1", kind: "ConfigMap", metadata, data });
  }
}

/** The ConfigMap of a volume or variable, if it has one. */
export function tryConfigMap(value: object): ConfigMap | undefined {
  const { configMap, settings } = value as { readonly configMap?: ConfigMap; readonly settings?: ConfigMap };
  return configMap ?? settings;
}

/** The fact that never changes for a site, so that it needs no rollout. */
const CONSTANT_FACT = "id";

/**
 * Annotations of the pod template that change with the ConfigMaps, so that pods which read them once are rolled out again. A late fact
 * cannot be hashed, because its value is filled in after rendering. So the hash covers the text around the late facts, and a second
 * annotation holds the facts themselves. The site id never changes and is left out, so that sites can share the workload.
 */
export function rolloutAnnotations(configMaps: readonly ConfigMap[]): Readonly<Record<string, Text>> {
  if (configMaps.length === 0) return {};
  const facts = new Map<string, Late>();
  const texts = configMaps.map(({ name, data }) => [name, Object.entries(data).map(([key, text]) => [key, shapeOf(text, facts)])]);
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
