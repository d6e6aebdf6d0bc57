import { afterEach, describe, expect, test } from "@jest/globals";
import { readFileSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { exposition } from "../../../agent/observe/exposition.ts";
import { health } from "../../../agent/observe/health.ts";
import { metricsText } from "../../../agent/observe/metrics.ts";
import { type ObserveServer, openObserve } from "../../../agent/observe/server.ts";
import { FACTS, later, machineOf, NOW, tree } from "../fixtures/machines.ts";
import { lint, readExposition, type ReadMetric } from "./exposition-reader.ts";

const seconds = Math.floor(NOW.wallMs / 1000);
const SLOT = { slot: "b", release: 42, seq: 107, tree: tree("2") } as const;
const offline = { reason: "offline", detail: 'could not resolve host: "git.example"\n', since: seconds - 9 } as const;

/** Everything at once that a machine can have to say. */
const TILL = { unit: "boards", object: "/Service/boards/till", probe: { tcp: { namespace: "boards", service: "till", port: 80 } } };
const full = machineOf(
  {
    state: "IDLE",
    candidate: SLOT,
    previous: { ...SLOT, release: 40, seq: 100 },
    failed: [{ seq: 105, tree: tree("3"), reason: "unhealthy" }],
    paused: { until: seconds + 3_600, why: 'said "wait"\\n' },
    trust: { version: 4, sha256: "0".repeat(64) },
    signedTime: seconds + 60,
    unsureSeconds: 7_200,
  },
  {
    candidate: { ...FACTS, probes: [TILL], window: { cron: "0 2 * * *", minutes: 60, timeZone: "Europe/Berlin" } },
    contactAt: seconds - 90,
    pollAtMs: NOW.monotonicMs + 61_400,
    failures: 3,
    polls: 12,
    driftRepairs: 5,
    pollTrouble: offline,
    driftTrouble: { reason: "storage-failed", detail: "…", since: seconds },
    rolloutTrouble: { reason: "storage-failed", detail: "…", since: seconds },
  },
);

const read = (machine = full, moment = NOW): Map<string, ReadMetric> => readExposition(metricsText(machine, moment));
const value = (metrics: Map<string, ReadMetric>, name: string, labels = ""): number | undefined =>
  metrics.get(`skerry_agent_${name}`)?.series.get(labels);

describe("metrics", () => {
  test("pass a strict reader of the text format and promtool's rules", () => {
    for (const machine of [full, machineOf(), machineOf({ state: "PROVISIONING", current: null, seen: null })]) {
      expect(lint(read(machine))).toEqual([]);
    }
    expect([...read().keys()].every((name) => name.startsWith("skerry_agent_"))).toBe(true);
  });

  test("have the machine's state in base units", () => {
    const metrics = read();
    expect(value(metrics, "info", '{fleet="airports",site="eddm",version="0.1.0"}')).toBe(1);
    const states = [...(metrics.get("skerry_agent_state")?.series ?? [])];
    expect(states.filter(([, is]) => is === 1)).toEqual([['{state="IDLE"}', 1]]);
    expect(states.length).toBe(15);
    expect(Object.fromEntries(metrics.get("skerry_agent_release")?.series ?? [])).toEqual({
      '{slot="running"}': 1,
      '{slot="candidate"}': 42,
      '{slot="previous"}': 40,
    });
    expect(value(metrics, "seq", '{slot="candidate"}')).toBe(107);
    expect(value(metrics, "seen_seq")).toBe(1);
    expect(value(metrics, "failed_trees")).toBe(1);
    expect(value(metrics, "trust_version")).toBe(4);
    expect(value(metrics, "contact_age_seconds")).toBe(90);
    expect(value(metrics, "next_poll_seconds")).toBe(61);
    expect(value(metrics, "poll_failures")).toBe(3);
    expect(value(metrics, "polls_total")).toBe(12);
    expect(value(metrics, "reports_total")).toBe(3);
    expect(value(metrics, "repaired_total")).toBe(5);
    expect(value(metrics, "missing_service", '{unit="boards",service="boards/till:80"}')).toBe(1);
    expect(value(metrics, "paused")).toBe(1);
    expect(value(metrics, "paused_seconds")).toBe(3_600);
    expect(value(metrics, "clock_unsure")).toBe(1);
    expect(value(metrics, "clock_unsure_seconds")).toBe(7_200);
  });

  test("an unknown value has no sample", () => {
    const metrics = read(machineOf({ state: "PROVISIONING", current: null, seen: null }));
    for (const name of ["release", "seq", "seen_seq", "contact_age_seconds", "next_apply_seconds", "paused_seconds", "trouble"]) {
      expect(metrics.has(`skerry_agent_${name}`)).toBe(false);
    }
    expect(value(metrics, "paused")).toBe(0);
  });

  test("two troubles with one reason are one series, and no detail of a trouble or pause is shown", () => {
    expect([...(read().get("skerry_agent_trouble")?.series.keys() ?? [])]).toEqual(['{reason="storage-failed"}', '{reason="offline"}']);
    expect(metricsText(full, NOW)).not.toMatch(/git\.example|said|…/);
  });

  test("a clock that was set back causes no negative ages", () => {
    expect(value(read(full, { ...NOW, wallMs: NOW.wallMs - 86_400_000 }), "contact_age_seconds")).toBe(0);
    expect(value(read(full, later(7_200_000)), "paused_seconds")).toBe(0);
    expect(value(read(full, later(7_200_000)), "next_poll_seconds")).toBe(0);
  });

  test("docs/operating.md lists every metric with its type and help, and no other", () => {
    const path = join(import.meta.dirname, "../../../docs/operating.md");
    const rows = [...read()].map(([name, { type, help, series }]) => {
      const labels = [...new Set([...series.keys()].flatMap((key) => [...key.matchAll(/([a-z]+)="/g)].map(([, label]) => label)))];
      return `| \`${name}${labels.length > 0 ? `{${labels.join(", ")}}` : ""}\` | ${type} | ${help} |`;
    });
    const table = ["| metric | type | help |", "|---|---|---|", ...rows].join("\n");
    const place = /(<!-- metrics: [^\n]*-->\n)[\s\S]*?(<!-- end of metrics -->)/;
    const page = readFileSync(path, "utf8");
    const now = page.replace(place, (_all, begin: string, end: string) => `${begin}\n${table}\n\n${end}`);
    if (process.env["SKERRY_WRITE_DOCS"] === "1") writeFileSync(path, now);
    expect(readFileSync(path, "utf8")).toBe(now);
  });

  test("labels and help are escaped as the format requires", () => {
    const text = exposition([{ name: "x", type: "gauge", help: "a\\b\nc", samples: [{ labels: { a: 'q"\\\n', b: "ü" }, value: 1.5 }] }]);
    expect(text).toBe('# HELP x a\\\\b\\nc\n# TYPE x gauge\nx{a="q\\"\\\\\\n",b="ü"} 1.5\n');
    expect(readExposition(text).get("x")?.series.size).toBe(1);
  });

  test("the strict reader and the rules refuse wrong texts", () => {
    const group = "# HELP x y\n# TYPE x gauge\n";
    for (const text of [
      "x 1\n",
      `${group}x 1`,
      `${group}x{a="1"} 1\nx{a="1"} 2\n`,
      `${group}y 1\n`,
      `${group}x one\n`,
      `${group}x{a='1'} 1\n`,
    ]) {
      expect(() => readExposition(text)).toThrow(/: |no end/);
    }
    const named = (name: string, type: string): string[] => lint(readExposition(`# HELP ${name} h\n# TYPE ${name} ${type}\n${name} 1\n`));
    for (const [name, type] of [
      ["polls", "counter"],
      ["polls_total", "gauge"],
      ["wait_ms", "gauge"],
      ["wait_minutes", "gauge"],
      ["isWell", "gauge"],
    ]) {
      expect(named(name as string, type as string)).not.toEqual([]);
    }
  });
});

let server: ObserveServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

interface Heard {
  readonly code: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

function ask(path: string, method = "GET"): Promise<Heard> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port: server?.port, path, method, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (part: string) => (body += part));
      response.on("end", () => resolve({ code: response.statusCode, headers: response.headers, body }));
    });
    asked.on("error", reject).end();
  });
}

describe("/healthz and /metrics", () => {
  let turnedMs = 1_000_000;
  const views = { health: () => health(turnedMs, 1_000_000), metrics: (): string | undefined => metricsText(full, NOW) };
  const fail = (error: unknown): void => {
    throw error;
  };

  test("healthz is 200 while the loop runs and 503 with the reason when it does not, independent of the release", async () => {
    server = await openObserve("127.0.0.1:0", views, fail);
    turnedMs = 1_000_000 - 150_000;
    expect(await ask("/healthz")).toMatchObject({ code: 200, body: "ok\n" });
    turnedMs -= 1_000;
    expect(await ask("/healthz")).toMatchObject({ code: 503, body: "the agent's loop has not run for 151 s; its disk may hang\n" });
  });

  test("metrics have the content type of Prometheus, for GET and HEAD only, and other paths do not exist", async () => {
    server = await openObserve("127.0.0.1:0", views, fail);
    const metrics = await ask("/metrics?x=1");
    expect(metrics).toMatchObject({ code: 200, headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" } });
    expect(metrics.body).toBe(metricsText(full, NOW));
    expect(await ask("/metrics", "HEAD")).toMatchObject({
      code: 200,
      body: "",
      headers: { "content-length": String(metrics.body.length) },
    });
    expect(await ask("/metrics", "POST")).toMatchObject({ code: 405, headers: { allow: "GET, HEAD" } });
    for (const path of ["/", "/metrics/", "//metrics", "/../metrics", "/healthz%00"]) expect((await ask(path)).code).toBe(404);
    await server.close();
    server = await openObserve("127.0.0.1:0", { ...views, metrics: () => undefined }, fail);
    expect(await ask("/metrics")).toMatchObject({ code: 503, body: "the agent is starting\n" });
  });

  test("listens only on the given loopback address, and a port in use is reported at the start", async () => {
    server = await openObserve("127.0.0.1:0", views, fail);
    const reached = (host: string): Promise<string> =>
      new Promise((resolve) => {
        const socket = connect(server?.port ?? 0, host);
        socket.once("connect", () => resolve("open")).once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? ""));
        socket.once("close", () => resolve("closed")).setTimeout(500, () => socket.destroy());
        socket.once("connect", () => socket.destroy());
      });
    expect(await reached("127.0.0.1")).toBe("open");
    expect(await reached("127.0.0.2")).toBe("ECONNREFUSED");
    await expect(openObserve(`127.0.0.1:${server.port}`, views, fail)).rejects.toMatchObject({ code: "EADDRINUSE" });
  });

  test("many open connections, endless headers and bodies do not stop it from answering; closing does not wait for clients", async () => {
    server = await openObserve("127.0.0.1:0", views, fail);
    const port = server.port;
    const silent = Array.from({ length: 40 }, () => connect(port, "127.0.0.1").on("error", () => undefined));
    await new Promise((resolve) => setTimeout(resolve, 100));
    for (const socket of silent) socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const long = await new Promise<string>((resolve) => {
      let text = "";
      const socket = connect(port, "127.0.0.1", () => socket.write(`GET /metrics HTTP/1.1\r\nHost: x\r\nX: ${"y".repeat(20_000)}\r\n\r\n`));
      socket
        .on("data", (part) => (text += part.toString()))
        .on("error", () => undefined)
        .on("close", () => resolve(text));
    });
    expect(long).toMatch(/^HTTP\/1\.1 431 /);
    expect((await ask("/healthz")).code).toBeGreaterThanOrEqual(200);
    const open = connect(port, "127.0.0.1").on("error", () => undefined);
    await new Promise((resolve) => open.once("connect", resolve));
    await server.close();
    server = undefined;
    open.destroy();
  });
});
