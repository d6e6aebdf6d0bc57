import { errorPlace } from "../../constructs/index.ts";
import { NotedFault, type FaultLog } from "./fault.ts";

/** Calls a user's function. What it throws becomes a fault with the user's own line, unless it is noted already; gives undefined then. */
export function callUser<T>(what: string, log: FaultLog, call: () => T): T | undefined {
  try {
    const result = call();
    refuseThenable(what, log, result);
    return result;
  } catch (error) {
    if (!(error instanceof NotedFault)) noteThrown(what, log, error);
    // The log of an earlier run, whose view was kept, is read already.
    else if (!log.list.includes(error.fault)) log.add(error.fault);
    return undefined;
  }
}

export function noteThrown(what: string, log: FaultLog, error: unknown): void {
  log.add({
    code: "build-failed",
    message: `${what} threw: ${messageOf(error)}`,
    place: errorPlace(error),
    next: isCloning(error) ? CLONE_NEXT : "see the line named here; the facts that led to it are in `skerry why`",
  });
}

// The engine refuses to clone any proxy, without a word of what it is or what to do.
const CLONE_NEXT = "a view of facts cannot be cloned by structuredClone: spread it, or take JSON.parse(JSON.stringify(site.nodes))";

function isCloning(error: unknown): boolean {
  return (error as { readonly name?: unknown } | null)?.name === "DataCloneError";
}

export function messageOf(error: unknown): string {
  const { message } = (error ?? {}) as { readonly message?: unknown };
  const text = typeof message === "string" ? message : typeof error === "object" && error !== null ? "an object" : String(error);
  return text.split("\n", 1)[0] as string;
}

function refuseThenable(what: string, log: FaultLog, result: unknown): void {
  if (!(result instanceof Promise) && typeof (result as { then?: unknown } | undefined)?.then !== "function") return;
  // Nobody will wait for it, and what it rejects with must not end the process: the fault below says all.
  void Promise.resolve(result).catch(() => undefined);
  log.add({
    code: "async-build",
    message: `${what} is async`,
    because: "reads after the first await belong to no render, and two runs need not end alike",
    next: "make it synchronous; load what it needs before the fleet is constructed",
  });
}
