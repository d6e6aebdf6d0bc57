import { readFileSync } from "node:fs";
import { sha256Hex, type TrustDocument } from "../../core/index.ts";
import type { AgentConfig, FreshnessNote, InventoryLine, Journal, Plan, Report } from "../../wire/index.ts";

export const vectors = JSON.parse(readFileSync(new URL("./vectors/vectors.json", import.meta.url), "utf8"));

export const journalRecord = (text: string) => text.slice(0, text.indexOf("\n") + 1);
export const sealed = (record: string) => `${record}${sha256Hex(record)}\n`;
const vectorJournal = JSON.parse(journalRecord(vectors.journal));

export const armor = JSON.parse(vectors.report).signatures[0].signature;
export const print = JSON.parse(vectors.report).signatures[0].key;
export const tree = JSON.parse(vectors.report).signed.running.tree;
export const signatures = [{ key: print, signature: armor }];
export const http = { http: { namespace: "boards", service: "boards", port: 80, path: "/healthz" } };

export const plan: Plan = {
  ...JSON.parse(vectors.plan),
  agent: { min: "0.1.0", pollSeconds: 300, window: { cron: "0 2 * * *", minutes: 180, timeZone: "Europe/Berlin" } },
  units: {
    boards: {
      kind: "app",
      serviceAccount: "boards/deployer",
      dataVersion: 1,
      deadlineSeconds: 300,
      quietSeconds: 30,
      probes: [http, { tcp: { namespace: "a", service: "b", port: 1 } }],
    },
  },
  consents: [{ remove: "/PersistentVolumeClaim/boards/cache", reason: "moved to emptyDir" }],
};
export const trust: TrustDocument = {
  ...JSON.parse(vectors.trust.document),
  signed: { ...JSON.parse(vectors.trust.document).signed, revoked: [{ key: print, reason: "lost" }], resets: { eddm: 7 }, minRelease: 3 },
};
export const note: FreshnessNote = {
  signed: { format: "skerry.freshness/1", fleet: "airports", shard: "3a", at: 1, release: 1, sites: { eddm: 4 } },
  signatures,
};
export const report: Report = {
  signatures,
  signed: {
    ...JSON.parse(vectors.report).signed,
    candidate: { release: 2, seq: 2, tree },
    failed: [{ seq: 1, tree, reason: "unhealthy" }],
    drift: { contested: ["/ConfigMap/boards/settings"], repaired: 2 },
    stale: 5,
  },
};
export const journal: Journal = {
  ...vectorJournal,
  candidate: { slot: "b", release: 2, seq: 2, tree },
  failed: [{ seq: 1, tree, reason: "unhealthy" }],
  refused: { commit: "0".repeat(40), trust: "1".repeat(40), reason: "bad-proof" },
  owned: [{ id: "/ConfigMap/boards/settings", uid: "", unit: "boards", seq: 1 }],
  baseline: { "/ConfigMap/boards/settings": "healthy" },
  retryAt: 9,
  paused: { until: 10, why: "works on the roof" },
};
export const config: AgentConfig = {
  format: "skerry.agent/1",
  fleet: "airports",
  site: "eddm",
  repository: "https://git.example/fleet.git",
  caFile: "/etc/skerry/authority.pem",
  state: "/var/lib/skerry",
  cache: "/run/skerry",
  trust: "/etc/skerry/trust.json",
  seqFloor: 0,
  target: { directory: { path: "/srv/site", mode: "plain" } },
  services: { "boards/boards:80": "http://127.0.0.1:8080" },
  probes: { boards: [http, { exec: { command: ["/bin/true"], timeoutSeconds: 5 } }] },
  report: "/var/lib/skerry/report.json",
  images: { containerd: { socket: "/run/containerd/containerd.sock" } },
  pollSeconds: 60,
  listen: "127.0.0.1:9469",
};
export const line: InventoryLine = {
  id: "eddm",
  name: "Flughafen München",
  level: ["EU", "DE"],
  labels: { size: "large", scheduled: true, "skerry/odd.key": [1, { deep: null }] },
  profile: "airport",
  location: { latitude: 48.35, longitude: 11.78 },
  timeZone: "Europe/Berlin",
  reportKey: `${Object.values(trust.signed.keys)[0]} eddm`,
};
