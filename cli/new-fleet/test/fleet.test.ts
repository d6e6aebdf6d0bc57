import assert from "node:assert/strict";
import { test } from "node:test";
import { synthesize } from "skerry/testing";
import fleet from "../stacks/my-fleet.ts";

const shops = synthesize(fleet);

test("every large shop runs two replicas of its screens", () => {
  shops.sites("size=large").each((site) => {
    assert.equal(site.object("Deployment/screens").spec.replicas, 2);
  });
});

test("every shop's screens greet with its own name", () => {
  shops.sites().each((site) => {
    const { env } = site.object("Deployment/screens").spec.template.spec.containers[0];
    assert.deepEqual(env[1], { name: "GREETING", value: `Welcome to ${site.facts.name}` });
  });
});
