import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Disk, systemClock, systemDisk, systemProcess, systemRandom } from "../../../core/index.ts";
import { askAgent } from "../../../agent/control/client.ts";
import type { ControlRequest } from "../../../agent/control/request.ts";
import { type Endpoints, openEndpoints, type Working } from "../../../agent/endpoints.ts";
import type { PeopleEvent } from "../../../agent/machine/answers.ts";
import { Runner, RunnerEnded } from "../../../agent/runner.ts";
import { JournalRefused } from "../../../agent/store/journal-refused.ts";
import { loadMachine, openContext } from "../../../agent/start.ts";
import type { LiveStatus } from "../../../agent/status/live-status.ts";
import { type Journal, type JournalSlot, readJournal } from "../../../wire/index.ts";
import type { AgentContext } from "../../../agent/context.ts";
import { Box } from "../fixtures/box.ts";
import { Forge, siteFiles } from "../fixtures/forge.ts";
import { looseRepository } from "../fixtures/loose-repository.ts";
import { machineOf } from "../fixtures/machines.ts";
import { Region, SITE } from "../fixtures/region.ts";

let region: Region;
let desk: Endpoints | undefined;

beforeAll(async () => {
  region = await Region.open();
});
afterEach(async () => {
  await desk?.close();
  desk = undefined;
});
afterAll(() => region.close());

async function opened(
  name: string,
  disk: Disk = systemDisk,
): Promise<{ readonly context: AgentContext; readonly forge: Forge; readonly lines: unknown[] }> {
  const forge = new Forge(join(region.root, `${name}.git`));
  const box = region.keep(new Box(SITE, forge.folder, forge.trustBytes));
  mkdirSync(box.config.state);
  const lines: unknown[] = [];
  const ports = { clock: systemClock, random: systemRandom, process: systemProcess, disk, log: (line: unknown) => void lines.push(line) };
  const world = { ...(await openContext(box.config, ports)), repository: looseRepository(forge.folder, SITE) };
  desk = await openEndpoints(world);
  return { context: world, forge, lines };
}

const ask = (context: AgentContext, request: ControlRequest) => askAgent(context.config.state, request, systemClock);

test("A24: each request becomes an event, and the machine's answer is returned; without a runner the answer says so", async () => {
  const { context, lines } = await opened("words");
  expect(await ask(context, { do: "fallback" })).toMatchObject({
    ok: false,
    reason: "not-started",
    text: expect.stringContaining("nothing was changed"),
  });
  const events: PeopleEvent[] = [];
  const working: Working = {
    machine: machineOf(),
    turnedMs: 0,
    command: async (event) => {
      events.push(event);
      return event.type === "fallback-asked"
        ? { ok: false, reason: "no-previous", text: "none" }
        : { ok: true, reason: null, text: event.type };
    },
  };
  desk?.serve(working);
  for (const word of ["poll", "resume", "retry"] as const)
    expect(await ask(context, { do: word })).toEqual({ ok: true, text: `${word}-asked` });
  expect(await ask(context, { do: "pause", seconds: 60, why: "roof" })).toEqual({ ok: true, text: "pause-asked" });
  expect(await ask(context, { do: "fallback" })).toEqual({ ok: false, reason: "no-previous", text: "none" });
  expect(events.at(-2)).toEqual({ type: "pause-asked", seconds: 60, why: "roof" });
  const status = await ask(context, { do: "status" });
  expect(status).toMatchObject({ ok: true, text: "IDLE: the release runs, but no probe could check its health" });
  expect((status as { status: LiveStatus }).status).toMatchObject({ format: "skerry.status/1", state: "IDLE", fallbackTo: null });

  desk?.serve(undefined);
  desk?.refuse("the journal could not be written: ENOSPC", 1_795_000_060_000);
  expect(await ask(context, { do: "status" })).toEqual({
    ok: false,
    reason: "storage-failed",
    text: "the journal could not be written: ENOSPC; the agent tries again at 2026-11-18T11:07:40Z and changes nothing until then",
  });

  desk?.serve({ ...working, command: () => Promise.reject(new RunnerEnded()) });
  expect(await ask(context, { do: "retry" })).toMatchObject({ ok: false, reason: "storage-failed" });
  expect(lines).toEqual([]);
});

test("A24, I5: a pause whose journal write fails is not reported as done, and requests to the ended runner fail too", async () => {
  let isFull = false;
  const write: Disk["write"] = async (path, bytes, mode) => {
    if (isFull && path.includes("/journal.")) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    return systemDisk.write(path, bytes, mode);
  };
  const { context, forge } = await opened("full", { ...systemDisk, write });
  forge.deliver(SITE, 1, 1, siteFiles("one"));
  const { machine, started } = await loadMachine(context, true);
  const runner = new Runner(context, machine);
  const stop = new AbortController();
  const over = runner.run(started, stop.signal, false).then(
    () => undefined,
    (error: unknown) => error,
  );
  desk?.serve(runner);
  for (let waited = 0; runner.machine.journal.current === null || runner.machine.phase !== "IDLE"; waited += 20) {
    if (waited > 10_000) throw new Error("the first release did not come");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(await ask(context, { do: "pause", seconds: 60, why: "roof" })).toMatchObject({ ok: true });
  expect(runner.machine.journal.paused?.why).toBe("roof");
  isFull = true;
  expect(await ask(context, { do: "resume" })).toEqual({
    ok: false,
    reason: "storage-failed",
    text: "the agent is stopping, or could not write its journal; nothing was changed",
  });
  expect(await over).toBeInstanceOf(JournalRefused);
  expect(runner.machine.journal.paused?.why).toBe("roof");
  expect(await ask(context, { do: "resume" })).toMatchObject({ ok: false, reason: "storage-failed" });
}, 30_000);

test("A15: an agent that is stopped before its loop starts counts no start of the release", async () => {
  const records: Journal[] = [];
  const write: Disk["write"] = async (path, bytes, mode) => {
    const record = path.includes("/journal.") ? readJournal(bytes) : undefined;
    if (record !== undefined && "value" in record) records.push(record.value);
    return systemDisk.write(path, bytes, mode);
  };
  const { context, forge } = await opened("stopped", { ...systemDisk, write });
  forge.deliver(SITE, 1, 1, siteFiles("one"));
  const first = await loadMachine(context, true);
  const { journal } = await new Runner(context, first.machine).run(first.started, new AbortController().signal, true);
  const current = journal.current as JournalSlot;
  const onTrial = { ...journal, state: "TRIAL", candidate: { ...current, seq: 2 }, starts: 1 } as const;
  records.length = 0;
  const { machine, started } = await loadMachine(context, false);
  await new Runner(context, { ...machine, phase: "TRIAL", journal: onTrial }).run(
    { ...started, candidate: started.current },
    AbortSignal.abort(),
    false,
  );
  expect(records.slice(0, 2)).toMatchObject([
    { state: "APPLY", starts: 2 },
    { state: "APPLY", starts: 1 },
  ]);
}, 30_000);
