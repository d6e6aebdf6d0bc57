import type { SiteTree, Template, TreeFile, TreePart, TreeShape } from "../../core/index.ts";
import { type InventoryLine, manifestFileName, type Plan, writePlan } from "../../wire/index.ts";

export interface SyntheticOptions {
  readonly sites: number;
  /** Objects in each tree, three of them with late facts; at least 11. */
  readonly objects?: number;
  /** Distinct shapes: alike sites share one. */
  readonly shapes?: number;
  /** The version of the app `boards`; a release in which only this moved changes one file with late facts at every site. */
  readonly version?: string;
  /** Sites with a number below this get `version`, the others "1". */
  readonly upTo?: number;
}

export interface SyntheticFleet {
  readonly trees: SiteTree[];
  readonly inventory: InventoryLine[];
}

const LATE_ID = 0;
const LATE_NAME = 1;
const APPS = ["boards", "weather", "baggage"] as const;
const LAYERS = ["network", "namespaces", "logs", "metrics"] as const;

/** Trees as synth makes them: parts shared between shapes, shapes between sites, three late files in three apps. */
export function syntheticFleet(options: SyntheticOptions): SyntheticFleet {
  const shapes = Math.min(options.shapes ?? 33, options.sites);
  const layers = layerParts((options.objects ?? 30) - 7);
  const old = Array.from({ length: shapes }, (_, number) => shapeOf(number, layers, appParts("1")));
  const moved = appParts(options.version ?? "1");
  const fresh = Array.from({ length: shapes }, (_, number) => shapeOf(number, layers, moved));
  const trees: SiteTree[] = [];
  const inventory: InventoryLine[] = [];
  for (let number = 0; number < options.sites; number++) {
    const id = siteIdOf(number);
    const shape = (number < (options.upTo ?? options.sites) ? fresh : old)[number % shapes] as TreeShape;
    trees.push({ site: id, shape, values: [id, `Site number ${number}`] });
    inventory.push({ id, name: `Site number ${number}`, level: ["eu", "de"], labels: { size: "large" }, profile: "airport" });
  }
  return { trees, inventory };
}

/** Letters first and in no order, as real ids are. */
export function siteIdOf(number: number): string {
  return `s${((number * 2_654_435_761) % 2 ** 32).toString(36).padStart(7, "0")}`;
}

function layerParts(objects: number): TreePart[] {
  const parts: TreePart[] = [];
  for (const [index, unit] of LAYERS.entries()) {
    const count = Math.floor(objects / LAYERS.length) + (index < objects % LAYERS.length ? 1 : 0);
    const files = Array.from({ length: count }, (_, number) => configMap(unit, `settings-${number}`, [text(unit, number)]));
    parts.push({ folder: `manifests/${index < 2 ? "10-base" : "30-addons"}/${unit}`, files });
  }
  return parts;
}

function appParts(version: string): TreePart[] {
  return APPS.map((unit) => ({
    folder: `manifests/40-apps/${unit}`,
    files: [
      configMap(unit, "settings", [`  AIRPORT: "`, LATE_ID, `"\n  NAME: "`, LATE_NAME, `"\n${text(unit, 1)}`]),
      configMap(unit, "image", [`  VERSION: "${unit === "boards" ? version : "1"}"\n${text(unit, 2)}`]),
    ],
  })).map((part, index) => (index === 0 ? withLateVersion(part, version) : part));
}

// The version stands in the file with late facts too, so that an update of one app changes a late file at each site.
function withLateVersion(part: TreePart, version: string): TreePart {
  const [first, ...rest] = part.files as [TreeFile, ...TreeFile[]];
  const template = first.content as Template;
  return {
    folder: part.folder,
    files: [
      {
        name: first.name,
        content: { pieces: [`# ${version}\n${template.pieces[0]}`, ...template.pieces.slice(1)], holes: template.holes },
      },
      ...rest,
    ],
  };
}

function shapeOf(number: number, layers: readonly TreePart[], apps: readonly TreePart[]): TreeShape {
  const own: TreePart = { folder: "manifests/20-infra/storage", files: [configMap("storage", "class", [`  CLASS: "${number}"\n`])] };
  const parts = [...layers, own, ...apps];
  const plan = writePlan(planOf(parts));
  return { parts: [{ folder: "", files: [{ name: "plan.json", content: plan }] }, ...parts] };
}

function planOf(parts: readonly TreePart[]): Plan {
  const steps = parts.map((part) => {
    const [, stage, unit] = part.folder.split("/") as [string, Plan["steps"][number]["stage"], string];
    return {
      stage,
      unit,
      objects: part.files.map((file) => `/ConfigMap/${unit}/${/_([a-z0-9-]+)\.yaml$/.exec(file.name as string)?.[1]}`),
    };
  });
  steps.sort((a, b) => (a.stage < b.stage ? -1 : a.stage > b.stage ? 1 : 0));
  const unit = { kind: "app", serviceAccount: null, dataVersion: 1, deadlineSeconds: 300, quietSeconds: 30, probes: [] } as const;
  return {
    format: "skerry.plan/1",
    kubernetes: "1.36",
    agent: { min: "0.1.0", pollSeconds: 300, window: null },
    units: Object.fromEntries(steps.map((step) => [step.unit, unit])),
    steps,
    consents: [],
  };
}

function configMap(namespace: string, name: string, data: readonly (string | number)[]): TreeFile {
  const head = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n  namespace: ${namespace}\ndata:\n`;
  const fileName = manifestFileName({ group: "", kind: "ConfigMap", namespace, name });
  const holes = data.filter((piece) => typeof piece === "number");
  const pieces = data.filter((piece) => typeof piece === "string");
  const content = [head + (pieces[0] ?? ""), ...pieces.slice(1)];
  return { name: fileName, content: holes.length === 0 ? content.join("") : { pieces: content, holes } };
}

function text(unit: string, number: number): string {
  return Array.from({ length: 20 }, (_, line) => `  key-${line}: "${unit} ${number} ${(line * 7919) % 1000}"\n`).join("");
}
