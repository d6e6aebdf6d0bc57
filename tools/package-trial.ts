import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

type Command = (program: string, args: readonly string[], folder?: string) => string | undefined;

/**
 * The package as its users get it: packed, laid out below `node_modules/skerry` of a fresh folder, with the packages that package.json
 * promises them and no other. What only works inside this repository fails here.
 */
export function tryPackage(top: string, command: Command): readonly (readonly [string, () => string | undefined])[] {
  const folder = mkdtempSync(join(tmpdir(), "skerry-package-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const installed = join(folder, "node_modules/skerry");
  const skerry = (args: readonly string[], where: string): string | undefined =>
    command(process.execPath, [join(installed, "cli/skerry.js"), ...args], where);
  return [
    ["package: pack", () => pack(top, folder)],
    ["package: publint", () => command(join(top, "node_modules/.bin/publint"), ["run", "--strict", join(folder, tarball(folder))])],
    ["package: names and types", () => install(top, folder, installed) ?? useByName(top, folder, command)],
    ["package: the command", () => skerry(["--version"], folder)],
    ["package: the agent as one file", () => runAgentFile(installed, folder, command)],
    ["package: a new fleet", () => skerry(["init", "fleet"], folder) ?? useFleet(top, join(folder, "fleet"), command, skerry)],
  ];
}

// Tests, tools and sources in the tarball would cost every user, and TypeScript below node_modules is what Node refuses to run.
function pack(top: string, folder: string): string | undefined {
  const npm = process.env["npm_execpath"];
  const args = ["pack", "--ignore-scripts", "--json", "--pack-destination", folder];
  const packed = npm
    ? spawnSync(process.execPath, [npm, ...args], { cwd: top, encoding: "utf8" })
    : spawnSync("npm", args, { cwd: top, encoding: "utf8" });
  if (packed.status !== 0) return `${packed.error ?? ""}${packed.stdout}${packed.stderr}`;
  writeFileSync(join(folder, "packed.json"), packed.stdout);
  const strays = filesOf(folder).filter(
    (path) => /\.(test|bench)\.|(^|\/)(test|bench|tools)\/|(?<!\.d)\.ts$/.test(path) && !path.includes("/new-fleet/"),
  );
  return strays.length === 0 ? undefined : `the tarball has files that no user needs:\n${strays.join("\n")}`;
}

function filesOf(folder: string): string[] {
  const [{ files }] = JSON.parse(readFileSync(join(folder, "packed.json"), "utf8")) as [{ files: { path: string }[] }];
  return files.map(({ path }) => path);
}

function tarball(folder: string): string {
  return readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "no tarball";
}

// By hand instead of by npm, so that it needs no network, and only the packages of package.json can be found.
function install(top: string, folder: string, installed: string): undefined {
  for (const path of filesOf(folder)) {
    mkdirSync(dirname(join(installed, path)), { recursive: true });
    cpSync(join(top, path), join(installed, path));
  }
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(top, "package.json"), "utf8")) as Record<
    string,
    Record<string, string>
  >;
  for (const name of Object.keys({ ...dependencies, ...peerDependencies })) {
    const link = join(folder, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(top, "node_modules", name), link);
  }
  return undefined;
}

// As on a box: alone in a folder without a package above it. Its message shows that it ran.
function runAgentFile(installed: string, folder: string, command: Command): string | undefined {
  const box = join(folder, "box");
  mkdirSync(box);
  cpSync(join(installed, "dist/agent/skerry-agent.js"), join(box, "skerry-agent.mjs"));
  const said = command(process.execPath, ["skerry-agent.mjs", "status", "--config", join(box, "agent.json")], box);
  return said?.includes("agent.json does not exist") ? undefined : `skerry-agent.mjs: ${said ?? "a status without agent.json"}`;
}

// The same names must come out of `dist` as out of the sources, and a stranger's compiler must accept the declarations.
function useByName(top: string, folder: string, command: Command): string | undefined {
  const { exports } = JSON.parse(readFileSync(join(top, "package.json"), "utf8")) as { exports: Record<string, unknown> };
  const doors = Object.keys(exports)
    .filter((door) => door !== "./package.json")
    .map((door) => `skerry${door.slice(1)}`);
  const list = `const names = {}; for (const door of ${JSON.stringify(doors)}) names[door] = Object.keys(await import(door)).sort(); process.stdout.write(JSON.stringify(names));`;
  const script = ["--input-type=module", "--eval", list];
  const ours = spawnSync(process.execPath, ["--conditions=skerry-source", ...script], { cwd: top, encoding: "utf8" });
  const theirs = spawnSync(process.execPath, script, { cwd: folder, encoding: "utf8" });
  if (ours.status !== 0 || theirs.status !== 0) return `${ours.stderr}${theirs.stderr}`;
  if (ours.stdout !== theirs.stdout) return `other names in dist than in the sources:\n${ours.stdout}\n${theirs.stdout}`;
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
  writeFileSync(
    join(folder, "use.ts"),
    doors
      .map((door, index) => `import * as door${index} from "${door}";\nexport const names${index} = Object.keys(door${index});\n`)
      .join(""),
  );
  return compile(top, folder, ["use.ts"], command);
}

function compile(top: string, folder: string, args: readonly string[], command: Command): string | undefined {
  const strict = [
    "--noEmit",
    "--strict",
    "--module",
    "nodenext",
    "--target",
    "es2024",
    "--types",
    "node",
    "--typeRoots",
    join(top, "node_modules/@types"),
  ];
  return command(join(top, "node_modules/.bin/tsc"), [...strict, ...args], folder);
}

// What README promises for a new fleet: synth, tests and a release work at once.
function useFleet(
  top: string,
  fleet: string,
  command: Command,
  skerry: (args: readonly string[], where: string) => string | undefined,
): string | undefined {
  const node = (args: readonly string[]): string | undefined => command(process.execPath, args, fleet);
  return (
    command(join(top, "node_modules/.bin/tsc"), ["-p", ".", "--typeRoots", join(top, "node_modules/@types")], fleet) ??
    node(["--import", "skerry/imports", "--test"]) ??
    skerry(["check"], fleet) ??
    skerry(["synth"], fleet) ??
    skerry(["keys"], fleet) ??
    skerry(["release", "--promote", "all"], fleet) ??
    command("git", ["-C", ".skerry/fleet.git", "fsck", "--strict"], fleet) ??
    skerry(["agent", "bundle", "oslo", "--to", "box", ...boxPaths(join(fleet, "box"))], fleet) ??
    silentBundle(join(fleet, "node_modules/skerry/cli/skerry.js"), fleet) ??
    skerry(["agent", "once", "--config", "box/agent.json"], fleet)
  );
}

/** The command takes functions from the agent's room, and must not start the agent's program with it. */
function silentBundle(program: string, fleet: string): string | undefined {
  const { stderr } = spawnSync(process.execPath, [program, "agent", "bundle", "oslo", "--to", "box-again"], {
    cwd: fleet,
    encoding: "utf8",
  });
  return stderr.includes("usage: skerry-agent") ? `agent bundle also runs the agent's program: ${stderr}` : undefined;
}

function boxPaths(box: string): string[] {
  return ["--config-folder", box, "--state", join(box, "state"), "--cache", join(box, "cache"), "--target", join(box, "current")];
}
