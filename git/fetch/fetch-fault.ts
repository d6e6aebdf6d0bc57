import { printable, type Reason } from "../../core/index.ts";
import { endedBy, type GitExit, KERNEL_SIGNALS } from "../process/confined-git.ts";
import { type ObjectWord, tryObjectWord } from "./fsck-word.ts";
import { type GitError, ownWords } from "../process/git-trace.ts";
import { redact } from "../process/redaction.ts";

/** Why a fetch failed. `reason` is the reason word; `detail` is on one line; whatever the server may have put into it is in quotes. */
export interface FetchFault {
  readonly reason:
    | ObjectWord
    | Extract<
        Reason,
        | "git-missing"
        | "offline"
        | "slow-retrieval"
        | "access-refused"
        | "certificate-refused"
        | "proxy-refused"
        | "owner-refused"
        | "bad-address"
        | "repository-missing"
        | "ids-not-served"
        | "redirected"
        | "not-git"
        | "too-large"
        | "disk-full"
        | "cache-damaged"
      >;
  readonly detail: string;
}

type Word = FetchFault["reason"];

/**
 * By the format of git's message (git 2.36 to 2.51, LC_ALL=C), never by its parameters, which the server may choose. In this order: a lost
 * connection makes index-pack fail too, so the connection comes before the pack, and the limits come before both, because a killed index-pack
 * looks like a lost connection to its parent.
 */
const LIMITS: readonly (readonly [Word, RegExp])[] = [
  ["git-missing", /^unable to find remote helper|^cannot (run|exec|spawn) /],
  ["redirected", /http-fetch|^unable to update url base from redirection/],
  ["disk-full", /No space left on device|Disk quota exceeded/],
  [
    "too-large",
    /File too large|[Oo]ut of memory|Cannot allocate memory|[Dd]ata too large to fit|exceeds maximum allowed size|unable to mmap|mmap failed|cannot be mapped|over limit|unable to create (async )?thread|Resource temporarily unavailable/,
  ],
];

const LINE: readonly (readonly [Word, RegExp])[] = [
  ["ids-not-served", /^Server does not allow request for unadvertised object/],
  ["access-refused", /^Authentication failed for|^could not read (Username|Password|%s)/],
  ["owner-refused", /^detected dubious ownership|^unsafe repository/],
  ["repository-missing", /^repository '%s' not found|does not appear to be a git repository/],
  [
    "cache-damaged",
    /Unable to create '.*\.lock'|cannot lock ref|not a git repository|bad config|bad shallow line|shallow file has changed|unable to (read|open) .*(shallow|objects)|^(packfile|index file|file) %s|bad object refs/,
  ],
  // A page instead of the pack. git reports after it that the server hung up.
  ["not-git", /^remote-curl: bad line length character/],
  [
    "offline",
    /^unable to (look up|connect to)|hung up|early EOF|of (length header|body) (was|were|are) |[Cc]ould not read from remote repository|rate limited by|^remote helper '%s' aborted/,
  ],
];

