import type { TargetAnswer, TargetFault } from "./target.ts";

/** Runs a call on a target. An operating system error becomes an answer; any other exception is a bug and is thrown on. */
export async function answered<T extends TargetAnswer>(work: () => Promise<T | TargetFault>): Promise<T | TargetFault> {
  try {
    return await work();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const reason = code === "ENOSPC" || code === "EDQUOT" ? "disk-full" : "storage-failed";
    return { done: false, reason, detail: message };
  }
}
