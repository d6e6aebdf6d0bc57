import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

/** The stages of a release, each by the one function that is all of it. */
const STAGES = ["loadStack", "inventory", "synth", "writeSiteTrees", "writeFleetTree", "writeSiteCommits", "moveRefs"];
const FUNCTIONS_SHOWN = 12;

/** Runs a command under Node's own profiler; returns Markdown: milliseconds of its main thread by stage and by function. */
export function profileProcess(folder: string, args: readonly string[]): string {
  const scratch = mkdtempSync(join(tmpdir(), "skerry-profile-"));
  try {
    execFileSync(process.execPath, ["--cpu-prof", `--cpu-prof-dir=${scratch}`, ...args], { cwd: folder, stdio: "ignore" });
    // A worker writes a profile of its own; the main thread's is the largest.
    const profiles = readdirSync(scratch).map((name) => readFileSync(join(scratch, name), "utf8"));
    return report(JSON.parse(profiles.toSorted((a, b) => b.length - a.length)[0] as string) as CpuProfile);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function report({ nodes, samples, timeDeltas }: CpuProfile): string {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const self = new Map<string, number>();
  const stages = new Map<string, number>();
  for (const [index, sample] of samples.entries()) {
    const ms = (timeDeltas[index] as number) / 1000;
    const { functionName, url } = frames.get(sample) ?? { functionName: "", url: "" };
    const name = `${functionName || "(anonymous)"} ${url.replace(/^.*\/(skerry\/dist|node_modules)\//, "")}`;
    self.set(name, (self.get(name) ?? 0) + ms);
    const seen = new Set<string>();
    for (let id: number | undefined = sample; id !== undefined; id = parents.get(id)) seen.add(frames.get(id)?.functionName ?? "");
    for (const stage of STAGES) if (seen.has(stage)) stages.set(stage, (stages.get(stage) ?? 0) + ms);
  }
  const rows = (entries: Iterable<readonly [string, number]>): string =>
    [...entries].map(([name, ms]) => `| \`${name.trim()}\` | ${ms.toFixed(0)} |`).join("\n");
  const top = [...self].toSorted((a, b) => b[1] - a[1]).slice(0, FUNCTIONS_SHOWN);
  const ordered = STAGES.flatMap((stage) => (stages.has(stage) ? [[stage, stages.get(stage) as number] as const] : []));
  return `| stage, with all that it calls | ms |\n|---|---:|\n${rows(ordered)}\n\n| function, by itself | ms |\n|---|---:|\n${rows(top)}\n`;
}
