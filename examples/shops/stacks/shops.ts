import { Fleet } from "skerry";
import { Till } from "../constructs/till.ts";
import { Shop } from "../profiles/shop.ts";
import { shops } from "../sites/shops.ts";

const fleet = new Fleet("shops", { sites: shops });

new Shop(fleet, "shop");
new Till(fleet, "till", {
  image: "registry.example/till@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
  deadlineSeconds: 180,
  quietSeconds: 60,
});

export default fleet;
