import assert from "node:assert/strict";
import { test } from "node:test";
import { synthesize } from "skerry/testing";
import fleet from "../stacks/ships.ts";

interface Plan {
  readonly agent: { readonly pollSeconds: number; readonly window: { readonly cron: string; readonly minutes: number } };
  readonly units: Readonly<Record<string, { readonly quietSeconds: number }>>;
}

const ships = synthesize(fleet);
const planOf = (id: string): Plan => JSON.parse(ships.site(id).files()["plan.json"] ?? "{}") as Plan;

test("the label class alone chooses the profile", () => {
  ships.sites().each((site) => assert.equal(site.profile, site.facts.labels.class));
});

test("ferries take releases at night, freighters on Sundays, and the charter on the first of a month", () => {
  assert.equal(planOf("baltic-1").agent.window.cron, "0 1 * * *");
  assert.equal(planOf("ocean-1").agent.window.cron, "0 12 * * 0");
  assert.equal(planOf("ocean-3").agent.window.cron, "0 6 1 * *");
});

test("a freighter polls once an hour, a ferry every five minutes", () => {
  assert.equal(planOf("ocean-1").agent.pollSeconds, 3_600);
  assert.equal(planOf("baltic-1").agent.pollSeconds, 300);
});

test("a release counts after the engine monitor was healthy for ten minutes", () => {
  ships.sites().each((site) => assert.equal(planOf(site.id).units["engine-monitor"]?.quietSeconds, 600));
});

test("on a metered link the monitor sends summaries and buffers more on its disk", () => {
  ships.sites("class=freighter").each((site) => {
    assert.equal(site.object("PersistentVolumeClaim").spec.resources.requests.storage, "100Gi");
    assert.deepEqual(site.object("Deployment/monitor").spec.template.spec.containers[0].env[1], { name: "UPLOAD", value: "summaries" });
  });
});

test("the monitor renders twice and the screens once, however many ships there are", () => {
  assert.equal(ships.renders("engine-monitor"), 2);
  assert.equal(ships.renders("passenger-info"), 1);
});
