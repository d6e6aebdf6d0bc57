import assert from "node:assert/strict";
import { test } from "node:test";
import { synthesize } from "skerry/testing";
import fleet from "../stacks/masts.ts";

const masts = synthesize(fleet);

test("every mast has three servers, so that one may fail", () => {
  masts.sites().each((site) => {
    assert.deepEqual(
      site.facts.nodes.map((node) => node.role),
      ["server", "server", "server"],
    );
  });
});

test("the beam planner runs exactly where there is an accelerator", () => {
  masts.sites().each((site) => {
    assert.equal(
      site.has("Deployment/planner"),
      site.facts.nodes.some((node) => node.gpus.length > 0),
    );
  });
});

test("the baseband gets its own addresses and the line rate of its cards", () => {
  assert.equal(
    masts.site("ulriken").object("ConfigMap/baseband-settings").data["baseband.conf"],
    "cell = ulriken.masts.example\napi = 10.60.5.10\ncore = 10.60.5.1\nfronthaul_gbps = 25\n",
  );
});

test("the time source mounts the receiver that the inventory names", () => {
  masts.sites().each((site) => {
    const { volumes } = site.object("DaemonSet/time-source").spec.template.spec;
    assert.deepEqual(volumes, [{ hostPath: { path: "/dev/gnss0" }, name: "receiver" }]);
  });
});

test("the baseband renders twice for ten masts, whatever their addresses", () => {
  assert.equal(masts.renders("baseband"), 2);
});
