import { printable, WorldError } from "../../core/index.ts";
import { redact } from "../process/redaction.ts";

/** Number and length of quoted lines of the host: enough for a rule's text and its link. */
const LINES_MAX = 6;
const LINE_LENGTH_MAX = 200;

/** git's own progress after `remote:`, which is not about the fault. */
const PROGRESS = /^(Enumerating|Counting|Compressing|Writing|Receiving|Resolving|Processing|Total|Finding)\b/;

/** The host's message in git's output, safe for a terminal, without credentials; empty without one. */
export function wordsOfHost(printed: string): string {
  // The runner adds the name of its command before git's first line.
  const lines = printed.split(/[\r\n]+/).flatMap((line) => /^(?:git [a-z-]+: )?remote: ?(.*)$/.exec(line)?.[1]?.trim() ?? []);
  const output = lines.filter((line) => line !== "" && !PROGRESS.test(line));
  if (output.length === 0) return "";
  const quoted = output.slice(0, LINES_MAX).map((line) => printable(redact(line), LINE_LENGTH_MAX));
  const more = output.length > LINES_MAX ? ` (and ${output.length - LINES_MAX} more lines)` : "";
  return `; the host says: "${quoted.join(" / ")}"${more}`;
}

const CONFIGURED = "fleet.repository in cdk8s.yaml";

const NO_ATOMIC =
  "Move the fleet repository to a host that supports atomic pushes: GitHub, GitLab, Gitea, Forgejo, Bitbucket Data Center, or a bare repository on a server of your own, by SSH or HTTPS. Azure DevOps and AWS CodeCommit do not support them. On a server of your own, remove receive.advertiseAtomic=false. Running this again does not help";

/**
 * Kinds of failure that stay until a person does something, each with its code and next step. git's words are English here: every git of
 * ours runs with LC_ALL=C. The first that fits decides.
 */
const LASTING: readonly (readonly [sign: RegExp, code: "no-atomic-push" | "access-refused" | "git-failed", next: string])[] = [
  [/receiving end does not support --atomic push/, "no-atomic-push", NO_ATOMIC],
  [
    /returned error: 40[13]\b|Authentication failed|could not read (Username|Password)|Permission( to .*)? denied|Host key verification failed|insufficient permission|not allowed to push|access denied/i,
    "access-refused",
    "Let this account, token or SSH key read and write the repository, and check that git uses it: git config credential.helper, ~/.netrc or an SSH key",
  ],
  [
    /(returned error:|HTTP code|response) 407\b/,
    "access-refused",
    "The proxy between here and the host requires credentials: put them into the proxy's address in git's http.proxy, or ask the proxy's operator",
  ],
  [
    /returned error: 4(04|10)\b|repository '.*' not found|Repository not found|does not appear to be a git repository|repository .*does not exist/i,
    "git-failed",
    `Correct ${CONFIGURED}, or create the empty repository at the host first. Some hosts say "not found" to an account that has no access`,
  ],
  [
    /SSL certificate|certificate (verif|has expired|problem)|SSL_|gnutls|TLS (connect|handshake)/i,
    "git-failed",
    "Make git trust the host's certificate authority (git config http.sslCAInfo <file>), and check that the certificate and this machine's clock are right",
  ],
  [
    /Could not resolve|Protocol .* not supported|URL (rejected|using bad)|No host part/i,
    "git-failed",
    `Check the name of the host in ${CONFIGURED}, and this machine's DNS`,
  ],
];

/** Other failures may be temporary, such as a broken connection; a second run pushes nothing twice. */
const OTHERWISE = [/^/, "git-failed", "Read git's message above. If the connection broke, run the same command again"] as const;

/** The error of a git command to a host, with a matching code and next step. Any other error is returned unchanged. */
export function remoteFault(url: string, error: unknown): unknown {
  if (!(error instanceof WorldError) || error.code !== "git-failed") return error;
  const own = error.message.replace(/^(git [a-z-]+: )?remote:.*$/gm, "$1");
  const found =
    LASTING.find(([sign]) => sign.test(own)) ?? LASTING.find(([sign, code]) => code === "access-refused" && sign.test(error.message));
  const [, code, next] = found ?? OTHERWISE;
  const words = own
    .replaceAll(/\s*\n\s*/g, "; ")
    .trim()
    .replace(/;+$/, "");
  const message =
    code === "no-atomic-push"
      ? `${redact(url)} does not support atomic pushes, and a release moves branch fleet, its tag and branch trust in one step`
      : `${printable(words, 600)}${wordsOfHost(error.message)}`;
  return new WorldError(code, message, next, { cause: error });
}

/** A host's answer for one ref of a push. */
export interface Refusal {
  readonly name: string;
  readonly reason: string;
}

/** A push that one of the host's rules refused. */
export function pushRefused(url: string, refusals: readonly Refusal[], cause: unknown): WorldError {
  // Other refs of the atomic push only report that the push failed.
  const first = refusals.find(({ reason }) => !reason.includes("atomic")) ?? refusals[0];
  const printed = cause instanceof Error ? cause.message : "";
  const reason = (first?.reason ?? "").replace(/^\[(remote )?rejected\] /, "").replace(/^\((.*)\)$/, "$1");
  const message = `${redact(url)} refused ${first?.name}: ${printable(redact(reason), LINE_LENGTH_MAX)}${wordsOfHost(printed)}`;
  return new WorldError("push-refused", message, nextAfter(`${reason}\n${printed}`, first?.name ?? "the ref"), { cause });
}

/** Rules of hosts with a specific next step; the first match counts. A second run helps in none of these cases. */
const RULES: readonly (readonly [sign: RegExp, next: (name: string) => string])[] = [
  [
    /maximum allowed size|too large|exceeds|quota|no space|disk full|disk quota|size limit/i,
    () => "Raise the host's limit for a push or for the repository, or free space there; then run this again",
  ],
  [
    /non-fast-forward|denyNonFastForwards|fetch first/i,
    (name) =>
      `${name} at the host has other commits than this run expects: inspect it with git log, and find out who moved it, before you run this again`,
  ],
  [
    /protected|GH0\d\d|rule violation|declined|not allowed|permission|denied|prohibited/i,
    (name) =>
      `Let the account that pushes here move ${name}: at the host, change the branch or tag protection, the push rule or the hook that the message names`,
  ],
  [
    /unpacker error|unpack failed/i,
    () => "The host could not store the objects: ask its operator to check its log, its disk and its limits",
  ],
];

function nextAfter(output: string, name: string): string {
  const rule = RULES.find(([sign]) => sign.test(output));
  return rule ? rule[1](name) : `Ask the host's operator why it refuses to move ${name}`;
}
