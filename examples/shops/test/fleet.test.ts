import assert from "node:assert/strict";
import { test } from "node:test";
import { synthesize } from "skerry/testing";
import fleet from "../stacks/shops.ts";

const shops = synthesize(fleet);

test("every shop has one till server on each machine", () => {
  shops.sites().each((site) => {
    assert.equal(site.object("Deployment/till").spec.replicas, site.facts.nodes.length);
  });
});

test("every shop's plan allows releases only at night", () => {
  shops.sites().each((site) => {
    const { agent } = JSON.parse(site.files()["plan.json"] ?? "{}") as { agent: { window: unknown } };
    assert.deepEqual(agent.window, { cron: "30 3 * * *", minutes: 120, timeZone: "Europe/Berlin" });
  });
});

test("every trial probes the till server", () => {
  shops.sites().each((site) => {
    const { units } = JSON.parse(site.files()["plan.json"] ?? "{}") as { units: Record<string, { probes: unknown }> };
    assert.deepEqual(units["till"]?.probes, [{ http: { namespace: "till", service: "till", port: 80, path: "/healthz" } }]);
  });
});

test("only the shops behind LTE load prices once an hour", () => {
  const slow = [...shops.sites()].filter((site) => /refresh_seconds = 3600/.test(site.object("ConfigMap/till-settings").data["till.conf"]));
  assert.deepEqual(
    slow.map(({ id }) => id),
    ["rlg", "stl", "swn"],
  );
});

test("the till renders three times, however many shops there are", () => {
  assert.equal(shops.renders("till"), 3);
});
