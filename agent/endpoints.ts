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

/** What the endpoints need of a runner. */
export interface Working {
  readonly machine: Machine;
  /** When the loop last turned, on the monotonic clock. */
  readonly turnedMs: number;
  command(event: PeopleEvent): Promise<PeopleAnswer>;
}

/** The control socket and the HTTP port. They outlive a runner that restarts after a failed journal write. */
export interface Endpoints {
  /** Sets the runner that answers; undefined while there is none. */
  serve(working: Working | undefined): void;
  /** No runner, because the journal could not be written; the agent tries again at this wall time. Until the next `serve`. */
  refuse(detail: string, againMs: number): void;
  close(): Promise<void>;
}

/** The runner behind the endpoints, and since when. */
interface Service {
  working: Working | undefined;
  sinceMs: number;
  /** The answer while there is no runner. */
  absence: ControlAnswer;
}

interface Endpoint {
  close(): Promise<void>;
}

/**
 * Opens the control socket and, with `listen` in agent.json, the HTTP port. One that cannot be opened is only logged: a port in use must
 * not leave a site without its agent.
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
        text: `${detail}; the agent tries again at ${utcText(againMs / 1000)} and changes nothing until then`,
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
  text: "the agent is reading its journal; nothing was changed. Try again, and check the agent's log if this lasts",
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
  // No randomness: nothing here schedules anything.
  return { wallMs: clock.now(), monotonicMs: clock.monotonic(), fraction: 0 };
}
