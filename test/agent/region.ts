import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type GitServer, type Interference, startGitServer } from "../../tools/git-server.ts";
import { Box } from "./box.ts";
import { Forge } from "./forge.ts";

export const SITE = "eddm";

const NOBODY: Interference = () => false;

/** A git server on loopback with any number of fleets, and a box for each. */
export class Region {
  readonly root: string;
  readonly server: GitServer;
  readonly #hook: { answer: Interference };
  readonly #boxes: Box[] = [];

  private constructor(root: string, server: GitServer, hook: { answer: Interference }) {
    this.root = root;
    this.server = server;
    this.#hook = hook;
  }

  static async open(): Promise<Region> {
    const root = mkdtempSync("/tmp/skerry-region-");
    const hook = { answer: NOBODY };
    return new Region(root, await startGitServer(root, (request, response) => hook.answer(request, response)), hook);
  }

  /** Answers in git's place, or returns false to let git answer; undefined ends it. */
  set interfere(answer: Interference | undefined) {
    this.#hook.answer = answer ?? NOBODY;
  }

  /** A fleet repository of its own, and a box that reads it over HTTP. */
  world(name: string): { readonly forge: Forge; readonly box: Box } {
    const forge = new Forge(join(this.root, `${name}.git`));
    return { forge, box: this.keep(new Box(SITE, this.server.url(`${name}.git`), forge.trustBytes)) };
  }

  /** Removed in the end. */
  keep(box: Box): Box {
    this.#boxes.push(box);
    return box;
  }

  async close(): Promise<void> {
    await this.server.close();
    for (const box of this.#boxes) box.remove();
    rmSync(this.root, { recursive: true, force: true });
  }
}
