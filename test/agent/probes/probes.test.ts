import { chmodSync, chownSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";
import { execFile, execFileSync } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Clock, systemClock, systemDisk, systemProcess } from "../../../core/index.ts";
import { boxProbes } from "../../../agent/probes/box-probes.ts";
import type { ProbeAnswer } from "../../../agent/probes/probes.ts";
import type { AgentProbe } from "../../../wire/index.ts";

const never = new AbortController().signal;
const STRANGER = 12_345;
/** Five seconds are a quarter of one. */
const hasty: Clock = { ...systemClock, sleep: (ms, signal) => systemClock.sleep(ms / 20, signal) };
const world = {
  ...systemProcess,
  env: (name: string) => (name === "PATH" ? "/usr/local/bin:/usr/bin:/bin" : name === "SECRET" ? "hunter2" : undefined),
};

let folder: string;
let web: HttpServer;
let origin: string;
let seen: IncomingMessage[] = [];

const answers: Readonly<Record<string, (response: ServerResponse) => void>> = {
  "/app/healthz": (response) => response.end("ok"),
  "/app/teapot": (response) => response.writeHead(418).end("hunter2"),
  "/app/fault": (response) => response.writeHead(500).end(),
  "/app/unchanged": (response) => response.writeHead(304).end(),
  "/app/moved": (response) => response.writeHead(302, { location: "healthz" }).end(),
  "/app/moved-to-fault": (response) => response.writeHead(307, { location: "/app/fault" }).end(),
  "/app/moved-away": (response) => response.writeHead(302, { location: "http://elsewhere.invalid/" }).end(),
  "/app/moved-nowhere": (response) => response.writeHead(302, { location: "file:///etc/passwd" }).end(),
  "/app/loop": (response) => response.writeHead(301, { location: "/app/loop" }).end(),
  "/app/endless": (response) => {
    response.on("error", () => undefined);
    const more = (): void => void (response.destroyed || (response.write("x".repeat(4_096)), setTimeout(more, 1)));
    more();
  },
  "/app/broken": (response) => {
    response.writeHead(200, { "content-length": "100" }).write("x");
    setTimeout(() => response.destroy(), 20);
  },
  "/app/slow": () => undefined,
};

beforeAll(async () => {
  folder = mkdtempSync("/tmp/skerry-probes-");
  web = createServer((request, response) => {
    seen.push(request);
    const answer = answers[(request.url ?? "").split("?")[0] as string];
    if (answer === undefined) response.writeHead(404).end();
    else answer(response);
  });
  origin = `http://127.0.0.1:${await listening(web)}`;
});

afterAll(() => {
  web.closeAllConnections();
  web.close();
  rmSync(folder, { recursive: true });
});

