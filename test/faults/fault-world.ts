import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect } from "@jest/globals";
import { isReason, systemClock, systemDisk, systemProcess, systemRandom } from "../../core/index.ts";
import { agentStatus } from "../../agent/status/status.ts";
import { AgentStarter, until } from "../agent/fixtures/agent-process.ts";
import type { Box } from "../agent/fixtures/box.ts";
import { digestOf, type Forge, siteFiles } from "../agent/fixtures/forge.ts";
import { Region, SITE } from "../agent/fixtures/region.ts";

const ports = { clock: systemClock, random: systemRandom, disk: systemDisk, process: systemProcess, log: () => undefined };

export interface FaultBox {
  readonly forge: Forge;
  readonly box: Box;
  /** The release that was delivered last. */
  release: number;
}

/** A server, its fleets and their boxes, and agents as processes. */
export class FaultWorld {
  readonly region: Region;
  readonly agents = new AgentStarter();

  private constructor(region: Region) {
    this.region = region;
  }

  static async open(): Promise<FaultWorld> {
    return new FaultWorld(await Region.open());
  }

  async close(): Promise<void> {
    this.agents.close();
    await this.region.close();
  }

  /** A box that runs release 1. */
  async running(name: string): Promise<FaultBox> {
    const made = { ...this.region.world(name), release: 0 };
    deliver(made);
    expect(await made.box.once()).toBe(0);
    return made;
  }

  scratch(name: string): string {
    const path = join(this.region.root, name);
    rmSync(path, { force: true });
    return path;
  }
}

export function deliver(world: FaultBox): void {
  world.release++;
  world.forge.deliver(SITE, world.release, world.release, filesOf(world.release));
}

export function filesOf(release: number): ReturnType<typeof siteFiles> {
  return siteFiles(`release-${release}`);
}

/** Which release stands at the target, byte for byte; undefined for none of the two last ones. */
export function standing({ box, release }: FaultBox): number | undefined {
  const files = box.target();
  const digest = files === undefined ? undefined : digestOf(new Map(Object.entries(files)));
  return [release, release - 1].find((each) => each > 0 && digest === digestOf(filesOf(each)));
}

/** Whatever was done to the agent: it stands on the old or the new tree, and says documented words and no stack. */
export async function expectWhole(
  what: object,
  world: FaultBox,
  agent: { readonly output: string; readonly errors: string },
): Promise<void> {
  expect({ ...what, standing: standing(world) }).toEqual({ ...what, standing: expect.any(Number) });
  expect({ ...what, errors: agent.errors }).toEqual({ ...what, errors: expect.stringMatching(/^(skerry agent: [a-z-]+: [^\n]*\n)?$/) });
  const words = [...agent.output.matchAll(/"reason":"([^"]*)"/g)].map((match) => match[1] as string);
  expect({ ...what, strange: words.filter((word) => !isReason(word)) }).toEqual({ ...what, strange: [] });
  const status = JSON.parse(await agentStatus(world.box.configPath, true, ports)) as {
    running: { release: number } | null;
    reason: string;
  };
  expect([world.release, world.release - 1]).toContain(status.running?.release);
  expect(isReason(status.reason)).toBe(true);
}

/** A killed agent leaves git behind, which systemd ends with the unit before the next start; here it ends by itself. */
export async function gitEnded({ box }: FaultBox): Promise<void> {
  const isGit = (pid: string): boolean => {
    try {
      return readFileSync(`/proc/${pid}/environ`, "latin1").includes(`GIT_DIR=${box.repositoryCache}\0`);
    } catch {
      return false;
    }
  };
  const isOver = (): boolean => !readdirSync("/proc").some((name) => /^[0-9]+$/.test(name) && isGit(name));
  await until("the end of git", isOver);
}

/** With the fault gone, one poll ends on the new tree, and nothing of the fault is left. */
export async function expectCured(what: object, world: FaultBox): Promise<void> {
  expect({ ...what, code: await world.box.once(), lines: world.box.lines.filter((line) => line.level !== "info") }).toEqual({
    ...what,
    code: 0,
    lines: [],
  });
  expect({ ...what, standing: standing(world) }).toEqual({ ...what, standing: world.release });
  expect(await world.box.journal()).toMatchObject({ state: "IDLE", current: { seq: world.release }, candidate: null });
}
