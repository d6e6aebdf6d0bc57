import type { ControlAnswer } from "./control/answer.ts";
import type { ControlRequest } from "./control/request.ts";
import { openControl } from "./control/server.ts";
import type { PeopleAnswer, PeopleEvent } from "./machine/answers.ts";
import type { Machine } from "./machine/state.ts";
import type { Moment } from "./machine/moment.ts";
import { health } from "./observe/health.ts";
import { metricsText } from "./observe/metrics.ts";
import { openObserve } from "./observe/server.ts";
import { RunnerEnded } from "./runner.ts";
import { liveStatus } from "./status/live-status.ts";
import { utcText } from "./utc-text.ts";
import type { AgentContext } from "./context.ts";

/** What the desk needs of a runner. */
export interface Working {
  readonly machine: Machine;
  /** When the loop last turned, on the monotonic clock. */
  readonly turnedMs: number;
  command(event: PeopleEvent): Promise<PeopleAnswer>;
}

/** Where people at the box and collectors meet the agent. It outlives a runner that starts anew after the disk refused its journal. */
export interface Endpoints {
  /** Who answers from now on; undefined while nobody works. */
  serve(working: Working | undefined): void;
  /** Nobody works, because the disk refused the journal; it is tried again at this wall time. Until the next `serve`. */
  refuse(detail: string, againMs: number): void;
  close(): Promise<void>;
}

/** Who stands behind the desk, and since when. */
interface Service {
  working: Working | undefined;
  sinceMs: number;
  /** What is said while nobody works. */
  absence: ControlAnswer;
}

interface Endpoint {
  close(): Promise<void>;
}

/**
 * Opens the control socket and, where agent.json asks for it, the HTTP port. One that cannot be opened is a line in the log: a taken
 * port is no reason to leave a site without its agent.
 */
export async function openEndpoints(context: AgentContext): Promise<Endpoints> {
  const { config, clock, log } = context;
  const service: Service = { working: undefined, sinceMs: clock.monotonic(), absence: STARTING };
  const onFault = (error: unknown): void => log({ level: "error", event: "desk", detail: String(error) });
  const endpoints: Endpoint[] = [];
  const open = async (name: string, endpoint: () => Promise<Endpoint>): Promise<void> => {
    try {
      endpoints.push(await endpoint());
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      log({ level: "warn", event: name, detail: message });
    }
  };
  await open("control", () =>
    openControl({ state: config.state, clock, handle: (request) => answerTo(request, service, momentOf(context)), onFault }),
  );
  const { listen } = config;
  if (listen !== undefined) await open("listen", () => openHttp(listen, context, service, onFault));
  return {
    serve: (working) => {
      service.working = working;
      service.sinceMs = clock.monotonic();
      service.absence = STARTING;
    },
    refuse: (detail, againMs) => {
      service.absence = {
        ok: false,
        reason: "storage-failed",
        text: `${detail}; it is tried again at ${utcText(againMs / 1000)}, and nothing is changed until then`,
      };
    },
    close: async () => void (await Promise.all(endpoints.map((endpoint) => endpoint.close()))),
  };
}

function openHttp(listen: string, context: AgentContext, service: Service, onFault: (error: unknown) => void): Promise<Endpoint> {
  const views = {
    health: () => health(service.working?.turnedMs ?? service.sinceMs, context.clock.monotonic()),
    metrics: () => service.working && metricsText(service.working.machine, momentOf(context)),
  };
  return openObserve(listen, views, onFault);
}

const STARTING: ControlAnswer = {
  ok: false,
  reason: "not-started",
  text: "the agent reads its journal; nothing was changed: ask again, and look at its log when this lasts",
};

async function answerTo(request: ControlRequest, { working, absence }: Service, moment: Moment): Promise<ControlAnswer> {
  if (working === undefined) return absence;
  if (request.do === "status") {
    const status = liveStatus(working.machine, moment);
    return { ok: true, text: `${status.state}: ${status.detail}`, status };
  }
  try {
    const { ok, reason, text } = await working.command(eventOf(request));
    return ok || reason === null ? { ok: true, text } : { ok: false, reason, text };
  } catch (error) {
    if (error instanceof RunnerEnded) return { ok: false, reason: "storage-failed", text: error.message };
    throw error;
  }
}

function eventOf(request: Exclude<ControlRequest, { do: "status" }>): PeopleEvent {
  switch (request.do) {
    case "poll":
      return { type: "poll-asked" };
    case "pause":
      return { type: "pause-asked", seconds: request.seconds, why: request.why };
    case "resume":
      return { type: "resume-asked" };
    case "retry":
      return { type: "retry-asked" };
    case "fallback":
      return { type: "fallback-asked" };
  }
}

function momentOf({ clock }: AgentContext): Moment {
  // No dice: nothing here decides when anything happens.
  return { wallMs: clock.now(), monotonicMs: clock.monotonic(), fraction: 0 };
}
