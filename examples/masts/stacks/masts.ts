import { Fleet } from "skerry";
import { Baseband } from "../constructs/baseband.ts";
import { BeamPlanner } from "../constructs/beam-planner.ts";
import { Mast } from "../profiles/mast.ts";
import { masts } from "../sites/masts.ts";

const fleet = new Fleet("masts", { sites: masts });

new Mast(fleet, "mast", {
  images: { timeSource: "registry.example/time-source@sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03" },
});
new Baseband(fleet, "baseband", {
  image: "registry.example/baseband@sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
});
new BeamPlanner(fleet, "beam-planner", {
  image: "registry.example/beam-planner@sha256:fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9",
  // At every mast with an accelerator.
  where: (site) => site.capacity.gpus > 0,
  deadlineSeconds: 600,
});

export default fleet;
