import { limits } from "../../core/index.ts";
import { DATA_BYTES_MAX, dataKeyRule, formatFieldPath, isMap } from "../../kube/index.ts";
import type { RenderedObject, ReportFinding, SiteCheck, UnitCheck } from "./check.ts";

/** Sizes that an API server, etcd or an agent refuses; late facts count with the longest of any site. */
export const checkObjectSizes: UnitCheck = ({ objects }, report) => {
  for (const object of objects) {
    if (object.bytes > limits.blobBytes) {
      report({
        code: "too-large",
        message: `the object has ${object.bytes} bytes, at most ${limits.blobBytes} are allowed`,
        object,
        because: "etcd takes no larger one",
        next: "split it, or ship what is large in an image",
      });
    }
    if (object.ref.group === "" && (object.ref.kind === "ConfigMap" || object.ref.kind === "Secret")) checkData(object, report);
  }
};

/** Kubernetes counts keys and values of all three maps together. */
function checkData(object: RenderedObject, report: ReportFinding): void {
  let bytes = 0;
  for (const name of ["data", "binaryData", "stringData"]) {
    const data = object.json[name];
    for (const [key, value] of Object.entries(isMap(data) ? data : {})) {
      bytes += Buffer.byteLength(key) + (typeof value === "string" ? Buffer.byteLength(value) : 0);
      if (dataKeyRule.holds(key)) continue;
      report({
        code: "bad-name",
        message: `${JSON.stringify(key)} is no key for ${object.ref.kind}s`,
        object,
        field: formatFieldPath([name, key]),
        because: `it takes ${dataKeyRule.words}`,
        next: "choose a key that keeps to it",
      });
    }
  }
  if (bytes <= DATA_BYTES_MAX) return;
  report({
    code: "too-large",
    message: `its data has ${bytes} bytes, at most ${DATA_BYTES_MAX} are allowed`,
    object,
    field: "data",
    next: "split it, or ship what is large in an image",
  });
}

/** What a site's agent refuses as a whole: entries and bytes of the tree. Folders, plan and node files come on top and are synth's to count. */
export const checkTreeSize: SiteCheck = ({ units }, report) => {
  const objects = units.flatMap((unit) => unit.objects);
  const bytes = objects.reduce((sum, object) => sum + object.bytes, 0);
  if (objects.length > limits.treeEntries) {
    report({
      code: "tree-too-large",
      message: `the site's tree has ${objects.length} objects, at most ${limits.treeEntries} are allowed`,
      because: "agents refuse larger trees, so that nobody can fill their disks",
      next: "place fewer units at the site, or make one that writes fewer objects",
    });
  }
  if (bytes > limits.treeBytes) {
    report({
      code: "tree-too-large",
      message: `the site's manifests have ${bytes} bytes, at most ${limits.treeBytes} are allowed`,
      because: "agents refuse larger trees, so that nobody can fill their disks",
      next: "ship what is large in images",
    });
  }
};
