import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Clock, systemClock, WorldError } from "../../../core/index.ts";
import { readArguments } from "../../../agent/arguments.ts";
import { type ControlAnswer, readAnswer, writeAnswer } from "../../../agent/control/answer.ts";
import { askAgent } from "../../../agent/control/client.ts";
import { type ControlRequest, readRequest, writeRequest } from "../../../agent/control/request.ts";
import { type ControlServer, openControl } from "../../../agent/control/server.ts";
import { startCommand } from "../../../agent/local/start-command.ts";

let state: string;
let server: ControlServer | undefined;
let asked: ControlRequest[];
let faults: unknown[];
/** What the handler answers; a test may hold it back. */
let answer: (request: ControlRequest) => Promise<ControlAnswer>;
const sockets: Socket[] = [];

beforeEach(() => {
  state = mkdtempSync("/tmp/skerry-control-");
  asked = [];
  faults = [];
  answer = async (request) => ({ ok: true, text: `did ${request.do}` });
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server?.close();
  server = undefined;
  rmSync(state, { recursive: true, force: true });
});

async function open(clock: Clock = systemClock): Promise<void> {
  server = await openControl({
    state,
    clock,
    handle: (request) => {
      asked.push(request);
      return answer(request);
    },
    onFault: (error) => void faults.push(error),
  });
}

/** Time stands still until it is let go, so that five seconds cost none. */
function heldClock(): { clock: Clock; pass: () => void } {
  const rings: (() => void)[] = [];
  const sleep = (_ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      rings.push(resolve);
      signal?.addEventListener("abort", () => resolve());
    });
  return { clock: { ...systemClock, sleep }, pass: () => rings.splice(0).forEach((ring) => ring()) };
}

function dial(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path: join(state, "control"), allowHalfOpen: true });
    sockets.push(socket);
    socket.once("error", reject).once("connect", () => resolve(socket));
  });
}

/** All that comes until the other side ends, and then goes too. */
function heard(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    socket.on("data", (part) => (text += part.toString()));
    socket.once("end", () => {
      socket.end();
      resolve(text);
    });
    socket.on("error", () => resolve(text));
    socket.once("close", () => resolve(text));
  });
}

async function raw(bytes: string | Buffer): Promise<unknown> {
  const socket = await dial();
  socket.write(bytes);
  const read = readAnswer(Buffer.from(await heard(socket)));
  return "value" in read ? read.value : read.fault;
}

async function until(what: string, isTrue: () => boolean): Promise<void> {
  for (let waited = 0; waited < 5_000; waited += 5) {
    if (isTrue()) return;
    await delay(5);
  }
  throw new Error(`waited 5 s for: ${what}`);
}

async function faultOf(work: Promise<unknown>): Promise<WorldError> {
  const error = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(error instanceof WorldError)) throw new Error(`expected a WorldError, not ${String(error)}`);
  return error;
}

const REQUESTS: readonly ControlRequest[] = [
  { do: "status" },
  { do: "poll" },
  { do: "pause", seconds: 7_200, why: "works on the roof" },
  { do: "resume" },
  { do: "retry" },
  { do: "fallback" },
];

