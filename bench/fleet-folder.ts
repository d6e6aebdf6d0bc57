import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** Relative to a fleet's folder: the launcher of the package as it is published, which runs `dist/`. */
export const SKERRY = "node_modules/skerry/cli/skerry.js";

/** A fleet of its own in a temporary folder, as a user's would be: a git repository whose `skerry` is the built package. */
export class FleetFolder implements Disposable {
  readonly path: string;

  constructor(sites: number) {
    this.path = mkdtempSync(join(tmpdir(), "skerry-bench-"));
    cpSync(join(ROOT, "bench/fleet"), this.path, { recursive: true });
    writeFileSync(join(this.path, "package.json"), '{ "type": "module", "private": true }\n');
    writeFileSync(join(this.path, ".gitignore"), ".skerry/\nnode_modules/\n");
    writeFileSync(join(this.path, "sites.csv"), sitesCsv(sites));
    this.installPackage();
    this.git("init", "--quiet", "--initial-branch=main");
    this.commit("first");
  }

  /** The next release: one app's version, at every site. */
  changeVersion(version: string): void {
    const stack = join(this.path, "stack.ts");
    writeFileSync(stack, readFileSync(stack, "utf8").replace(/const VERSION = ".*"/, `const VERSION = "${version}"`));
    this.commit(version);
  }

  git(...args: readonly string[]): string {
    return execFileSync("git", args, { cwd: this.path, encoding: "utf8", maxBuffer: 1 << 30 });
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  private installPackage(): void {
    const installed = join(this.path, "node_modules/skerry");
    for (const file of ["package.json", "dist", "cli/skerry.js"]) cpSync(join(ROOT, file), join(installed, file), { recursive: true });
    const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as Record<string, object>;
    for (const name of Object.keys({ ...dependencies, ...peerDependencies })) {
      const link = join(this.path, "node_modules", name);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(join(ROOT, "node_modules", name), link);
    }
  }

  private commit(message: string): void {
    this.git("add", "--all");
    this.git("-c", "user.name=bench", "-c", "user.email=bench@fleet.invalid", "commit", "--quiet", `--message=${message}`);
  }
}

function sitesCsv(count: number): string {
  const lines = ["id,name,region,latitude,longitude,size,kind,nodes"];
  for (let index = 0; index < count; index++) {
    const size = ["large", "medium", "small"][index % 3];
    const kind = ["a", "b", "c", "d"][(index >> 2) % 4];
    const latitude = ((index * 7919) % 16_000) / 100 - 80;
    const longitude = ((index * 104_729) % 36_000) / 100 - 180;
    lines.push(`s${index},Site ${index},r${index % 40},${latitude},${longitude},${size},${kind},${(Math.floor(index / 5) % 3) + 1}`);
  }
  return `${lines.join("\n")}\n`;
}