async function listening(server: Server | HttpServer): Promise<number> {
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

function ask(probe: AgentProbe, url = `${origin}/app/`, signal = never, clock = hasty): Promise<ProbeAnswer> {
  return boxProbes({ services: { "boards/web:80": url } }, clock, world, systemDisk).ask(probe, signal);
}

const http = (path: string, service = "web"): AgentProbe => ({ http: { namespace: "boards", service, port: 80, path } });
const tcp: AgentProbe = { tcp: { namespace: "boards", service: "web", port: 80 } };

describe("http", () => {
  test("A16: 200 to 399 is healthy and everything else is not; redirects are followed only on the same host", async () => {
    // All answer at once, so the real time limit is never waited for.
    const health = async (path: string): Promise<string> => (await ask(http(path), undefined, never, systemClock)).health;
    const paths = Object.keys(answers).filter((path) => !/slow|endless|broken/.test(path));
    const found = Object.fromEntries(await Promise.all(paths.map(async (path) => [path.slice(5), await health(path.slice(4))] as const)));
    expect(found).toEqual({
      healthz: "healthy",
      teapot: "unhealthy",
      fault: "unhealthy",
      unchanged: "healthy",
      moved: "healthy",
      "moved-to-fault": "unhealthy",
      "moved-away": "healthy",
      "moved-nowhere": "unhealthy",
      loop: "unhealthy",
    });
  });

  test("A16: an endless body is healthy and discarded; a broken body and no answer in time are not", async () => {
    expect(await ask(http("/endless"))).toMatchObject({ health: "healthy" });
    expect(await ask(http("/broken"))).toMatchObject({ health: "unhealthy" });
    expect(await ask(http("/slow"))).toEqual({ health: "unhealthy", detail: "Service boards/web:80 did not answer within 5 s" });
  });

  test("I13: details have no body, no query and no password, and are one line of at most 300 characters", async () => {
    seen = [];
    const answered = await ask(http(`/teapot?token=hunter2&long=${"x".repeat(900)}`), origin.replace("//", "//me:hunter%2@") + "/app");
    expect(answered).toEqual({ health: "unhealthy", detail: "Service boards/web:80 answered 418 at /teapot" });
    expect(Buffer.from((seen[0]?.headers.authorization ?? "").slice(6), "base64").toString()).toBe("me:hunter%2");
    expect(seen[0]?.headers["user-agent"]).toMatch(/^skerry-agent\/\d/);
    const { detail } = await ask(http(`/${"y".repeat(1_000)}`));
    expect(detail.length).toBeLessThanOrEqual(300);
    expect(detail).toMatch(/^[^\p{Cc}]+$/u);
  });

  test("A16: a Service that is not in agent.json is unprobed, also when its name is a property of every object", async () => {
    expect((await ask(http("/", "other"))).health).toBe("unprobed");
    expect((await boxProbes({}, hasty, world, systemDisk).ask(tcp, never)).health).toBe("unprobed");
  });

  test("A16: a refused connection is unhealthy; an unresolved name, no route and a stop are unknown", async () => {
    const closed = createTcpServer();
    const port = await listening(closed);
    await new Promise((resolve) => closed.close(resolve));
    for (const probe of [http("/"), tcp]) {
      expect(await ask(probe, `http://127.0.0.1:${port}`)).toMatchObject({
        health: "unhealthy",
        detail: expect.stringContaining("ECONNREFUSED"),
      });
      expect(await ask(probe, "http://no-such-name.invalid", never, systemClock)).toMatchObject({ health: "unknown" });
      expect(await ask(probe, "http://[2001:db8::1]", AbortSignal.abort())).toMatchObject({ health: "unknown" });
    }
    const stop = new AbortController();
    const slow = ask(http("/slow"), undefined, stop.signal, systemClock);
    setTimeout(() => stop.abort(), 50);
    expect(await slow).toMatchObject({ health: "unknown", detail: expect.stringContaining("the agent is stopping") });
  });

  test("A16: a certificate is checked only when the URL has a password", async () => {
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    execFileSync(
      "openssl",
      `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=box -days 2 -keyout ${key} -out ${cert}`.split(" "),
      { stdio: "ignore" },
    );
    const tls = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_, response) => response.end("ok"));
    const port = await listening(tls);
    expect(await ask(http("/"), `https://127.0.0.1:${port}`)).toMatchObject({ health: "healthy" });
    expect(await ask(http("/"), `https://me:hunter2@127.0.0.1:${port}`)).toMatchObject({
      health: "unhealthy",
      detail: expect.stringContaining("SELF_SIGNED"),
    });
    tls.close();
  });

  test("A16: a proxy in the environment is not used", async () => {
    const script = `
      import { boxProbes } from ${JSON.stringify(join(import.meta.dirname, "../../../agent/probes/box-probes.ts"))};
      import { systemClock, systemDisk, systemProcess } from ${JSON.stringify(join(import.meta.dirname, "../../../core/index.ts"))};
      const probes = boxProbes({ services: { "boards/web:80": ${JSON.stringify(`${origin}/app`)} } }, systemClock, systemProcess, systemDisk);
      const answer = await probes.ask(${JSON.stringify(http("/healthz"))}, new AbortController().signal);
      process.stdout.write(answer.health);`;
    const dead = "http://127.0.0.1:9";
    const env = { PATH: process.env["PATH"], NODE_USE_ENV_PROXY: "1", HTTP_PROXY: dead, http_proxy: dead, HTTPS_PROXY: dead };
    const flags = ["--conditions=skerry-source", "--disable-warning=ExperimentalWarning", "--input-type=module"];
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, "--eval", script], {
      env,
      cwd: join(import.meta.dirname, "../../.."),
    });
    expect(stdout).toBe("healthy");
  });
});

