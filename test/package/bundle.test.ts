import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type AgentBundle, LICENSES_NAME, packagesOf } from "../../tools/build-agent.ts";
import { digestOf, siteFiles } from "../agent/fixtures/forge.ts";
import { Region, SITE } from "../agent/fixtures/region.ts";
import { bundleIn, runProgram } from "./program.ts";

/** The agent as the one file that a box gets. */
const TOP = new URL("../..", import.meta.url).pathname;
const strace = existsSync("/usr/bin/strace") && existsSync("/usr/bin/systemd-analyze");

let folder: string;
let bundle: AgentBundle;
let region: Region;

beforeAll(async () => {
  folder = mkdtempSync("/tmp/skerry-bundle-");
  bundle = await bundleIn(TOP, join(folder, "build/skerry-agent.js"), folder);
  region = await Region.open();
});

afterAll(async () => {
  await region.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("what is inside", () => {
  test("only the rooms that the agent may import, and no more of them than it uses", () => {
    const rooms = new Set(ownPaths().map((path) => path.split("/")[0]));
    expect([...rooms].filter((room) => !["agent", "core", "git", "kube", "trust", "wire"].includes(room as string))).toEqual([]);
    // Whatever keeps one of these alive brings a room along that is large and of the office alone.
    expect(ownPaths().filter((path) => /fields-|^git\/(object-writer|push|delta|packed-refs)|reasons\.json/.test(path))).toEqual([]);
    expect(ownPaths()).toContain("agent/machine/table.ts");
  });

  test("no package but the small ones that a box needs: no cdk8s, no simple-git, and of zod its mini face alone", () => {
    expect(packagesOf(bundle.modules).filter((name) => !["croner", "yaml", "zod"].includes(name))).toEqual([]);
    const zod = bundle.modules.map(({ path }) => /node_modules\/zod\/(.*)/.exec(path)?.[1]).filter((path) => path !== undefined);
    expect(zod).toContain("v4/mini/schemas.js");
    expect(zod.filter((path) => !/^(v4\/)?(mini|core)\//.test(path))).toEqual([]);
  });

  test("stays within its budget of bytes, and imports nothing but Node", () => {
    const text = readFileSync(bundle.file);
    expect(text.length).toBe(bundle.bytes);
    expect(text.length).toBeLessThan(BUDGET_BYTES);
    const imported = [...text.toString("utf8").matchAll(/^(?:import|export)\b.*\bfrom "([^"]+)"/gm)].map(([, name]) => name as string);
    expect(imported.length).toBeGreaterThan(3);
    expect(imported.filter((name) => !name.startsWith("node:"))).toEqual([]);
  });

  test("each package inside comes with its licence, and an unknown module ends the build", async () => {
    const texts = readFileSync(join(folder, "build", LICENSES_NAME), "utf8");
    for (const name of packagesOf(bundle.modules)) expect(texts).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(.*\\)$`, "m"));
    expect(texts.match(/^Permission (?:is hereby granted|to use)/gm)?.length).toBe(packagesOf(bundle.modules).length);
    const other = join(folder, "other");
    await runProgram("mkdir", ["-p", join(other, "agent")], folder);
    writeFileSync(join(other, "agent/main.ts"), 'import "nowhere-to-be-found";\n');
    await expect(bundleIn(other, join(other, "out.js"), folder)).rejects.toThrow("nowhere-to-be-found");
  });

  function ownPaths(): string[] {
    return bundle.modules.filter(({ path, bytes }) => !path.startsWith("node_modules/") && bytes > MARK_BYTES).map(({ path }) => path);
  }
});

/** Of a file that is not used nothing is left but the bundler's mark. */
const MARK_BYTES = 100;

/** The first whole agent had 672 kB, 231 of them for reading YAML; 105 came with the checks of local paths, budgets and traces of git. */
const BUDGET_BYTES = 800_000;

describe("from an empty folder", () => {
  /** A folder below /tmp with the file alone: no package.json, no node_modules in it or above it. */
  function emptyFolder(): string {
    const empty = mkdtempSync(join(folder, "box-"));
    copyFileSync(bundle.file, join(empty, "skerry-agent.js"));
    return empty;
  }

  test("it takes a release from a real server, tells its state, and leaves nothing beside itself", async () => {
    const { forge, box } = region.world("bundled");
    forge.deliver(SITE, 1, 1, siteFiles("release-1"));
    const empty = emptyFolder();
    const agent = (...args: readonly string[]) =>
      runProgram(process.execPath, ["skerry-agent.js", ...args, "--config", box.configPath], empty);
    expect(await agent("status")).toMatchObject({ code: 0, errors: "", output: expect.stringContaining("the agent does not run") });
    expect(await agent("once")).toMatchObject({ code: 0, errors: "" });
    expect(digestOf(new Map(Object.entries(box.target() ?? {})))).toBe(digestOf(siteFiles("release-1")));
    const status = await agent("status", "-o", "json");
    expect(JSON.parse(status.output)).toMatchObject({ running: { seq: 1, release: 1 } });
    expect(readdirSync(empty)).toEqual(["skerry-agent.js"]);
  }, 60_000);

  test("a slip is told with the usage and exit code 2, as from the modules", async () => {
    const slip = await runProgram(process.execPath, ["skerry-agent.js", "sing"], emptyFolder());
    expect(slip).toMatchObject({ code: 2, output: "", errors: expect.stringMatching(/^usage: skerry-agent /m) });
  });
});

describe("packaging/skerry-agent.service", () => {
  const unit = join(TOP, "packaging/skerry-agent.service");

  (strace ? test : test.skip)(
    "its system call filter lets through whatever a whole release asks for (skipped without strace or systemd)",
    async () => {
      const { forge, box } = region.world("filtered");
      forge.deliver(SITE, 1, 1, siteFiles("release-1"));
      const trace = join(folder, "calls");
      const node = [process.execPath, bundle.file, "once", "--config", box.configPath];
      expect(await runProgram("strace", ["-f", "-qq", "-o", trace, ...node], folder)).toMatchObject({ code: 0 });
      const used = new Set(
        [...readFileSync(trace, "utf8").matchAll(/^\d+ +(?:<\.\.\. )?(\w+)(?:\(| resumed)/gm)].map(([, call]) => call as string),
      );
      expect(used).toContain("execve");
      expect(used.size).toBeGreaterThan(50);
      const allowed = await allowedCalls();
      expect([...used].filter((call) => !allowed.has(call))).toEqual([]);
      // The filter is not the empty one.
      expect(["mount", "reboot", "init_module", "chroot"].filter((call) => allowed.has(call))).toEqual([]);
    },
    60_000,
  );

  (existsSync("/usr/bin/systemd-analyze") ? test : test.skip)(
    "its exposure stays low, alone and with the drop-in for k3s (skipped without systemd)",
    async () => {
      const judged = async (text: string): Promise<number> => {
        const path = join(folder, "skerry-agent.service");
        writeFileSync(path, text);
        const { output } = await runProgram("systemd-analyze", ["security", "--offline=true", path], folder);
        return Number(/Overall exposure level for .*: ([\d.]+)/.exec(output)?.[1]);
      };
      const text = readFileSync(unit, "utf8");
      expect(await judged(text)).toBeLessThanOrEqual(1.6);
      // Sections may come twice, so this is what systemd makes of the unit and its drop-in.
      const dropIn = readFileSync(join(TOP, "packaging/k3s.conf"), "utf8");
      expect(await judged(`${text}${dropIn}`)).toBeLessThanOrEqual(2.2);
      expect(await judged(text.replace(/^(Protect|NoNew|Capability|System|Restrict|Private).*$/gm, ""))).toBeGreaterThan(7);
    },
    60_000,
  );

  /** What the filter of the unit comes to: sets are named by `@`, a line with `~` takes away. */
  async function allowedCalls(): Promise<ReadonlySet<string>> {
    const allowed = new Set<string>();
    for (const [, not, list] of readFileSync(unit, "utf8").matchAll(/^SystemCallFilter=(~?)(.*)$/gm)) {
      for (const name of (list as string).split(" ")) {
        for (const call of await callsOf(name))
          if (not) allowed.delete(call);
          else allowed.add(call);
      }
    }
    return allowed;
  }

  async function callsOf(name: string): Promise<string[]> {
    if (!name.startsWith("@")) return [name];
    const { output } = await runProgram("systemd-analyze", ["syscall-filter", name], folder);
    const names = output.split("\n").flatMap((line) => /^ {4}([@\w-]+)$/.exec(line)?.[1] ?? []);
    return (await Promise.all(names.map(callsOf))).flat();
  }
});
