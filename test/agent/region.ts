import { mkdtempSync, rmSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { type GitServer, startGitServer } from "../../tools/git-server.ts";
import { Box } from "./box.ts";
import { Forge } from "./forge.ts";

export const SITE = "eddm";

/** A git server on loopback with any number of fleets, and a box for each. */
export class Region {
  readonly root: string;
  readonly server: GitServer;
  /** Answers in git's place; returns false to let git answer. */
  interfere: (request: IncomingMessage, response: ServerResponse) => boolean = () => false;
  readonly #boxes: Box[] = [];

  private constructor(root: string, server: GitServer) {
    this.root = root;
    this.server = server;
  }

  static async open(): Promise<Region> {
    const root = mkdtempSync("/tmp/skerry-region-");
    let region: Region | undefined;
    const server = await startGitServer(root, (request, response) => region?.interfere(request, response) ?? false);
    region = new Region(root, server);
    return region;
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