describe("tcp", () => {
  test("A16: an accepted connection is healthy, and is closed at once", async () => {
    const hungUp = Promise.withResolvers<void>();
    const server = createTcpServer(
      (socket) =>
        void socket
          .on("close", hungUp.resolve)
          .on("data", () => undefined)
          .resume(),
    );
    expect(await ask(tcp, `http://127.0.0.1:${await listening(server)}/ignored`)).toEqual({
      health: "healthy",
      detail: "Service boards/web:80 accepts connections",
    });
    await hungUp.promise;
    server.close();
  });
});

describe("exec", () => {
  const exec = (command: readonly string[], timeoutSeconds = 5, signal = never, clock = systemClock): Promise<ProbeAnswer> =>
    boxProbes({}, clock, world, systemDisk).ask({ exec: { command, timeoutSeconds } }, signal);
  const sh = (script: string): readonly string[] => ["/bin/sh", "-c", script];

  test("A16: exit code 0 is healthy and any other unhealthy; arguments are passed unchanged, without a shell", async () => {
    expect(await exec(["true"])).toEqual({ health: "healthy", detail: 'the command "true" exited with code 0' });
    expect(await exec(sh("exit 7"))).toEqual({ health: "unhealthy", detail: 'the command "sh" exited with code 7' });
    expect(await exec(["test", "$HOME; touch /x", "=", "$HOME; touch /x"])).toMatchObject({ health: "healthy" });
    expect(await exec(sh("kill -TERM $$"))).toMatchObject({ health: "unhealthy" });
  });

  test("A16: a missing command, one without permission, and one that somebody killed are unknown", async () => {
    const plain = join(folder, "plain");
    writeFileSync(plain, "x");
    chmodSync(plain, 0o644);
    expect(await exec(["/nowhere/at/all"])).toEqual({ health: "unknown", detail: 'the command "all" could not be started: ENOENT' });
    expect(await exec([plain])).toMatchObject({ health: "unknown", detail: expect.stringContaining("EACCES") });
    expect(await exec(["true", "x".repeat(200_000)])).toMatchObject({ health: "unknown", detail: expect.stringContaining("E2BIG") });
    expect(await exec(sh("kill -KILL $$"))).toMatchObject({ health: "unknown" });
    expect(await exec(["true"], 5, AbortSignal.abort())).toMatchObject({ health: "unknown" });
  });

  test("T27: a program or script that another user can change is not started, however it is started", async () => {
    const script = join(folder, "check.sh");
    const ran = join(folder, "ran");
    writeFileSync(script, `#!/bin/sh\ntouch ${ran}\n`);
    const commands = [
      [script],
      ["sh", script],
      ["/bin/sh", "-e", script],
      ["env", "LANG=C", "timeout", "5s", "sh", script, "--verbose"],
      ["sh", "-c", script],
    ];
    for (const [mode, who] of [
      [0o757, "everybody"],
      [0o775, `group ${STRANGER}`],
    ] as const) {
      if (mode === 0o775 && process.geteuid?.() !== 0) continue;
      if (mode === 0o775) chownSync(script, 0, STRANGER);
      chmodSync(script, mode);
      for (const command of commands) {
        expect(await exec(command)).toEqual({
          health: "unknown",
          detail: expect.stringMatching(new RegExp(`^the command ".*" was not started: unsafe-path, ${script} can be written by ${who}$`)),
        });
      }
      expect(existsSync(ran)).toBe(false);
    }
    chmodSync(script, 0o755);
    for (const command of commands) expect(await exec(command)).toMatchObject({ health: "healthy" });
    // Arguments of the program are its data: other users may own them.
    writeFileSync(join(folder, "data"), "well");
    chmodSync(join(folder, "data"), 0o666);
    expect(await exec(["grep", "-q", "well", join(folder, "data")])).toMatchObject({ health: "healthy" });
    expect(await exec(["timeout", "5", "grep", "-q", "well", join(folder, "data")])).toMatchObject({ health: "healthy" });
  });

  test("I13: a command gets only PATH, HOME and LANG from the environment, and its output is discarded", async () => {
    const out = join(folder, "environment");
    const answer = await exec(sh(`/usr/bin/env > ${out}; echo hunter2; echo hunter2 >&2; yes | head -c 1000000; exit 3`));
    expect(JSON.stringify(answer)).not.toContain("hunter2");
    expect(answer.health).toBe("unhealthy");
    const names = readFileSync(out, "utf8")
      .split("\n")
      .map((line) => line.split("=")[0]);
    expect(names.filter((name) => !["", "PATH", "PWD", "_", "SHLVL"].includes(name as string))).toEqual([]);
  });

  test("A16: a command that exceeds its time is killed with its children, also when it ignores SIGTERM", async () => {
    const pids = join(folder, "pids");
    const script = `trap '' TERM; sleep 600 & echo $! > ${pids}; echo $$ >> ${pids}; while :; do sleep 0.05; done`;
    const answer = await exec(sh(script), 10, never, hasty);
    expect(answer).toEqual({ health: "unhealthy", detail: 'the command "sh" did not exit within 10 s' });
    await allGone(pids);
  });

  test("A16: processes that a command leaves in its group are killed, and so is an aborted command", async () => {
    const pids = join(folder, "left");
    expect(await exec(sh(`sleep 600 & echo $! > ${pids}`))).toMatchObject({ health: "healthy" });
    await allGone(pids);
    rmSync(pids);
    const stop = new AbortController();
    const slow = exec(sh(`echo $$ > ${pids}; sleep 600`), 600, stop.signal);
    while (!existsSync(pids)) await systemClock.sleep(10);
    stop.abort();
    expect(await slow).toMatchObject({ health: "unknown", detail: expect.stringContaining("the agent is stopping") });
    await allGone(pids);
  });

  test("two checks can run the same command at the same time", async () => {
    const probes = boxProbes({}, systemClock, world, systemDisk);
    const look = (): Promise<ProbeAnswer> => probes.ask({ exec: { command: ["sleep", "0.1"], timeoutSeconds: 5 } }, never);
    expect((await Promise.all([look(), look()])).map(({ health }) => health)).toEqual(["healthy", "healthy"]);
  });

  test("A16: a command that SIGKILL has not ended yet is not started again", async () => {
    // No time between one signal and the next: the look is over before the kernel is.
    const restless: Clock = { ...systemClock, sleep: async () => undefined };
    const probes = boxProbes({}, restless, world, systemDisk);
    const look = (): Promise<ProbeAnswer> => probes.ask({ exec: { command: ["sleep", "600"], timeoutSeconds: 1 } }, never);
    expect(await look()).toMatchObject({ health: "unhealthy" });
    expect(await look()).toMatchObject({ health: "unknown", detail: expect.stringContaining("still not exited") });
    await systemClock.sleep(500);
    expect(await look()).toMatchObject({ health: "unhealthy" });
  });

  async function allGone(path: string): Promise<void> {
    for (const pid of readFileSync(path, "utf8").trim().split("\n")) {
      for (let look = 0; isAlive(pid) && look < 100; look += 1) await systemClock.sleep(10);
      expect([pid, isAlive(pid)]).toEqual([pid, false]);
    }
  }

  /** One that nobody waits for stays as a zombie where process 1 is no init. */
  function isAlive(pid: string): boolean {
    return existsSync(`/proc/${pid}/stat`) && !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  }
});