describe("A24: the control socket", () => {
  test("A24: transfers each request and its answer, for any size of the answer", async () => {
    await open();
    for (const request of REQUESTS) expect(await askAgent(state, request, systemClock)).toEqual({ ok: true, text: `did ${request.do}` });
    expect(asked).toEqual(REQUESTS);
    answer = async () => ({ ok: false, reason: "no-previous", text: "nothing is kept" });
    expect(await askAgent(state, { do: "fallback" }, systemClock)).toEqual({ ok: false, reason: "no-previous", text: "nothing is kept" });
    const units = Array.from({ length: 20_000 }, (_, index) => ({ unit: `unit-${index}`, detail: "Straße → Höhe" }));
    answer = async () => ({ ok: true, text: "much", status: { units } });
    expect(await askAgent(state, { do: "status" }, systemClock)).toEqual({ ok: true, text: "much", status: { units } });
    expect(faults).toEqual([]);
  });

  test("A24: only the agent's user can connect at any moment, also in a world-accessible folder and without a umask", async () => {
    const seen = new Set<string>();
    const old = process.umask(0);
    try {
      execFileSync("chmod", ["0777", state]);
      let isOver = false;
      // Looks as often as it can while the socket comes into being.
      const looking = (async () => {
        while (!isOver) {
          for (const path of ["control", "control.new", "control.new/control"]) {
            const stats = statSync(join(state, path), { throwIfNoEntry: false });
            if (stats) seen.add(`${path} ${(stats.mode & 0o777).toString(8)}`);
          }
          await new Promise(setImmediate);
        }
      })();
      for (let round = 0; round < 20; round++) {
        await server?.close();
        await open();
      }
      isOver = true;
      await looking;
    } finally {
      process.umask(old);
    }
    // What lies in the folder of mode 0700 may have any mode for a moment: nobody else gets there.
    expect([...seen].filter((line) => !line.startsWith("control.new/"))).toEqual(expect.arrayContaining(["control 600"]));
    expect([...seen].filter((line) => !line.startsWith("control.new/") && line !== "control 600" && line !== "control.new 700")).toEqual(
      [],
    );
    expect(readdirSync(state)).toEqual(["control"]);
  });

  test("A24: the socket of a killed agent is replaced, an interrupted start is cleaned up, and a stop leaves nothing", async () => {
    const program = `require("node:net").createServer().listen(process.argv[1], () => process.kill(process.pid, "SIGKILL"))`;
    expect(spawnSync(process.execPath, ["-e", program, join(state, "control")]).signal).toBe("SIGKILL");
    expect(statSync(join(state, "control")).isSocket()).toBe(true);
    mkdirSync(join(state, "control.new"));
    writeFileSync(join(state, "control.new/control"), "rest of a start");
    const dead = await faultOf(askAgent(state, { do: "poll" }, systemClock));
    expect(dead.code).toBe("no-agent");
    await open();
    expect(await askAgent(state, { do: "poll" }, systemClock)).toEqual({ ok: true, text: "did poll" });
    await server?.close();
    server = undefined;
    expect(readdirSync(state)).toEqual([]);
  });

  test("A24: a state folder with a path of more than 107 bytes works, and the working folder does not change", async () => {
    const top = state;
    state = join(state, ...Array.from({ length: 6 }, () => "a-long-name-of-a-folder".repeat(8)));
    mkdirSync(state, { recursive: true });
    const before = process.cwd();
    await open();
    expect(Buffer.byteLength(state)).toBeGreaterThan(1_000);
    expect(await askAgent(state, { do: "poll" }, systemClock)).toEqual({ ok: true, text: "did poll" });
    expect(process.cwd()).toBe(before);
    await server?.close();
    server = undefined;
    state = top;
  });

  test("A24: another file at the socket's path is reported with the path, and nothing stays open", async () => {
    mkdirSync(join(state, "control"));
    writeFileSync(join(state, "control/file"), "");
    await expect(open()).rejects.toMatchObject({ code: expect.stringMatching(/^(EISDIR|ENOTEMPTY|EEXIST)$/) });
    rmSync(join(state, "control"), { recursive: true });
    await open();
    expect(await askAgent(state, { do: "poll" }, systemClock)).toEqual({ ok: true, text: "did poll" });
  });

  test.each([
    ["no line end within 4 KB", `{"do":"poll"${" ".repeat(5_000)}`, "a request is one line of at most 4096 bytes"],
    ["a pause whose reason is too long", `${JSON.stringify({ do: "pause", seconds: 60, why: "x".repeat(501) })}\n`, "a pause is {"],
    ["no JSON", "status\n", "the request is not JSON"],
    ["JSON that is not canonical", '{ "do": "status" }\n', "the request is not canonical JSON"],
    ["the same key twice", '{"do":"poll","do":"fallback"}\n', "the request is not canonical JSON"],
    ["bytes that are not UTF-8", Buffer.from([0x22, 0xff, 0x22, 0x0a]), "the request is not UTF-8"],
    ["two lines at once", '{"do":"poll"}\n{"do":"fallback"}\n', "the request is not JSON"],
    ["an unknown word", '{"do":"retire"}\n', "this agent knows status,"],
    ["a field too many", '{"do":"fallback","force":true}\n', "this agent knows status,"],
    ["null", "null\n", "this agent knows status,"],
    ["a pause without an end", '{"do":"pause","why":"roof"}\n', "a pause is {"],
    ["a pause of more than a day", '{"do":"pause","seconds":86401,"why":"roof"}\n', "a pause is {"],
    ["a pause of no time", '{"do":"pause","seconds":0,"why":"roof"}\n', "a pause is {"],
    ["a pause without a reason", '{"do":"pause","seconds":60,"why":""}\n', "a pause is {"],
    ["a reason that moves the cursor", '{"do":"pause","seconds":60,"why":"\\u001b[2J"}\n', "a pause is {"],
  ])("A24: %s is refused with a message and never reaches the agent", async (_what, bytes, text) => {
    await open();
    expect(await raw(bytes)).toEqual({ ok: false, reason: "bad-request", text: expect.stringContaining(text) });
    expect(asked).toEqual([]);
    expect(faults).toEqual([]);
  });

  test("A24: a request may arrive byte by byte, and its sender may close its side", async () => {
    await open();
    const socket = await dial();
    const text = heard(socket);
    for (const byte of Buffer.from(writeRequest({ do: "pause", seconds: 60, why: "Dach: größer" }))) {
      socket.write(Buffer.from([byte]));
      await new Promise(setImmediate);
    }
    socket.end();
    expect(await text).toBe('{"ok":true,"text":"did pause"}\n');
    expect(asked).toEqual([{ do: "pause", seconds: 60, why: "Dach: größer" }]);
  });

  test("A24: a client that sends nothing or half a line, or never reads the answer, is disconnected after five seconds", async () => {
    const { clock, pass } = heldClock();
    await open(clock);
    const [silent, half, deaf] = [await dial(), await dial(), await dial()];
    half.write('{"do":');
    answer = async () => ({ ok: true, text: "x".repeat(3_000_000) });
    deaf.write(writeRequest({ do: "poll" }));
    await until("the answer to be on its way", () => asked.length === 1);
    await delay(50);
    const ends = [silent, half].map((socket) => heard(socket));
    pass();
    expect(await Promise.all(ends)).toEqual(["", ""]);
    // The deaf one gets what the kernel held, and the connection is gone at our side.
    expect((await heard(deaf)).length).toBeLessThan(3_000_000);
    answer = async (request) => ({ ok: true, text: `did ${request.do}` });
    expect(await askAgent(state, { do: "poll" }, systemClock)).toEqual({ ok: true, text: "did poll" });
    expect(faults).toEqual([]);
  });

  test("A24: eight clients are served at once, the ninth gets busy, and a closed connection frees a place", async () => {
    const { clock } = heldClock();
    await open(clock);
    const eight = await Promise.all(Array.from({ length: 8 }, dial));
    expect(await askAgent(state, { do: "poll" }, systemClock)).toEqual({
      ok: false,
      reason: "busy",
      text: "too many connections at once: try again in a few seconds",
    });
    eight[0]?.destroy();
    await until("a free place", () => eight[0]?.closed === true);
    await delay(20);
    expect(await askAgent(state, { do: "poll" }, systemClock)).toEqual({ ok: true, text: "did poll" });
    expect(asked).toEqual([{ do: "poll" }]);
  });

  test("A24: a client that disconnects early has no effect on others, and an error of the handler is reported", async () => {
    await open();
    let release = (): void => undefined;
    answer = () => new Promise((resolve) => (release = () => resolve({ ok: true, text: "late" })));
    const gone = await dial();
    gone.write(writeRequest({ do: "poll" }));
    await until("the request", () => asked.length === 1);
    gone.destroy();
    await delay(20);
    release();
    await delay(20);
    expect(faults).toEqual([]);
    answer = async () => Promise.reject(new Error("a bug"));
    expect((await faultOf(askAgent(state, { do: "poll" }, systemClock))).code).toBe("no-answer");
    expect(faults).toEqual([new Error("a bug")]);
  });
});

