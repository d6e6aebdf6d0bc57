import { errorPlace } from "../../constructs/index.ts";
import { NotedFault, type FaultLog } from "./fault.ts";

/** Calls a user's function. Returns undefined and logs a fault with the user's line when it throws. */
export function callUser<T>(what: string, log: FaultLog, call: () => T): T | undefined {
  try {
    const result = call();
    refuseThenable(what, log, result);
    return result;
  } catch (error) {
    if (!(error instanceof NotedFault)) noteThrown(what, log, error);
    // The log of an earlier run, whose view was kept, has been read already, so its fault is added to this log.
    else if (!log.list.includes(error.fault)) log.add(error.fault);
    return undefined;
  }
}

export function noteThrown(what: string, log: FaultLog, error: unknown): void {
  log.add({
    code: "build-failed",
    message: `${what} throws: ${messageOf(error)}`,
    place: errorPlace(error),
    next: isCloning(error) ? CLONE_NEXT : "correct the code at this line; `skerry why` shows the facts that lead to it",
  });
}

// The engine cannot clone a proxy, and its message does not say why.
const CLONE_NEXT = "structuredClone cannot clone facts: spread them, or use JSON.parse(JSON.stringify(site.nodes))";

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
  // Nothing awaits the promise, so its rejection must not end the process.
  void Promise.resolve(result).catch(() => undefined);
  log.add({
    code: "async-build",
    message: `${what} is async`,
    because: "reads after the first await are not recorded, and two runs may give different results",
    next: "make it synchronous, and load data before the fleet is constructed",
  });
}
