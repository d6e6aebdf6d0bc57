import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { join } from "node:path";
import { agentStatus } from "../../../agent/status/status.ts";
import { systemClock, systemDisk, systemProcess, systemRandom } from "../../../core/index.ts";
import type { AgentConfig, PlanUnit } from "../../../wire/index.ts";
import type { Box } from "../fixtures/box.ts";
import { type Forge, PLAN, siteFiles } from "../fixtures/forge.ts";
import { Region, SITE } from "../fixtures/region.ts";

/** Releases on trial at a real box: real git, real disk, a real command that looks at what was put in place. */

let region: Region;
beforeAll(async () => {
  region = await Region.open();
});
afterAll(() => region.close());

/** The unit is well when its manifest says "good". */
function world(name: string): { forge: Forge; box: Box } {
  const { forge, box } = region.folderWorld(name);
  const command = ["grep", "-rqs", "good", join(box.targetPath, "manifests")];
  const probes: AgentConfig["probes"] = { boards: [{ exec: { command, timeoutSeconds: 5 } }] };
  box.configure({ probes });
  return { forge, box };
}

const units = { boards: { ...(PLAN.units["boards"] as PlanUnit), deadlineSeconds: 1, quietSeconds: 0 } };
const files = (text: string): ReturnType<typeof siteFiles> => siteFiles(text, { units });
const status = (box: Box): Promise<string> =>
  agentStatus(box.configPath, false, {
    clock: systemClock,
    random: systemRandom,
    disk: systemDisk,
    process: systemProcess,
    log: () => undefined,
  });

