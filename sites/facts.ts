/** Labels without a known schema; the user's zod schema narrows them to `L`. */
export type Labels = Readonly<Record<string, unknown>>;

/** The facts of one site: merged with the defaults, checked, deeply frozen. Sites with an equal part share its object. */
export interface SiteFacts<L = Labels> {
  /** A DNS label of at most 40 characters. Permanent and never reused. */
  readonly id: string;
  readonly name: string;
  /** The site's position in the topology, outermost level first: `["EU", "DE"]`. */
  readonly level: readonly string[];
  readonly location: Location;
  /** IANA name with exact case, e.g. `Europe/Berlin`. */
  readonly timeZone: string;
  readonly labels: L;
  readonly profile?: string;
  /** Absent: releases are applied at any time. */
  readonly window?: WindowFacts;
  readonly network?: NetworkFacts;
  readonly link?: LinkFacts;
  /** 1 to 32 machines, at least one of them a server. */
  readonly nodes: readonly NodeFacts[];
  /** Ids of sites that can take over work, the author's first choice first. */
  readonly neighbours?: readonly string[];
  /** Public half of the site's report key: `ssh-ed25519 <base64> [comment]`. */
  readonly reportKey?: string;
}

/** WGS 84, in degrees. For a ship or vehicle, its home base. */
export interface Location {
  readonly latitude: number;
  readonly longitude: number;
}

/** Opens at the times of `cron` (five fields) in `timeZone` and stays open for `minutes`. */
export interface WindowFacts {
  readonly cron: string;
  readonly minutes: number;
  /** @default the site's time zone */
  readonly timeZone: string;
}

/** The site's network. Addresses are IPv4 or IPv6; `gateway` and `vip` are inside `cidr`. */
export interface NetworkFacts {
  readonly cidr?: string;
  readonly gateway?: string;
  /** Virtual IP address of the cluster's API. */
  readonly vip?: string;
  readonly dns?: readonly string[];
  readonly ntp?: readonly string[];
  /** DNS suffix of the site's machines. */
  readonly domain?: string;
  /** `http://host:port` */
  readonly proxy?: string;
}

export const LINK_KINDS = ["fibre", "cable", "dsl", "radio", "lte", "5g", "satellite"] as const;
export type LinkKind = (typeof LINK_KINDS)[number];

/** The internet connection, as ordered from the provider. */
export interface LinkFacts {
  readonly kind: LinkKind;
  readonly downMbps: number;
  readonly upMbps: number;
  /** Traffic is billed by volume. */
  readonly metered?: boolean;
  readonly latencyMs?: number;
}

export const NODE_ROLES = ["server", "agent"] as const;
export type NodeRole = (typeof NODE_ROLES)[number];

export const ARCHITECTURES = ["amd64", "arm64", "arm", "riscv64", "ppc64le", "s390x"] as const;
/** The values of Kubernetes' label `kubernetes.io/arch`. */
export type Architecture = (typeof ARCHITECTURES)[number];

/** One machine. Quantities are numbers here, whatever the author wrote, so that they can be compared and added. */
export interface NodeFacts {
  /** Unique in its site; a DNS label of at most 20 characters, so that `<site>-<node>` is one too. */
  readonly id: string;
  /** `server` runs the control plane and workloads, `agent` only workloads. */
  readonly role: NodeRole;
  readonly arch: Architecture;
  /** Whole cores. */
  readonly cpu: number;
  /** Bytes. */
  readonly memory: number;
  readonly disks: readonly DiskFacts[];
  readonly nics: readonly NicFacts[];
  readonly gpus: readonly GpuFacts[];
  readonly devices: readonly DeviceFacts[];
  readonly machine?: MachineFacts;
}

export const DISK_TYPES = ["HDD", "SSD", "NVME"] as const;

/** Names of Metal3's `HardwareDetails.storage`. */
export interface DiskFacts {
  readonly name: string;
  readonly type: (typeof DISK_TYPES)[number];
  readonly sizeBytes: number;
  readonly model?: string;
  readonly serialNumber?: string;
  readonly wwn?: string;
  readonly hctl?: string;
}

/** Names of Metal3's `HardwareDetails.nics`. */
export interface NicFacts {
  readonly name: string;
  /** Lower case, with colons. */
  readonly mac?: string;
  readonly ip?: string;
  readonly model?: string;
  readonly speedGbps?: number;
  readonly pxe?: boolean;
  readonly pciAddress?: string;
}

/** One accelerator. Two equal ones are two entries. */
export interface GpuFacts {
  readonly vendor: string;
  readonly model: string;
  readonly memoryBytes?: number;
  readonly pciAddress?: string;
}

/** Other hardware that a workload may need, e.g. `{ class: "camera", vendor: "axis" }`. */
export interface DeviceFacts {
  readonly class: string;
  readonly vendor?: string;
  readonly product?: string;
  readonly serialNumber?: string;
  /** Device file: `/dev/video0`. */
  readonly path?: string;
}

/** What the machine reports when it registers, with the names of Metal3's `HardwareDetails`. */
export interface MachineFacts {
  /** SMBIOS product UUID, else `sha256:<EK public key>`, else the lowest permanent MAC. */
  readonly id?: string;
  readonly hostname?: string;
  readonly systemVendor?: { readonly manufacturer?: string; readonly productName?: string; readonly serialNumber?: string };
  readonly firmware?: { readonly bios?: { readonly vendor?: string; readonly version?: string; readonly date?: string } };
  readonly cpu?: { readonly model?: string; readonly clockMegahertz?: number; readonly flags?: readonly string[] };
  readonly tpm?: { readonly version: string; readonly ekHash?: string };
  /** Can run virtual machines. */
  readonly kvm?: boolean;
}
