/** Labels when no schema is known: the user's zod schema narrows them to `L`. */
export type Labels = Readonly<Record<string, unknown>>;

/** What the inventory says of one site: merged with the defaults, checked, deeply frozen. Sites that agree on a part share its object. */
export interface SiteFacts<L = Labels> {
  /** A DNS label of at most 40 characters; for ever, never reused. */
  readonly id: string;
  readonly name: string;
  /** Where the site hangs in the topology, outermost first: `["EU", "DE"]`. */
  readonly level: readonly string[];
  readonly location: Location;
  /** IANA name in its own spelling, e.g. `Europe/Berlin`. */
  readonly timeZone: string;
  readonly labels: L;
  readonly profile?: string;
  /** Absent: the site takes a release at any time. */
  readonly window?: WindowFacts;
  readonly network?: NetworkFacts;
  readonly link?: LinkFacts;
  /** 1 to 32 machines, at least one of them a server. */
  readonly nodes: readonly NodeFacts[];
  /** Ids of sites that can lend a hand, nearest first as the author sees it. */
  readonly neighbours?: readonly string[];
  /** Public half of the site's report key: `ssh-ed25519 <base64> [comment]`. */
  readonly reportKey?: string;
}

/** WGS 84, degrees. A thing that moves has its home port here. */
export interface Location {
  readonly latitude: number;
  readonly longitude: number;
}

/** Opens when `cron` (five fields) says so in `timeZone`, and stays open for `minutes`. */
export interface WindowFacts {
  readonly cron: string;
  readonly minutes: number;
  /** The site's own zone where the author gave none. */
  readonly timeZone: string;
}

/** The site's own network. Addresses are IPv4 or IPv6; `gateway` and `vip` lie inside `cidr`. */
export interface NetworkFacts {
  readonly cidr?: string;
  readonly gateway?: string;
  /** Virtual address of the cluster's API. */
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

/** The line to the world, as bought. */
export interface LinkFacts {
  readonly kind: LinkKind;
  readonly downMbps: number;
  readonly upMbps: number;
  /** Bytes cost money. */
  readonly metered?: boolean;
  readonly latencyMs?: number;
}

export const NODE_ROLES = ["server", "agent"] as const;
export type NodeRole = (typeof NODE_ROLES)[number];

export const ARCHITECTURES = ["amd64", "arm64", "arm", "riscv64", "ppc64le", "s390x"] as const;
/** As Kubernetes spells them in `kubernetes.io/arch`. */
export type Architecture = (typeof ARCHITECTURES)[number];

/** One machine. Quantities are plain numbers here, whatever the author wrote, so that facts compare and add up. */
export interface NodeFacts {
  /** Unique in its site; a DNS label of at most 20 characters, so that `<site>-<node>` is one too. */
  readonly id: string;
  /** `server` runs the control plane (and workloads), `agent` runs workloads alone. */
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

/** One accelerator; two equal ones are two entries. */
export interface GpuFacts {
  readonly vendor: string;
  readonly model: string;
  readonly memoryBytes?: number;
  readonly pciAddress?: string;
}

/** Anything else that a workload may need at this machine, e.g. `{ class: "camera", vendor: "axis" }`. */
export interface DeviceFacts {
  readonly class: string;
  readonly vendor?: string;
  readonly product?: string;
  readonly serialNumber?: string;
  /** Where the machine shows it: `/dev/video0`. */
  readonly path?: string;
}

/** What the machine says of itself when it registers, in the names of Metal3's `HardwareDetails`. */
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