const REST: readonly (readonly [Word, RegExp])[] = [
  ["bad-object", /bad pack header/],
  [
    "not-git",
    /is this a git repository\?|invalid (server response|packet|ls-refs)|bad line length|protocol error|impossibly long line|object format|mismatched algorithms|shallow|expected|unexpected|not valid|[Ss]erver do(es)?n('t| not) support|error processing/,
  ],
];

/** `sshLog`: OpenSSH's own log; undefined when it did not run. `isById`: a commit was asked for by its id, not by a ref. */
export function fetchFault(exit: GitExit, sshLog: string | undefined, isById: boolean): FetchFault {
  const { trace, stderr } = exit;
  if (!trace.hasStarted) return { reason: "git-missing", detail: withOutput("git could not be started", stderr) };
  const served = trace.errors.filter(({ command }) => /(^|\/)upload-pack(\/|$)/.test(command));
  const errors = trace.errors.filter((error) => !served.includes(error));
  // A finding of fsck comes first, because later messages are its consequences.
  const finding = tryObjectWord(errors);
  if (finding !== undefined) return { reason: finding.word, detail: detailOf(finding.error) };
  return (
    refusedByServer(errors, isById) ??
    byFormat(LIMITS, errors) ??
    killed(exit) ??
    overHttp(errors) ??
    overSsh(exit, sshLog) ??
    byOtherGit(served) ??
    byFormat(LINE, errors) ??
    byIndexPack(errors) ??
    byFormat(REST, errors) ?? {
      reason: "not-git",
      detail: errors[0] === undefined ? withOutput("git gave no reason", stderr) : detailOf(errors[0]),
    }
  );
}

/**
 * A server that ends the session with an error message. The message itself does not matter. Before it lists its refs it refuses access; after
 * that it fails to serve what it listed, which other credentials cannot change. When it is asked for an id it has just served a ref.
 */
function refusedByServer(errors: readonly GitError[], isById: boolean): FetchFault | undefined {
  const error = errors.find(({ format }) => /(^|: )remote error: %s/.test(format));
  if (error === undefined) return undefined;
  const detail = `the server said: ${inQuotes(error.text.replace(/^.*?remote error: /s, ""))}`;
  return { reason: isById ? "ids-not-served" : error.phase === "objects" ? "bad-object" : "access-refused", detail };
}

function byFormat(signs: readonly (readonly [Word, RegExp])[], errors: readonly GitError[]): FetchFault | undefined {
  for (const [reason, sign] of signs) {
    const error = errors.find((each) => sign.test(ownWords(each)));
    if (error !== undefined) return { reason, detail: detailOf(error) };
  }
  return undefined;
}

/** git or one of its processes was killed by the kernel, for its memory or CPU time, or because of a crash. */
function killed(exit: GitExit): FetchFault | undefined {
  const kernels = (Object.keys(KERNEL_SIGNALS) as (keyof typeof KERNEL_SIGNALS)[]).find((signal) => endedBy(exit, signal));
  if (kernels !== undefined) return { reason: "too-large", detail: `the kernel killed git with ${kernels}` };
  return exit.signal === null ? undefined : { reason: "bad-object", detail: `git was killed by ${exit.signal}` };
}

/** Messages of libcurl, by their beginning, because names from a certificate come later. Of libcurl 7.64 to 8 with GnuTLS, OpenSSL and mbedTLS. */
const CURL: readonly (readonly [Word, RegExp])[] = [
  ["too-large", /^Out of memory/],
  ["slow-retrieval", /^Operation too slow|^Less than \d+ bytes\/sec/],
  [
    "proxy-refused",
    /^CONNECT tunnel failed, response [34]|^Received HTTP code [34]\d\d from proxy|^The requested URL returned error: 407|SOCKS.*(reject|refus|auth)/,
  ],
  [
    "certificate-refused",
    /^(server (certificate )?verification failed|server certificate|SSL( peer)? certificate|SSL: (no alternative )?(certificate|unable to obtain|public key)|Problem with the SSL CA|error (reading|setting|loading|adding) (ca|certificate|CA|trust)|Cert verify failed|Issuer check|SSL public key|CA signer|certificate)/i,
  ],
  [
    "bad-address",
    /^(URL using bad|URL rejected|Malformed input|Bad URL|Port number|Unsupported protocol|Protocol .* (not supported|disabled))/,
  ],
  ["access-refused", /^The requested URL returned error: 40[13]\b/],
  ["redirected", /^The requested URL returned error: 3\d\d\b|^Number of redirects|^Maximum \(\d+\) redirects/],
  ["repository-missing", /^The requested URL returned error: 4(04|10)\b/],
  // Network Authentication Required (RFC 6585): only a captive portal answers so.
  ["not-git", /^The requested URL returned error: 511\b/],
  ["offline", /^/],
];

function overHttp(errors: readonly GitError[]): FetchFault | undefined {
  const error = errors.find(({ format }) => /^(unable to access '%s'.*: %s|RPC failed; %s)/.test(format));
  if (error === undefined) return undefined;
  const words = error.text.replace(/^unable to access '.*?'.*?: |^RPC failed; (HTTP \d+ ?)?(curl \d+ ?)?/s, "");
  return { reason: CURL.find(([, sign]) => sign.test(words))?.[0] ?? "offline", detail: detailOf(error) };
}

/** Messages in OpenSSH's own log, without the server's output. */
const SSH: readonly (readonly [Word, RegExp])[] = [
  [
    "access-refused",
    /^\S*: ?Permission denied|Permission denied \(|^Host key verification failed|^No .* host key is known|^Received disconnect .*Too many auth/m,
  ],
  ["bad-address", /^(Bad port|hostname contains invalid characters|ssh: Bad)/m],
];

/** OpenSSH's messages about the connection. Without one of them, the server's command ended: it does not accept the request. */
const SSH_LINE =
  /connect to host|onnection (closed|reset|refused|timed out)|onnection to .* closed|resolve hostname|No route|Broken pipe|[Tt]imeout|isconnect|negotiate|Bad packet/;

/** git's own message, which follows the server's. */
const UNREAD = "fatal: Could not read from remote repository.";

function overSsh({ stderr, trace }: GitExit, log: string | undefined): FetchFault | undefined {
  if (log === undefined || trace.speaksGit) return undefined;
  const found = SSH.find(([, sign]) => sign.test(log));
  const line = log.split("\n").find((text) => (found?.[1] ?? SSH_LINE).test(text));
  if (line !== undefined) return { reason: found?.[0] ?? "offline", detail: oneLine(line) };
  return {
    reason: "repository-missing",
    detail: withOutput("the server ended the session before git's protocol started", stderr.split(UNREAD)[0] as string),
  };
}

/** A repository in a folder is read by another git process of this machine, whose errors are about that folder. */
function byOtherGit(errors: readonly GitError[]): FetchFault | undefined {
  const error = errors[0];
  if (error === undefined) return undefined;
  if (errors.some(({ format }) => /Permission denied/.test(format))) return { reason: "access-refused", detail: detailOf(error) };
  const found = byFormat(LINE, errors);
  return found?.reason === "owner-refused" || found?.reason === "repository-missing"
    ? found
    : { reason: "bad-object", detail: detailOf(error) };
}

/** Errors of index-pack and of the connectivity check are about the pack; without a message of index-pack the kernel killed it. */
function byIndexPack(errors: readonly GitError[]): FetchFault | undefined {
  const error = errors.find(({ command }) => /index-pack|rev-list|unpack-objects/.test(command));
  if (error !== undefined) return { reason: "bad-object", detail: detailOf(error) };
  const silent = errors.find(({ format }) => format === "fetch-pack: invalid index-pack output");
  if (silent !== undefined) return { reason: "too-large", detail: detailOf(silent) };
  const incomplete = errors.find(({ format }) => /did not send|fsck|missing/.test(format));
  return incomplete && { reason: "bad-object", detail: detailOf(incomplete) };
}

/** The first line of git's message, which has the cause. In quotes when a parameter of it may be the server's. */
function detailOf(error: GitError): string {
  const line = error.text.split("\n")[0] as string;
  return ownWords(error).includes("%s") ? `git said: ${inQuotes(line)}` : oneLine(line);
}

/** Quotes inside would end the quotation, and what follows would be the agent's own word. */
function inQuotes(text: string): string {
  return `"${oneLine(text).replaceAll('"', "'")}"`;
}

function withOutput(what: string, stderr: string): string {
  const last = stderr.trimEnd().split("\n").at(-1) ?? "";
  return last === "" ? what : `${what}; its last output: ${inQuotes(last)}`;
}

const DETAIL_LENGTH_MAX = 200;

/** Cut before and after escaping, because escapes make a text longer. */
function oneLine(text: string): string {
  return printable(redact(text.trim()), DETAIL_LENGTH_MAX).slice(0, DETAIL_LENGTH_MAX);
}
