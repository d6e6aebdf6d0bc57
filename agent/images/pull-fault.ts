import type { Reason } from "../../core/index.ts";

export interface PullFault {
  readonly reason: Extract<Reason, "image-not-available" | "disk-full" | "access-refused">;
  readonly detail: string;
  /** containerd reported that no registry or mirror that it tried has this digest. */
  readonly isNotFound: boolean;
}

type Rule = readonly [words: RegExp, reason: PullFault["reason"], detail: string];

// Most specific first. Messages of containerd (core/remotes/docker, internal/cri), Go's net and tls, and the kernel.
const RULES: readonly Rule[] = [
  [/no space left on device|disk quota exceeded/, "disk-full", "the disk of the image store is full"],
  [
    /\b401 Unauthorized|\b403 Forbidden|pull access denied|authorization failed|no basic auth credentials/,
    "access-refused",
    "the registry refused the credentials",
  ],
  [/\b429 Too Many Requests|toomanyrequests/, "image-not-available", "the registry's rate limit was exceeded"],
  [/\b5\d\d [A-Z][a-z]+/, "image-not-available", "the registry had a server error"],
  [/unexpected commit digest|failed size validation/, "image-not-available", "the registry sent content that does not match the digest"],
  [/tls: |x509: /, "image-not-available", "the registry's certificate was not accepted"],
  [
    /dial tcp|no such host|i\/o timeout|connection (refused|reset)|network is unreachable|no route to host|\bEOF\b|deadline exceeded|server misbehaving|context canceled/,
    "image-not-available",
    "the registry cannot be reached",
  ],
  // Last, because the token server may also be unreachable or broken.
  [/failed to fetch (oauth|anonymous) token/, "access-refused", "the registry refused the credentials"],
];

/**
 * The meaning of a failed `crictl pull`. Its exit code is always 1, so its message is matched against known ones. The message itself is never
 * output, because URLs and registry answers may hold credentials.
 */
export function pullFault(image: string, stderr: string): PullFault {
  // The message appears twice, once inside a quoted log field.
  const message = stderr.replaceAll("\\", "");
  if (isNotFoundMessage(image, message))
    return { reason: "image-not-available", detail: "the registry has no such image", isNotFound: true };
  const rule = RULES.find(([words]) => words.test(message));
  const [, reason, detail] = rule ?? [/$/, "image-not-available" as const, "containerd could not fetch it"];
  return { reason, detail, isNotFound: false };
}

/**
 * Only for the lookup of this very digest: "not found" is also the message for a blob missing in the local store, a layer missing in the
 * registry, and a host without an address.
 */
function isNotFoundMessage(image: string, message: string): boolean {
  return [`failed to resolve reference "${image}": ${image}: not found`, `failed to resolve image: ${image}: not found`].some((words) =>
    message.includes(words),
  );
}
