import { inventory, yaml } from "skerry";
import { Labels } from "./labels.ts";

export const ships = inventory({
  labels: Labels,
  defaults: "sites/defaults.yaml",
  from: [yaml("sites/ferries.yaml"), yaml("sites/freighters.yaml")],
});
