import { Fleet } from "skerry";
import { EngineMonitor } from "../constructs/engine-monitor.ts";
import { PassengerInfo } from "../constructs/passenger-info.ts";
import { Ferry } from "../profiles/ferry.ts";
import { Freighter } from "../profiles/freighter.ts";
import { ships } from "../sites/ships.ts";

const fleet = new Fleet("ships", { sites: ships });

new Ferry(fleet, "ferry");
new Freighter(fleet, "freighter", {
  logCollector: "registry.example/fluent-bit@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
  hub: "logs.hub.ships.example",
});
new EngineMonitor(fleet, "engine-monitor", {
  image: "registry.example/engine-monitor@sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
  // There is no help at sea, so a release must stay healthy for ten minutes before it counts.
  quietSeconds: 600,
});
new PassengerInfo(fleet, "passenger-info", {
  image: "registry.example/passenger-info@sha256:fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9",
  where: (site) => site.labels.class === "ferry",
});

export default fleet;