describe("requests", () => {
  test("A24: without a running agent the error says so with the next step, and nothing is created", async () => {
    for (const folder of [state, join(state, "not-there")]) {
      const fault = await faultOf(askAgent(folder, { do: "pause", seconds: 60, why: "roof" }, systemClock));
      expect(fault).toMatchObject({ code: "no-agent", message: `no agent runs with the state folder ${folder}, so nothing was changed` });
      expect(fault.next).toMatch(
        /^Start it \(`.*`\), then run `skerry agent pause` again: only `status` and `once` work without a running agent$/,
      );
    }
    const next = async (command: "retry" | "poll", hasSystemd: boolean) =>
      (await faultOf(askAgent(state, { do: command }, systemClock, startCommand("/etc/skerry/agent.json", hasSystemd)))).next;
    expect(await next("retry", true)).toBe(
      "Start it (`systemctl start skerry-agent`), then run `skerry agent retry` again: only `status` and `once` work without a running agent, and `skerry agent once` does not apply a failed release again",
    );
    expect(await next("poll", false)).toBe(
      "Start it (`skerry agent run`), which polls at once, or run `skerry agent once`, which polls without it",
    );
    expect(existsSync(join(state, "not-there"))).toBe(false);
    expect(readdirSync(state)).toEqual([]);
  });

  test("A24: an agent that hangs, one that ends, and one of another version have different errors", async () => {
    const { clock, pass } = heldClock();
    let say = (socket: Socket): void => void socket;
    const fake = createServer((socket) => void socket.on("error", () => undefined).once("data", () => say(socket)));
    await new Promise<void>((resolve) => fake.listen(join(state, "control"), resolve));
    try {
      const stuck = faultOf(askAgent(state, { do: "poll" }, clock));
      await new Promise<void>((resolve) => (say = () => resolve()));
      pass();
      expect((await stuck).message).toBe("the agent gave no answer within 30 s");
      say = (socket) => socket.destroy();
      expect((await faultOf(askAgent(state, { do: "poll" }, systemClock))).message).toBe("the agent stopped before it answered");
      say = (socket) => socket.end('{"ok":false,"reason":"word-of-2031","text":""}\n');
      expect((await faultOf(askAgent(state, { do: "poll" }, systemClock))).next).toContain("the running agent's version");
      say = (socket) => socket.end("nonsense\n");
      expect((await faultOf(askAgent(state, { do: "poll" }, systemClock))).message).toBe("the answer is not JSON");
    } finally {
      await new Promise((resolve) => fake.close(resolve));
    }
  });

  test("A24: requests and answers are read as written, and the readers never throw", () => {
    for (const request of REQUESTS) expect(readRequest(Buffer.from(writeRequest(request)))).toEqual({ value: request });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(readRequest(bytes)).toHaveProperty("fault");
        expect(readAnswer(bytes)).toHaveProperty("fault");
      }),
    );
    fc.assert(
      fc.property(fc.json(), (json) => {
        readRequest(Buffer.from(`${json}\n`));
        readAnswer(Buffer.from(`${json}\n`));
      }),
    );
    const refused: ControlAnswer = { ok: false, reason: "paused", text: "…" };
    expect(readAnswer(Buffer.from(writeAnswer(refused)))).toEqual({ value: refused });
  });
});

