import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type GitServer, startGitServer } from "../tools/git-server.ts";
import { FleetFolder, SKERRY } from "./fleet-folder.ts";

/** The bench's fleet, released and served over HTTP. Its gate is shut at first: an agent that starts finds nobody. */
export class ServedFleet implements AsyncDisposable {
  readonly folder: FleetFolder;
  readonly server: GitServer;
  readonly #gate: { open: boolean };

  private constructor(folder: FleetFolder, server: GitServer, gate: { open: boolean }) {
    this.folder = folder;
    this.server = server;
    this.#gate = gate;
  }

  /** With `objects` more than the bench's own 30 each site gets as many ConfigMaps besides. */
  static async open(sites: number, objects: number): Promise<ServedFleet> {
    const folder = new FleetFolder(sites);
    if (objects > OWN_OBJECTS) addObjects(folder, objects - OWN_OBJECTS);
    execFileSync(process.execPath, [SKERRY, "keys"], { cwd: folder.path, stdio: ["ignore", "ignore", "pipe"] });
    const gate = { open: false };
    const server = await startGitServer(join(folder.path, ".skerry"), (_request, response) => {
      if (!gate.open) response.writeHead(503).end();
      return !gate.open;
    });
    const fleet = new ServedFleet(folder, server, gate);
    fleet.release();
    return fleet;
  }

  get url(): string {
    return this.server.url("fleet.git");
  }

  set isOpen(open: boolean) {
    this.#gate.open = open;
  }

  release(): void {
    execFileSync(process.execPath, [SKERRY, "release", "--promote", "all"], { cwd: this.folder.path, stdio: ["ignore", "ignore", "pipe"] });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close();
    this.folder[Symbol.dispose]();
  }
}

const OWN_OBJECTS = 30;
/** With the namespace of each. */
const PER_UNIT = 47;

/** Apps of ConfigMaps, a kilobyte each, beside what the stack holds. */
function addObjects(folder: FleetFolder, count: number): void {
  const stack = join(folder.path, "stack.ts");
  const names = Array.from({ length: Math.round(count / PER_UNIT) }, (_, number) => `"filler-${number}"`).join(", ");
  const more = `
class Filler extends App {
  override build(chart: Chart): void {
    for (let number = 0; number < ${PER_UNIT - 1}; number++) {
      const data = { text: \`\${this.name} \${number} \`.padEnd(1000, "-") };
      new ApiObject(chart, \`config-\${number}\`, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: \`config-\${number}\`, namespace: this.name }, data });
    }
  }
}
for (const name of [${names}]) new Filler(fleet, name);
export default fleet;`;
  writeFileSync(stack, readFileSync(stack, "utf8").replace("export default fleet;", more).replace('"logs"]', `"logs", ${names}]`));
  folder.git("-c", "user.name=bench", "-c", "user.email=bench@fleet.invalid", "commit", "--quiet", "--all", "--message=more objects");
}
