import { lookup } from "node:dns";
import type { LookupFunction } from "node:net";
import type { Clock } from "../../core/index.ts";
import type { ProbeAnswer } from "./probes.ts";
import { healthy, unhealthy, unknown } from "./answers.ts";

/** Timeout of one request to a Service. */
const TIMEOUT_MS = 5_000;

/** What one request needs for the network. */
export interface Attempt {
  readonly signal: AbortSignal;
  /** The system's resolver, observed: a resolver that hangs is not a Service that hangs. */
  readonly lookup: LookupFunction;
}

/**
 * Makes one request to a Service and turns the result into an answer. `question` returns the text of a good or bad answer; what it throws is
 * classified here. Faults of the box itself (no name, no route, no descriptors) are `unknown`, because they prove nothing about a release.
 */
export async function attempt(
  service: string,
  clock: Clock,
  signal: AbortSignal,
  question: (attempt: Attempt) => Promise<{ readonly good: string } | { readonly bad: string }>,
): Promise<ProbeAnswer> {
  const inner = new AbortController();
  const over = new AbortController();
  let isResolving = false;
  let isLate = false;
  const watched: LookupFunction = (host, options, callback) => {
    isResolving = true;
    lookup(host, options, (error, address, family) => {
      isResolving = false;
      callback(error, address, family);
    });
  };
  signal.addEventListener("abort", () => inner.abort(), { once: true, signal: over.signal });
  if (signal.aborted) inner.abort();
  void clock.sleep(TIMEOUT_MS, over.signal).then(() => {
    isLate = !over.signal.aborted;
    inner.abort();
  });
  try {
    const result = await question({ signal: inner.signal, lookup: watched });
    return "good" in result ? healthy(`Service ${service} ${result.good}`) : unhealthy(`Service ${service} ${result.bad}`);
  } catch (error) {
    if (signal.aborted) return unknown(`the check of Service ${service} was aborted: the agent is stopping`);
    if (isLate && isResolving) return unknown(`the name of Service ${service} was not resolved within ${TIMEOUT_MS / 1_000} s`);
    if (isLate) return unhealthy(`Service ${service} did not answer within ${TIMEOUT_MS / 1_000} s`);
    return faultOf(service, error);
  } finally {
    over.abort();
  }
}

/**
 * Error codes of the box itself: of the resolver, no route, no free addresses, ports, descriptors or memory, and EPERM, which the kernel
 * returns when a local packet filter dropped the packet.
 */
const OF_THE_BOX =
  /^(E(NOTFOUND|AI_[A-Z]+|NETUNREACH|NETDOWN|HOSTUNREACH|HOSTDOWN|ADDRNOTAVAIL|AFNOSUPPORT|MFILE|NFILE|NOBUFS|NOMEM|AGAIN|ACCES|PERM))$/;

function faultOf(service: string, error: unknown): ProbeAnswer {
  const codes = codesOf(error);
  const words = [...new Set(codes)].join(", ");
  return codes.every((code) => OF_THE_BOX.test(code))
    ? unknown(`the box could not reach Service ${service}: ${words}`)
    : unhealthy(`Service ${service} failed to answer: ${words}`);
}

/** Codes only, because messages may hold addresses and bytes of the answer. A name with several addresses has an error for each. */
function codesOf(error: unknown): readonly string[] {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.flatMap(codesOf);
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) throw error;
  return [code];
}
