import { type Disk, systemDisk } from "../../core/index.ts";

/** The real disk, which remembers what was asked of it, lets others in before each call, and can be told to fail. */
export class ToldDisk {
  readonly calls: string[] = [];
  fails: (call: string) => boolean = () => false;
  before: () => void = () => undefined;
  code = "EIO";
  readonly #folder: string;

  /** Paths are told relative to `folder`. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  get disk(): Disk {
    const tell =
      (name: keyof Disk) =>
      async (...args: unknown[]) => {
        const call = [name, ...args.filter((arg) => typeof arg === "string")].join(" ").replaceAll(`${this.#folder}/`, "");
        this.calls.push(call);
        this.before();
        if (this.fails(call)) throw Object.assign(new Error(`${this.code}: ${call}`), { code: this.code });
        return (systemDisk[name] as (...all: unknown[]) => unknown)(...args);
      };
    return Object.fromEntries((Object.keys(systemDisk) as (keyof Disk)[]).map((name) => [name, tell(name)])) as unknown as Disk;
  }

  get writes(): string[] {
    return this.calls.filter((call) => !/^(read|list|inspect|readLink|freeBytes) /.test(call));
  }
}
