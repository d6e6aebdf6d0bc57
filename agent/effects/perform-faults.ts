import type { Reason } from "../../core/index.ts";
import { UnsafePath } from "../local/unsafe-path.ts";
import type { AgentContext } from "../context.ts";

/** How faults of the disk become words. */

/** Only what the operating system says is a fault of the world; the rest is a bug and goes on. */
export function diskFault(error: unknown): {
  readonly reason: Extract<Reason, "disk-full" | "storage-failed" | "unsafe-path">;
  readonly detail: string;
} {
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof UnsafePath) return { reason: "unsafe-path", detail: message };
  if (code === undefined) throw error;
  return { reason: code === "ENOSPC" || code === "EDQUOT" ? "disk-full" : "storage-failed", detail: message };
}

type Loaded = Awaited<ReturnType<AgentContext["slots"]["load"]>>;

/** A disk that cannot be read and a slot whose bytes are wrong come to the same: this slot heals and applies nothing. */
export async function loadOr({ slots }: AgentContext, slot: "a" | "b", tree: string): Promise<Loaded> {
  try {
    return await slots.load(slot, tree);
  } catch (error) {
    const { reason, detail } = diskFault(error);
    return { refusal: reason, because: detail };
  }
}
