import { existsSync, readFileSync } from "node:fs";

/** What strace can do to the n-th call of a kind. Counted for each thread by itself, so git's own calls are hit too while n is small. */
export interface Injection {
  readonly calls: string;
  readonly fault: string;
  readonly when: number;
}

export const hasStrace = existsSync("/usr/bin/strace");

/** Kinds of calls at which a power cut or a failing disk shows; each name stands for what it is called on any machine. */
export const CALLS = {
  rename: "?rename,?renameat,?renameat2",
  fsync: "?fsync,?fdatasync",
  unlink: "?unlink,?unlinkat,?rmdir",
  symlink: "?symlink,?symlinkat",
  connect: "?connect",
} as const;

export function injecting({ calls, fault, when }: Injection): string[] {
  // Not with --seccomp-bpf, which makes strace 6.1 lose count.
  const how = fault === "KILL" ? "signal=KILL" : `error=${fault}`;
  return ["strace", "-f", "-qq", "-o", "/dev/null", "-e", `trace=${calls}`, "-e", `inject=${calls}:${how}:when=${when}`];
}

/** Writes down all calls of all kinds. */
export function counting(file: string): string[] {
  const calls = Object.values(CALLS).join(",");
  return ["strace", "-f", "-y", "--seccomp-bpf", "-qq", "-o", file, "-e", `trace=${calls}`];
}

/** Where among its thread's calls of a kind each stood that names something under `folder`; without a folder, all of them. */
export function placesIn(file: string, calls: string, folder = ""): number[] {
  const names = calls.replaceAll("?", "").split(",");
  const counts = new Map<string, number>();
  const places = new Set<number>();
  for (const line of readFileSync(file, "latin1").split("\n")) {
    const [, thread, name] = /^(\d+) +(\w+)\(/.exec(line) ?? [];
    if (thread === undefined || name === undefined || !names.includes(name)) continue;
    const place = (counts.get(thread) ?? 0) + 1;
    counts.set(thread, place);
    if (line.includes(folder)) places.add(place);
  }
  return [...places].sort((one, other) => one - other);
}
