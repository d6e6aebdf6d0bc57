import type { Reason } from "../../core/index.ts";

export interface PullFault {
  readonly reason: Extract<Reason, "image-not-available" | "disk-full" | "access-refused">;
  readonly detail: string;
  /** containerd said that no registry that it asked has this digest. */
  readonly isNotFound: boolean;
}

type Rule = readonly [words: RegExp, reason: PullFault["reason"], detail: string];

// Most certain first. Words of containerd (core/remotes/docker, internal/cri), Go's net and tls, and the kernel.
const RULES: readonly Rule[] = [
  [/no space left on device|disk quota exceeded/, "disk-full", "the disk of the image store has no room for it"],
  [
    /\b401 Unauthorized|\b403 Forbidden|pull access denied|authorization failed|no basic auth credentials/,
    "access-refused",
    "the registry wants other credentials",
  ],
  [/\b429 Too Many Requests|toomanyrequests/, "image-not-available", "the registry asks for fewer questions"],
  [/\b5\d\d [A-Z][a-z]+/, "image-not-available", "the registry has a fault of its own"],
  [/unexpected commit digest|failed size validation/, "image-not-available", "the registry sent other bytes than the digest says"],
  [/tls: |x509: /, "image-not-available", "the registry's certificate was not accepted"],
  [
    /dial tcp|no such host|i\/o timeout|connection (refused|reset)|network is unreachable|no route to host|\bEOF\b|deadline exceeded|server misbehaving|context canceled/,
    "image-not-available",
    "the registry is out of reach",
  ],
  // Last, since whoever gives out tokens may be out of reach or broken too.
  [/failed to fetch (oauth|anonymous) token/, "access-refused", "the registry wants other credentials"],
];

/**
 * What a failed `crictl pull` means. It ends with exit code 1 whatever happened, so its words must be read; they are matched, and never
 * told on, because URLs and answers of registries may hold credentials.
 */
export function pullFault(image: string, stderr: string): PullFault {
  // The message comes twice, once inside a quoted log field.
  const said = stderr.replaceAll("\\", "");
  if (saysNotFound(image, said)) return { reason: "image-not-available", detail: "the registry has no such image", isNotFound: true };
  const rule = RULES.find(([words]) => words.test(said));
  const [, reason, detail] = rule ?? [/$/, "image-not-available" as const, "containerd could not fetch it"];
  return { reason, detail, isNotFound: false };
}

/**
 * Only while the digest is looked up, and about this name: "not found" is also said of a blob that the local store lost, of a layer that
 * a registry lost, and of a host that has no address.
 */
function saysNotFound(image: string, said: string): boolean {
  return [`failed to resolve reference "${image}": ${image}: not found`, `failed to resolve image: ${image}: not found`].some((words) =>
    said.includes(words),
  );
}
