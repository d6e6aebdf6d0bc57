import type { Reason } from "../../core/index.ts";
import { UnsafePath } from "../local/unsafe-path.ts";
import type { AgentContext } from "../context.ts";

/** Disk faults as reason words. */

/** Only an operating system error is a disk fault; any other exception is a bug and is thrown on. */
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

/** An unreadable disk and a slot with wrong bytes have the same result: nothing is applied or repaired from this slot. */
export async function loadOr({ slots }: AgentContext, slot: "a" | "b", tree: string): Promise<Loaded> {
  try {
    return await slots.load(slot, tree);
  } catch (error) {
    const { reason, detail } = diskFault(error);
    return { refusal: reason, because: detail };
  }
}
