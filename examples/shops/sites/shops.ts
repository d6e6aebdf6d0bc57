import { csv, inventory, numberIn, skip } from "skerry";
import { Labels } from "./labels.ts";

/** The office's table. Each row is a shop, except for rows of other kinds. */
export const shops = inventory({
  labels: Labels,
  defaults: "sites/defaults.yaml",
  from: [
    csv<"code" | "name" | "state" | "latitude" | "longitude" | "kind">("sites/shops.csv", (row) =>
      row.kind === "depot"
        ? skip("a depot has no tills")
        : {
            id: row.code.toLowerCase(),
            name: row.name,
            level: ["de", row.state],
            location: { latitude: numberIn(row, "latitude"), longitude: numberIn(row, "longitude") },
            labels: { size: row.kind },
          },
    ),
  ],
});
