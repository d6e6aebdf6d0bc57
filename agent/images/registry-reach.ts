import { lookup } from "node:dns";
import type { Clock } from "../../core/index.ts";
import { touch } from "../probes/tcp-probe.ts";
import { registryOf } from "./image-name.ts";

const TIMEOUT_MS = 10_000;

/**
 * Whether the registry of an image accepts a connection. containerd tries mirrors first and reports a mirror's 404 even when the registry
 * itself could not be reached, so its "not found" is a verdict only while the registry can be reached.
 */
export async function reachesRegistry(name: string, clock: Clock): Promise<boolean> {
  const registry = registryOf(name) === "docker.io" ? "registry-1.docker.io" : registryOf(name);
  const [, host = "", port] = /^(.*?)(?::(\d+))?$/.exec(registry) ?? [];
  const late = new AbortController();
  const over = new AbortController();
  void clock.sleep(TIMEOUT_MS, over.signal).then(() => late.abort());
  try {
    await touch(host.replace(/^\[(.*)\]$/, "$1"), Number(port ?? 443), { signal: late.signal, lookup });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return false;
  } finally {
    over.abort();
  }
}