describe("a release on trial", () => {
  test("I7, R9: a good one is committed after its quiet time; after a bad one the site goes back, the bad one is pinned, and the next one is applied", async () => {
    const { forge, box } = world("trial-1");
    forge.deliver(SITE, 1, 1, files("good one"));
    expect(await box.once()).toBe(0);
    expect(await box.journal()).toMatchObject({ state: "IDLE", current: { seq: 1 } });
    expect(box.report()).toMatchObject({ reason: "committed", units: { boards: { health: "healthy" } } });

    forge.deliver(SITE, 2, 2, files("bad"));
    expect(await box.once()).toBe(1);
    expect(box.lines.map(({ event }) => event)).not.toContain("failed-before");
    expect(box.target()).toEqual(Object.fromEntries(files("good one")));
    const { seen, failed } = await box.journal();
    expect(await box.journal()).toMatchObject({ state: "IDLE", current: { seq: 1 }, candidate: null, previous: null });
    expect(failed).toEqual([{ seq: 2, tree: seen?.tree, reason: "unhealthy" }]);
    expect(box.report()).toMatchObject({
      state: "IDLE",
      reason: "unhealthy",
      running: { seq: 1 },
      units: { boards: { health: "healthy" } },
    });
    expect(await status(box)).toMatch(/unhealthy/);

    // I7: the same commit is not tried again, whoever asks for news.
    expect(await box.once()).toBe(1);
    expect((await box.journal()).starts).toBe(0);
    expect(box.lines).toEqual([
      {
        level: "warn",
        event: "failed-before",
        state: "IDLE",
        reason: "unhealthy",
        seq: 2,
        detail: expect.stringMatching(
          /^the release with seq 2 failed before \(unhealthy: .*\); it is not applied again before .* higher seq .*retry/,
        ),
      },
    ]);

    forge.deliver(SITE, 3, 3, files("good three"));
    expect(await box.once()).toBe(0);
    expect(await box.journal()).toMatchObject({ state: "IDLE", current: { seq: 3 }, previous: { seq: 1 } });
  });

  test("A14: the first release of a box has nothing to go back to: it stays, is applied again later, and a higher one is applied at once", async () => {
    const { forge, box } = world("trial-2");
    forge.deliver(SITE, 1, 1, files("bad"));
    expect(await box.once()).toBe(3);
    expect(box.target()).toEqual(Object.fromEntries(files("bad")));
    expect(await box.journal()).toMatchObject({
      state: "PROVISIONING",
      current: null,
      candidate: { seq: 1 },
      failed: [],
      interruptions: 1,
    });
    forge.deliver(SITE, 2, 2, files("good two"));
    expect(await box.once()).toBe(0);
    expect(await box.journal()).toMatchObject({ state: "IDLE", current: { seq: 2 } });
  });

  test("A16: a unit that was unhealthy before the release cannot fail it, and a release that repairs it is committed", async () => {
    const { forge, box } = world("trial-3");
    forge.deliver(SITE, 1, 1, files("good one"));
    await box.once();
    box.configure({ probes: { boards: [{ exec: { command: ["false"], timeoutSeconds: 5 } }] } });
    const patient = { boards: { ...(PLAN.units["boards"] as PlanUnit), deadlineSeconds: 2, quietSeconds: 1 } };
    forge.deliver(SITE, 2, 2, siteFiles("other", { units: patient }));
    const begunMs = systemClock.monotonic();
    expect(await box.once()).toBe(0);
    expect(await box.journal()).toMatchObject({ current: { seq: 2 }, failed: [] });
    // Watched for its quiet time all the same.
    expect(systemClock.monotonic() - begunMs).toBeGreaterThan(1_000);
  });

  test("A16: a plan whose Services agent.json does not map is committed as unproven, and the status names the missing entries", async () => {
    const { forge, box } = region.folderWorld("unmapped");
    const probes: PlanUnit["probes"] = [{ http: { namespace: "boards", service: "till", port: 8080, path: "/healthz" } }];
    const probed = { boards: { ...(units.boards as PlanUnit), probes } };
    forge.deliver(SITE, 1, 1, siteFiles("one", { units: probed }));
    expect(await box.once()).toBe(0);
    const says = "`services` in agent.json has no URL for boards/till:8080";
    expect(await box.status()).toMatchObject({ reason: "unproven", detail: expect.stringContaining(says) });
    expect(await status(box)).toContain(says);
    box.configure({ services: { "boards/till:8080": "http://127.0.0.1:1" } });
    forge.deliver(SITE, 2, 2, siteFiles("two", { units: probed }));
    expect(await box.once()).toBe(0);
    expect((await box.status()).detail).not.toContain("services");
  });

  test("A18: when going back fails too the site is DEGRADED, reports it, and applies the next release at once", async () => {
    const { forge, box } = world("trial-4");
    forge.deliver(SITE, 1, 1, files("good one"));
    await box.once();
    // Well before, and ill after anything was changed.
    const flag = join(box.folder, "touched");
    const command = [
      "sh",
      "-c",
      `test -e ${flag} && exit 1; grep -rqs bad ${join(box.targetPath, "manifests")} && touch ${flag} && exit 1; exit 0`,
    ];
    box.configure({ probes: { boards: [{ exec: { command, timeoutSeconds: 5 } }] } });
    forge.deliver(SITE, 2, 2, files("bad"));
    expect(await box.once()).toBe(3);
    expect(await box.journal()).toMatchObject({ state: "DEGRADED", current: { seq: 1 }, failed: [{ seq: 2, reason: "unhealthy" }] });
    expect(box.report()).toMatchObject({ state: "DEGRADED", reason: "unhealthy" });
    expect(box.target()).toEqual(Object.fromEntries(files("good one")));
    box.configure({ probes: {} });
    forge.deliver(SITE, 3, 3, files("cure"));
    await box.once();
    expect(await box.journal()).toMatchObject({ state: "IDLE", current: { seq: 3 } });
  });

  test("A19: an irreversible data change keeps the site on the release, DEGRADED, and no lower data version is accepted", async () => {
    const { forge, box } = world("trial-5");
    forge.deliver(SITE, 1, 1, files("good one"));
    await box.once();
    const raised = { boards: { ...units.boards, dataVersion: 2 } };
    forge.deliver(SITE, 2, 2, siteFiles("bad", { units: raised }));
    expect(await box.once()).toBe(3);
    expect(await box.journal()).toMatchObject({ state: "DEGRADED", current: { seq: 2 }, candidate: null, previous: null });
    expect(box.report().reason).toBe("one-way");
    forge.deliver(SITE, 3, 3, files("good three"));
    await box.once();
    expect((await box.journal()).refused?.reason).toBe("one-way");
    forge.deliver(SITE, 4, 4, siteFiles("good four", { units: raised }));
    expect(await box.once()).toBe(0);
    expect(await box.journal()).toMatchObject({ state: "IDLE", current: { seq: 4 } });
  });

  test("A20: a retired site follows no release; erase removes its target, keep leaves it", async () => {
    for (const retired of ["keep", "erase"] as const) {
      const { forge, box } = world(`retired-${retired}`);
      forge.deliver(SITE, 1, 1, files("good one"));
      await box.once();
      const last = siteFiles("", { units: {}, steps: [], retired });
      for (const path of [...last.keys()]) if (path !== "plan.json") last.delete(path);
      forge.deliver(SITE, 2, 2, last, { retired });
      expect(await box.once()).toBe(0);
      expect(await box.journal()).toMatchObject({ state: "RETIRED" });
      expect(box.report()).toMatchObject({ state: "RETIRED", reason: "retired" });
      expect(box.target() === undefined).toBe(retired === "erase");
      forge.deliver(SITE, 3, 3, files("good three"));
      expect(await box.once()).toBe(0);
      expect((await box.journal()).seen?.seq).toBe(2);
    }
  });
});
