import type { ProbedService } from "../../agent/index.ts";
import { nearestName } from "../../core/index.ts";
import { UsageError } from "../output/usage-error.ts";

/** What is said of a box on the command line. */
export interface BoxChoice {
  readonly configFolder?: string | undefined;
  readonly state?: string | undefined;
  readonly cache?: string | undefined;
  /** `plain`, `k3s`, or an absolute path for plain at that path. */
  readonly target?: string | undefined;
  readonly targetPath?: string | undefined;
  readonly pollSeconds?: number | undefined;
  readonly service?: readonly string[] | undefined;
}

const POLL_SECONDS = { least: 10, most: 86_400 };

/** What is not said is left to the agent's own defaults. */
export function boxOf({ configFolder, state, cache, target, targetPath, pollSeconds }: BoxChoice) {
  const isPath = target?.startsWith("/") === true;
  if (target !== undefined && !isPath && target !== "plain" && target !== "k3s")
    throw UsageError.of(`--target ${target} is neither plain nor k3s nor an absolute path`, "write --target plain or --target k3s");
  if (isPath && targetPath !== undefined)
    throw UsageError.of("--target and --target-path both name a path", "write --target plain or k3s, and the path in --target-path");
  const path = isPath ? target : targetPath;
  const paths = { "--config-folder": configFolder, "--state": state, "--cache": cache, "--target-path": path };
  for (const [option, value] of Object.entries(paths)) {
    if (value !== undefined && !value.startsWith("/"))
      throw UsageError.of(`${option} ${value} is not an absolute path`, "write the whole path at the box, beginning with /");
  }
  if (pollSeconds !== undefined && (pollSeconds < POLL_SECONDS.least || pollSeconds > POLL_SECONDS.most))
    throw UsageError.of(`--poll-seconds ${pollSeconds} is out of range`, `write ${POLL_SECONDS.least} to ${POLL_SECONDS.most}`);
  return {
    targetMode: target === "k3s" ? ("k3s" as const) : ("plain" as const),
    ...(configFolder === undefined ? {} : { configFolder }),
    ...(state === undefined ? {} : { stateFolder: state }),
    ...(cache === undefined ? {} : { cacheFolder: cache }),
    ...(path === undefined ? {} : { targetPath: path }),
    ...(pollSeconds === undefined ? {} : { pollSeconds }),
  };
}

/** `--service namespace/name:port=URL`, any number of them. */
export function givenServices(options: readonly string[]): ReadonlyMap<string, string> {
  const given = new Map<string, string>();
  const next = "write --service <namespace>/<name>:<port>=<url>, for example shop/till:80=http://127.0.0.1:8080";
  for (const option of options) {
    const [, service, url] = /^([a-z0-9-]+\/[a-z0-9-]+:[1-9][0-9]{0,4})=(.+)$/.exec(option) ?? [];
    if (service === undefined || url === undefined) throw UsageError.of(`--service ${option} is not a Service and a URL`, next);
    const parsed = URL.parse(url);
    if (parsed === null || !/^https?:$/.test(parsed.protocol))
      throw UsageError.of(`the URL of --service ${service} is not an http or https URL`, next);
    if (parsed.username !== "" || parsed.password !== "") {
      const secret = "write the URL without them; add them to agent.json at the box if the program needs them";
      throw UsageError.of(`the URL of --service ${service} holds a user or password, and a bundle must not hold a secret`, secret);
    }
    if (given.has(service)) throw UsageError.of(`--service ${service} is given twice`, "write each Service once");
    given.set(service, url);
  }
  return given;
}

/** A Service that no probe asks is almost always a slip of the hand, and the one that was meant stays without an address. */
export function refuseUnasked(given: ReadonlyMap<string, string>, services: readonly ProbedService[]): void {
  const asked = services.map(({ service }) => service);
  const unasked = [...given.keys()].find((service) => !asked.includes(service));
  if (unasked === undefined) return;
  const near = nearestName(unasked, asked);
  const all = asked.length === 0 ? "the site's plan has no probe" : `the probes of the site's plan ask ${asked.join(", ")}`;
  throw UsageError.of(`no probe asks ${unasked}`, near === undefined ? all : `did you mean ${near}? ${all}`);
}
