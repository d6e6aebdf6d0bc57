import { inventory, type NodeInput, type SiteInput, sites } from "skerry";
import { Labels } from "./labels.ts";

// id, name, county, latitude, longitude, kind. The number of a line is the third part of the mast's addresses: append lines, never insert.
const table = [
  ["gausta", "Gaustatoppen", "telemark", 59.854, 8.6487, "macro"],
  ["tryvann", "Tryvannshøgda", "oslo", 59.9846, 10.6686, "macro"],
  ["jonsknuten", "Jonsknuten", "buskerud", 59.629, 9.517, "macro"],
  ["hafjell", "Hafjell", "innlandet", 61.256, 10.4936, "macro"],
  ["ulriken", "Ulriken", "vestland", 60.3774, 5.3869, "macro"],
  ["bokn", "Boknafjell", "rogaland", 59.219, 5.448, "relay"],
  ["lifjell", "Lifjell", "telemark", 59.443, 8.81, "relay"],
  ["nordhue", "Nordhue", "innlandet", 60.874, 11.3607, "relay"],
  ["tronfjell", "Tronfjell", "innlandet", 62.1743, 10.7007, "relay"],
  ["tyrholm", "Tyrholm", "agder", 58.5083, 8.4461, "relay"],
] as const;

type Row = (typeof table)[number];

/** Code instead of files: facts that follow a rule, such as addresses, are written once. */
export const masts = inventory({
  labels: Labels,
  defaults: { fleet: { timeZone: "Europe/Oslo", link: { kind: "radio", downMbps: 800, upMbps: 800 } } },
  from: [sites(table.map(mast))],
});

function mast([id, name, county, latitude, longitude, kind]: Row, index: number): SiteInput {
  const subnet = `10.60.${index + 1}`;
  return {
    id,
    name,
    level: ["no", county],
    location: { latitude, longitude },
    labels: { kind },
    network: {
      cidr: `${subnet}.0/24`,
      gateway: `${subnet}.1`,
      vip: `${subnet}.10`,
      dns: [`${subnet}.1`],
      ntp: [`${subnet}.11`],
      domain: `${id}.masts.example`,
    },
    nodes: ["a", "b", "c"].map((node, place) => machine(node, `${subnet}.${place + 11}`, kind)),
  };
}

// Three servers, so that one may fail. Node a has the receiver for satellite time; node c of a macro mast has the accelerator.
function machine(id: string, ip: string, kind: Row[5]): NodeInput {
  const isMacro = kind === "macro";
  return {
    id,
    role: "server",
    arch: "amd64",
    cpu: isMacro ? 32 : 8,
    memory: isMacro ? "64Gi" : "16Gi",
    disks: [{ name: "/dev/nvme0n1", type: "NVME", sizeBytes: "480G" }],
    nics: [
      { name: "eno1", ip, speedGbps: 1 },
      { name: "ens1f0", model: "E810", speedGbps: isMacro ? 25 : 10, pciAddress: "0000:5e:00.0" },
    ],
    gpus: isMacro && id === "c" ? [{ vendor: "NVIDIA", model: "L4", memoryBytes: "24Gi" }] : [],
    devices: id === "a" ? [{ class: "gnss", vendor: "u-blox", path: "/dev/gnss0" }] : [],
  };
}
