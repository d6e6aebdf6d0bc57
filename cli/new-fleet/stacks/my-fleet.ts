import { Fleet, inventory, yaml } from "skerry";
import { ShopWindow } from "../constructs/shop-window.ts";
import { Shop } from "../profiles/shop.ts";
import { Labels } from "../sites/labels.ts";

const fleet = new Fleet("my-fleet", { sites: inventory({ labels: Labels, from: [yaml("sites/shops.yaml")] }) });

new Shop(fleet, "shop");
new ShopWindow(fleet, "shop-window", {
  image: "registry.example/shop-window@sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
});

export default fleet;
