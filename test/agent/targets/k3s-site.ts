import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect } from "@jest/globals";
import { type Clock, type Disk, systemClock, systemDisk } from "../../../core/index.ts";
import { k3sDirectory } from "../../../agent/targets/k3s-directory.ts";
import type { RetainedObjects, Target, TargetTree } from "../../../agent/targets/target.ts";
import { K3sDeployLoop } from "./k3s-deploy-loop.ts";
import type { SmallObject } from "../fixtures/small-trees.ts";

export const NOTHING: RetainedObjects = { keep: [], other: null };

/** A box with k3s: its deploy folder, the agent's state, and the cluster that k3s makes of the former. */
export class K3sSite {
  readonly folder: string;
  readonly manifests: string;
  readonly k3s: K3sDeployLoop;

  constructor() {
    this.folder = mkdtempSync(existsSync("/dev/shm") ? "/dev/shm/skerry-k3s-" : "/tmp/skerry-k3s-");
    this.manifests = join(this.folder, "manifests");
    mkdirSync(this.manifests);
    mkdirSync(join(this.folder, "state"));
    this.k3s = new K3sDeployLoop(this.manifests);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The target as a new process has it. */
  open(disk: Disk = systemDisk, clock: Clock = this.clock()): Target {
    return k3sDirectory(this.manifests, join(this.folder, "state"), disk, clock);
  }

  clock(): SiteClock {
    return new SiteClock(this.k3s);
  }

  /** A first tree, and what it leads to. */
  async run(target: Target, tree: TargetTree): Promise<void> {
    expect(await target.apply(tree, NOTHING, true)).toEqual({ done: true });
    this.k3s.scan();
    expect(await target.prune(tree, NOTHING, [])).toEqual({ done: true, blocked: [] });
    this.k3s.scan();
  }

  path(name: string): string {
    return join(this.manifests, name);
  }

  file(name: string): string {
    return readFileSync(this.path(name), "utf8");
  }

  files(): string[] {
    return readdirSync(this.manifests).sort();
  }

  /** What lives, as id -> text. */
  live(): Record<string, string> {
    const texts = Array.from(
      this.k3s.cluster,
      ([id, { text }]) => [id, (JSON.parse(text) as { data: { text: string } }).data.text] as const,
    );
    return Object.fromEntries(texts.toSorted());
  }
}

/** A sleep is a jump of this clock, and k3s looks twice meanwhile. */
export class SiteClock implements Clock {
  offsetMs = 0;
  sleeps = 0;
  onSleep: () => void;

  constructor(k3s: K3sDeployLoop) {
    this.onSleep = () => {
      k3s.scan();
      k3s.scan();
    };
  }

  now(): number {
    return systemClock.now() + this.offsetMs;
  }

  monotonic(): number {
    return this.offsetMs;
  }

  async sleep(ms: number): Promise<void> {
    this.offsetMs += ms;
    this.sleeps++;
    this.onSleep();
  }
}

export function textsOf(objects: readonly SmallObject[]): Record<string, string> {
  return Object.fromEntries(objects.map(({ id, text }) => [id, text] as const).toSorted());
}
