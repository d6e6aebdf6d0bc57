import { encodeTree, FILE_MODE, FOLDER_MODE, type ObjectWriter, type TreeEntry } from "../../git/index.ts";
import { digestLine, type FleetDocument, fleetDocument, type InventoryLine, inventoryLine, shardOf } from "../../wire/index.ts";
import type { SiteList } from "../../releases/index.ts";

interface Shard {
  inventory: string;
  digests: string;
  readonly sites: TreeEntry[];
}

/**
 * Writes the fleet tree: `fleet.json`, and inventory, digests and site trees in up to 256 shards each, so that a change at
 * one site touches one shard. Returns its id. `inventory` is in the order of the sites.
 */
export function writeFleetTree(writer: ObjectWriter, fleet: FleetDocument, sites: SiteList, inventory: readonly InventoryLine[]): string {
  const shards = new Map<string, Shard>();
  for (let index = 0; index < sites.count; index++) {
    const id = sites.ids[index] as string;
    const name = shardOf(id);
    let shard = shards.get(name);
    if (!shard) shards.set(name, (shard = { inventory: "", digests: "", sites: [] }));
    shard.inventory += inventoryLine(inventory[index] as InventoryLine);
    shard.digests += digestLine({ id, tree: sites.digest(index) });
    shard.sites.push({ mode: FOLDER_MODE, name: id, id: sites.treeId(index) });
  }
  const names = [...shards.keys()].sort();
  const folder = (entry: (name: string, shard: Shard) => TreeEntry): Buffer =>
    tree(
      writer,
      names.map((name) => entry(name, shards.get(name) as Shard)),
    );
  return tree(writer, [
    { mode: FOLDER_MODE, name: "digests", id: folder((name, shard) => file(writer, `${name}.ndjson`, shard.digests)) },
    { mode: FOLDER_MODE, name: "inventory", id: folder((name, shard) => file(writer, `${name}.ndjson`, shard.inventory)) },
    { mode: FOLDER_MODE, name: "sites", id: folder((name, shard) => ({ mode: FOLDER_MODE, name, id: tree(writer, shard.sites) })) },
    file(writer, "fleet.json", fleetDocument(fleet)),
  ]).toString("hex");
}

function file(writer: ObjectWriter, name: string, text: string): TreeEntry {
  return { mode: FILE_MODE, name, id: Buffer.from(writer.add("blob", Buffer.from(text)), "hex") };
}

function tree(writer: ObjectWriter, entries: readonly TreeEntry[]): Buffer {
  return Buffer.from(writer.add("tree", encodeTree(entries)), "hex");
}