describe("the agent's command line", () => {
  const config = "/etc/skerry/agent.json";
  const asks = (request: ControlRequest, json = false) => ({ value: { do: "ask", request, config, json } });

  test.each([
    ["pause --for 90m --why roof", asks({ do: "pause", seconds: 5_400, why: "roof" })],
    ["pause --why=roof --for=2h -o json", asks({ do: "pause", seconds: 7_200, why: "roof" }, true)],
    ["pause --for 1d --why roof --output text", asks({ do: "pause", seconds: 86_400, why: "roof" })],
    ["resume", asks({ do: "resume" })],
    ["retry -ojson", asks({ do: "retry" }, true)],
    ["fallback --config /x", { value: { do: "ask", request: { do: "fallback" }, config: "/x", json: false } }],
    ["poll", asks({ do: "poll" })],
    ["status", { value: { do: "status", config, json: false } }],
    ["run --config=/x", { value: { do: "run", config: "/x" } }],
    ["once", { value: { do: "once", config } }],
  ])("%s", (line, asked) => {
    expect(readArguments(line.split(" "))).toEqual(asked);
  });

  test.each([
    "",
    "stop",
    "constructor",
    "run -o json",
    "status --for 2h",
    "status extra",
    "status -o yaml",
    "pause",
    "pause --for 2h",
    "pause --why roof",
    "pause --for 25h --why roof",
    "pause --for 2d --why roof",
    "pause --for 0h --why roof",
    "pause --for 2 --why roof",
    "pause --for -2h --why roof",
    "pause --for 1.5h --why roof",
    "pause --for 2h --why \n",
    "pause --for 2h --why=\u00a0",
    "run --config",
  ])("refuses: %s", (line) => {
    expect(readArguments(line.split(" "))).toHaveProperty("fault");
  });
});
