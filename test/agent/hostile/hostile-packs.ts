import { createHash } from "node:crypto";
import { entry, copies, namedDelta, offsetDelta, packOf, sealed } from "../fixtures/pack-bytes.ts";
import { type Attack, type Attacks, NEXT } from "./hostile-stage.ts";
import type { PackSwap } from "./hostile-server.ts";

/** Attacks by the pack itself, and on branch trust. */

/** The right commit in a pack that is wrong. */
function packed(swap: PackSwap): Attack[1] {
  return (stage) => {
    stage.server.swap = swap;
    return stage.signed();
  };
}

const NOISE = Buffer.from(Array.from({ length: 300 }, (_, index) => (index * 7919) & 0xff));
const MEGABYTE = 1_000_000;
const BASE = entry("blob", Buffer.alloc(MEGABYTE, "x"));

export const PACKS: Attacks = {
  "T7: a pack of more than 16 MB": [
    "too-large",
    packed((objects) => packOf([...objects, ...Array.from({ length: 18 }, (_, index) => entry("blob", noise(990_000, index)))])),
  ],
  "T7: a delta that makes 900 MB of 1 MB": [
    "too-large",
    packed((objects) => packOf([BASE, offsetDelta(BASE.length, copies(MEGABYTE, MEGABYTE, 900)), ...objects])),
  ],
  "T7: a count of four thousand million objects": ["too-large", packed((objects) => packOf(objects, 0xfffffff0))],
  "T10: a changed byte in the pack": ["bad-object", packed((objects) => flipped(packOf(objects), 40))],
  "T10: a pack under a wrong checksum": [
    "bad-object",
    packed((objects) => Buffer.concat([packOf(objects).subarray(0, -20), NOISE.subarray(0, 20)])),
  ],
  "T10: a pack of version 9": ["bad-object", packed((objects) => sealed(versioned(packOf(objects).subarray(0, -20), 9)))],
  "T10: more objects than the pack counts": ["bad-object", packed((objects) => packOf(objects, objects.length - 1))],
  "T10: an object that claims to be longer than it is": [
    "bad-object",
    packed((objects) => packOf([...objects, entry("blob", NOISE, 4_000)])),
  ],
  "T10: an object that claims to be shorter than it is": ["bad-object", packed((objects) => packOf([...objects, entry("blob", NOISE, 3)]))],
  "T10: a delta against what is not there": [
    "bad-object",
    packed((objects) => packOf([...objects, namedDelta("5".repeat(40), copies(9, 9, 1))])),
  ],
  "T10: a delta against what lies before the pack": [
    "bad-object",
    packed((objects) => packOf([offsetDelta(5_000, copies(9, 9, 1)), ...objects])),
  ],
  "T10: a delta that reads beyond its base": [
    "bad-object",
    packed((objects) => packOf([BASE, offsetDelta(BASE.length, copies(MEGABYTE, MEGABYTE + 1, 1)), ...objects])),
  ],
  "T4: a pack without the commit": ["bad-object", packed(() => packOf([entry("blob", NOISE)]))],
  "T4: a pack without an object": ["bad-object", packed(() => packOf([]))],
  "T10: no pack but words": ["bad-object", packed(() => Buffer.from("PACKage delivered"))],
  "T7: a pack that ends in the middle": ["offline", packed((objects) => packOf(objects).subarray(0, 200))],
};

const VERSION_2 = "trust/2.json";

export const TRUST: Attacks = {
  "T13: another trust version 1": [
    "trust-broken",
    (stage) =>
      stage.trusting((files) => files.set("trust/1.json", Buffer.concat([files.get("trust/1.json") as Buffer, Buffer.from("\n")]))),
  ],
  "T13: a trust version missing below another": [
    "trust-broken",
    (stage) => stage.trusting((files) => files.set("trust/3.json", files.get("trust/1.json") as Buffer)),
  ],
  "T13: version 1 again under the number 2": [
    "trust-broken",
    (stage) => stage.trusting((files) => files.set(VERSION_2, files.get("trust/1.json") as Buffer)),
  ],
  "T13: a version 2 that nobody signed": [
    "trust-broken",
    (stage) =>
      stage.trusting((files) =>
        files.set(VERSION_2, Buffer.from((files.get("trust/1.json") as Buffer).toString().replace('"version":1', '"version":2'))),
      ),
  ],
  "T13: a version 2 that is no document": ["trust-broken", (stage) => stage.trusting((files) => files.set(VERSION_2, NOISE))],
  "T7: a version 2 of 70 KB": ["trust-broken", (stage) => stage.trusting((files) => files.set(VERSION_2, Buffer.alloc(70_000, " ")))],
  "T13: version 257": ["trust-broken", (stage) => stage.trusting((files) => files.set("trust/257.json", NOISE))],
  "T9: a foreign file on branch trust": ["trust-broken", (stage) => stage.trusting((files) => files.set("trust/latest.json", NOISE))],
  "T9: a symlink on branch trust": ["trust-broken", trustTree((stage) => stage.forge.rawTree([["120000", "trust", stage.blob("/etc")]]))],
  "T9: a folder named .. on branch trust": [
    "trust-broken",
    trustTree((stage) => stage.forge.rawTree([["40000", "..", stage.forge.tree(NEXT)]])),
  ],
  "T7: a bomb of folders on branch trust": [
    "trust-broken",
    trustTree((stage) => {
      let tree = stage.nested(0);
      for (let level = 0; level < 11; level++)
        tree = stage.forge.rawTree(Array.from({ length: 10 }, (_, index) => ["40000", `f${index}`, tree] as const));
      return tree;
    }),
  ],
  "T10: two tree headers on branch trust": [
    "trust-broken",
    (stage) => {
      const tree = stage.forge.tree(stage.forge.trustFiles);
      const who = "Skerry <skerry@fleet.invalid> 1795000000 +0000";
      stage.forge.ref(
        "refs/heads/trust",
        stage.forge.object("commit", `tree ${tree}\ntree ${tree}\nauthor ${who}\ncommitter ${who}\n\nx\n`),
      );
      return stage.signed();
    },
  ],
};

function trustTree(make: (stage: Parameters<Attack[1]>[0]) => string): Attack[1] {
  return (stage) => {
    const who = "Skerry <skerry@fleet.invalid> 1795000000 +0000";
    stage.forge.ref("refs/heads/trust", stage.forge.object("commit", `tree ${make(stage)}\nauthor ${who}\ncommitter ${who}\n\nx\n`));
    return stage.signed();
  };
}

/** Bytes that no compression shortens, the same in each run. */
function noise(length: number, seed: number): Buffer {
  return createHash("shake256", { outputLength: length }).update(String(seed)).digest();
}

function flipped(bytes: Buffer, place: number): Buffer {
  bytes[place] = (bytes[place] as number) ^ 0x10;
  return bytes;
}

function versioned(bytes: Buffer, version: number): Buffer {
  const changed = Buffer.from(bytes);
  changed.writeUInt32BE(version, 4);
  return changed;
}
