import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { ApiObject, type Chart, Chart as PlainChart, Include, JsonPatch, Lazy } from "cdk8s";
import { Construct } from "constructs";
import { late, lateAsString, type Site } from "../../constructs/index.ts";
import { fileOf, filesOf, type Labels, synthApp } from "./small-fleet.ts";

/** Features of cdk8s in use: groups, nested charts, included files, lazy values, patches, default names. */
function bringAll(chart: Chart, site: Site<Labels>, include: string): void {
  const group = new Construct(chart, "ID-Info");
  new ApiObject(group, "Default", {
    apiVersion: "v1",
    kind: "ConfigMap",
    data: { all: lateAsString(late`${site.late.id}`), labels: JSON.stringify(site.labels) },
  });
  new ApiObject(group, "Lazy", { apiVersion: "v1", kind: "ConfigMap", data: Lazy.any({ produce: () => site.labels }), nodes: site.nodes });
  const nested = new PlainChart(chart, "nested", { namespace: "other", labels: { from: "nested" } });
  new ApiObject(nested, "patched", { apiVersion: "v1", kind: "ConfigMap" }).addJsonPatch(JsonPatch.add("/data", { yes: "on" }));
  new Include(chart, "include", { url: include });
}

const INCLUDED = `apiVersion: v1
kind: ConfigMap
metadata: {name: included}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: readers}
rules: []
`;

function inFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "skerry-worlds-"));
  try {
    writeFileSync(join(folder, "included.yaml"), INCLUDED);
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe("any construct of cdk8s", () => {
  test("works in a build and gives the same result as with plain facts", () => {
    inFolder((folder) => {
      const result = synthApp((chart, site) => bringAll(chart, site, join(folder, "included.yaml")), {}, { verify: "all" });
      expect(result.problems).toEqual([]);
      expect(Object.keys(filesOf(result.trees[1] as never))).toEqual([
        "plan.json",
        "manifests/40-apps/boards/clusterrole.rbac.authorization.k8s.io_-_readers.yaml",
        "manifests/40-apps/boards/configmap_boards_boards-id-info.yaml",
        "manifests/40-apps/boards/configmap_boards_boards-id-info-lazy.yaml",
        "manifests/40-apps/boards/configmap_boards_included.yaml",
        expect.stringMatching(/configmap_other_boards-nested-patched-[0-9a-f]{8}\.yaml$/),
      ]);
      expect(fileOf(result, "eddm", "info.yaml")).toContain('all: "eddm"\n  labels: "{\\"scheduled\\":true,\\"size\\":\\"large\\"}"');
    });
  });
});

describe("the same facts", () => {
  test("give the same bytes in other time zones, locales, folders and environments", () => {
    inFolder((folder) => {
      const script = join(folder, "synth.mjs");
      writeFileSync(script, childSource(join(folder, "included.yaml")));
      const run = (env: Record<string, string>, cwd: string) =>
        execFileSync(process.execPath, ["--conditions=skerry-source", "--disable-warning=ExperimentalWarning", script], {
          cwd,
          env: { PATH: "", ...env },
          encoding: "utf8",
        });
      const here = run({ TZ: "UTC", LC_ALL: "C" }, folder);
      expect(here).toMatch(/^[0-9a-f]{64} 3\n$/);
      expect(
        run({ TZ: "Pacific/Auckland", LC_ALL: "tr_TR.UTF-8", LANG: "tr_TR.UTF-8", CDK8S_DISABLE_SORT: "1", CDK8S_OUTDIR: "x" }, "/"),
      ).toBe(here);
    });
  }, 120_000);
});

// The functions above, in a separate process.
function childSource(include: string): string {
  const url = (path: string) => JSON.stringify(pathToFileURL(join(import.meta.dirname, path)).href);
  return `
import { createHash } from "node:crypto";
import { ApiObject, Chart as PlainChart, Include, JsonPatch, Lazy } from ${JSON.stringify(import.meta.resolve("cdk8s"))};
import { Construct } from ${JSON.stringify(import.meta.resolve("constructs"))};
import { late, lateAsString } from ${url("../../constructs/index.ts")};
import { synthApp, filesOf } from ${url("small-fleet.ts")};
${bringAll.toString()}
const result = synthApp((chart, site) => bringAll(chart, site, ${JSON.stringify(include)}));
const hash = createHash("sha256");
for (const tree of result.trees) hash.update(JSON.stringify([tree.site, filesOf(tree)]));
process.stdout.write(hash.digest("hex") + " " + result.trees.length + "\\n");
`;
}
