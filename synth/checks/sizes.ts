import { limits } from "../../core/index.ts";
import { DATA_BYTES_MAX, dataKeyRule, formatFieldPath, isMap } from "../../kube/index.ts";
import type { RenderedObject, ReportFinding, SiteCheck, UnitCheck } from "./check.ts";

/** Size limits of API server, etcd and agent, with the longest late facts of any site. */
export const checkObjectSizes: UnitCheck = ({ objects }, report) => {
  for (const object of objects) {
    if (object.bytes > limits.blobBytes) {
      report({
        code: "too-large",
        message: `the object has ${object.bytes} bytes; at most ${limits.blobBytes} are allowed`,
        object,
        because: "etcd does not store larger objects",
        next: "split it, or move large data into an image",
      });
    }
    if (object.ref.group === "" && (object.ref.kind === "ConfigMap" || object.ref.kind === "Secret")) checkData(object, report);
  }
};

/** Kubernetes limits keys and values of all three maps together. */
function checkData(object: RenderedObject, report: ReportFinding): void {
  let bytes = 0;
  for (const name of ["data", "binaryData", "stringData"]) {
    const data = object.json[name];
    for (const [key, value] of Object.entries(isMap(data) ? data : {})) {
      bytes += Buffer.byteLength(key) + (typeof value === "string" ? Buffer.byteLength(value) : 0);
      if (dataKeyRule.holds(key)) continue;
      report({
        code: "bad-name",
        message: `${JSON.stringify(key)} is not a valid key in a ${object.ref.kind}`,
        object,
        field: formatFieldPath([name, key]),
        because: `the rule is: ${dataKeyRule.words}`,
        next: "choose a valid key",
      });
    }
  }
  if (bytes <= DATA_BYTES_MAX) return;
  report({
    code: "too-large",
    message: `the data has ${bytes} bytes; at most ${DATA_BYTES_MAX} are allowed`,
    object,
    field: "data",
    next: "split it, or move large data into an image",
  });
}

/** The agent's limits on a tree. Counts objects and their bytes, without folders, plan and node files. */
export const checkTreeSize: SiteCheck = ({ units }, report) => {
  const objects = units.flatMap((unit) => unit.objects);
  const bytes = objects.reduce((sum, object) => sum + object.bytes, 0);
  if (objects.length > limits.treeEntries) {
    report({
      code: "tree-too-large",
      message: `the site's tree has ${objects.length} objects; at most ${limits.treeEntries} are allowed`,
      because: "agents refuse larger trees to protect their disks",
      next: "place fewer units at the site, or reduce the objects of a unit",
    });
  }
  if (bytes > limits.treeBytes) {
    report({
      code: "tree-too-large",
      message: `the site's manifests have ${bytes} bytes; at most ${limits.treeBytes} are allowed`,
      because: "agents refuse larger trees to protect their disks",
      next: "move large data into images",
    });
  }
};
