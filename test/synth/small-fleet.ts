import { ApiObject, type Chart } from "cdk8s";
import { z } from "zod";
import { App, type AppProps, Fleet, Profile, type Site } from "../../constructs/index.ts";
import { fill, type SiteTree } from "../../core/index.ts";
import { inventory, type SiteInput, sites } from "../../sites/index.ts";
import { synth, type SynthOptions, type SynthResult } from "../../synth/synth.ts";

export const Labels = z.strictObject({ size: z.enum(["large", "small"]), scheduled: z.boolean() });
export type Labels = z.infer<typeof Labels>;

/** Three airports: Munich is large and has two nodes, Frankfurt and Kiel are small. */
export function threeSites(): SiteInput[] {
  const node = (id: string) => ({ id, role: "server" as const, arch: "amd64" as const, cpu: 4, memory: "8Gi" });
  const site = (id: string, name: string, size: Labels["size"], nodes: SiteInput["nodes"]) => ({
    id,
    name,
    level: ["eu", "de"],
    location: { latitude: 48 + id.length, longitude: 11 },
    timeZone: "Europe/Berlin",
    labels: { size, scheduled: size === "large" },
    nodes,
  });
  return [
    site("eddm", "München", "large", [node("a"), node("b")]),
    site("eddf", "Frankfurt", "small", [node("a")]),
    site("edhk-kiel", "Kiel", "small", [node("a")]),
  ];
}

type Build = (chart: Chart, site: Site<Labels>) => unknown;

interface TestAppProps extends AppProps<Labels> {
  readonly run?: Build;
}

/** An app whose build is given as a function. */
export class TestApp extends App<TestAppProps> {
  override build(chart: Chart, site: Site<Labels>): void {
    return this.props.run?.(chart, site) as void;
  }
}

export function settings(chart: Chart, name: string, data: object): void {
  new ApiObject(chart, name, { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data });
}

export function makeFleet(add: (fleet: Fleet<Labels>) => void, from: readonly SiteInput[] = threeSites()): Fleet<Labels> {
  const fleet = new Fleet("airports", { sites: inventory({ labels: Labels, from: [sites([...from])] }) });
  new Profile(fleet, "base");
  add(fleet);
  return fleet;
}

/** Synth without checks, of a fleet with one app. */
export function synthApp(run: Build, props: AppProps<Labels> = {}, options: SynthOptions = {}): SynthResult {
  return synth(
    makeFleet((fleet) => new TestApp(fleet, "boards", { ...props, run })),
    options,
    { units: [], sites: [] },
  );
}

export function codes(result: SynthResult): string[] {
  return result.problems.map(({ code }) => code);
}

/** The files of a site tree: path -> text. */
export function filesOf(tree: SiteTree): Record<string, string> {
  const text = (part: SiteTree["shape"]["parts"][number]["files"][number]["name"]) =>
    typeof part === "string" ? part : fill(part, tree.values);
  const files = tree.shape.parts.flatMap(({ folder, files }) =>
    files.map((file) => [folder === "" ? text(file.name) : `${folder}/${text(file.name)}`, text(file.content)]),
  );
  return Object.fromEntries(files);
}

export function fileOf(result: SynthResult, site: string, name: string): string {
  const tree = result.trees.find((each) => each.site === site);
  if (tree === undefined) throw new Error(`no tree of ${site}: ${JSON.stringify(result.problems)}`);
  const found = Object.entries(filesOf(tree)).find(([path]) => path.endsWith(name));
  if (found === undefined) throw new Error(`no ${name} in ${Object.keys(filesOf(tree)).join(" ")}`);
  return found[1];
}
