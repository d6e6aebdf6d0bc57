import { chmodSync, mkdirSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { dirname, join } from "node:path";
import type { ProcessPort } from "../../../../core/index.ts";

/** What the tools answer from. Names are as containerd has them; an image of the CRI plugin has a second record under its id. */
export interface ModelState {
  socket: string;
  isDown: boolean;
  /** false: containerd 1.6.20, from before pins by label, with its own words for pulls that fail; else 2.1. */
  knowsPins: boolean;
  /** So many lists still show pins as they were before: the CRI plugin learns of labels by events. */
  pinLag: number;
  /** Above 0, lists are so many bytes of nothing. */
  listBytes: number;
  /** What images are unpacked with. It is the only one: containerd says so when it is asked about another. */
  snapshotter: string;
  /** `isUnlisted`: the CRI plugin could not read its configuration, and shows the kubelet no such image. */
  images: Record<
    string,
    {
      id: string;
      labels: Record<string, string>;
      content: "complete" | "incomplete" | "unavailable" | "error";
      unpacked: boolean;
      isUnlisted?: boolean;
    }
  >;
  registry: Record<string, string>;
  calls: string[][];
}

/** Without its types, which Node would strip anew at each of the hundred starts. */
const TOOL = stripTypeScriptTypes(readFileSync(join(import.meta.dirname, "tool.ts"), "utf8"));

/** A box with `crictl` and `ctr` on its PATH, or with `k3s` alone. */
export class ModelBox {
  readonly folder = mkdtempSync("/tmp/skerry-containerd-");
  readonly #statePath = join(this.folder, "state.json");

  constructor(isK3s = false) {
    const state: ModelState = {
      socket: "/run/k3s/containerd/containerd.sock",
      isDown: false,
      knowsPins: true,
      pinLag: 0,
      listBytes: 0,
      snapshotter: "overlayfs",
      images: {},
      registry: {},
      calls: [],
    };
    writeFileSync(this.#statePath, JSON.stringify(state));
    mkdirSync(join(this.folder, "bin"));
    const tool = join(this.folder, "tool.mjs");
    writeFileSync(tool, TOOL);
    const run = `exec ${process.execPath} ${tool} ${this.#statePath}`;
    if (isK3s) this.#program("k3s", `${run} "$@"`);
    else for (const tool of ["crictl", "ctr"]) this.#program(tool, `${run} ${tool} "$@"`);
  }

  get socket(): string {
    return this.state.socket;
  }

  get state(): ModelState {
    return JSON.parse(readFileSync(this.#statePath, "utf8")) as ModelState;
  }

  change(change: (state: ModelState) => void): void {
    const { state } = this;
    change(state);
    // A tool may be reading it.
    writeFileSync(`${this.#statePath}.new`, JSON.stringify(state));
    renameSync(`${this.#statePath}.new`, this.#statePath);
  }

  /** What an agent on this box sees of its process. */
  get process(): ProcessPort {
    // Nothing of the machine's own: it may have a real containerd.
    const variables: Readonly<Record<string, string>> = { PATH: join(this.folder, "bin"), SECRET: "hunter2" };
    return { env: (name) => variables[name], workingFolder: dirname(this.folder), pid: 1 };
  }

  #program(name: string, line: string): void {
    const path = join(this.folder, "bin", name);
    writeFileSync(path, `#!/bin/sh\n${line}\n`);
    chmodSync(path, 0o755);
  }
}
