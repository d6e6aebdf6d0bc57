import type { Reason } from "../core/index.ts";
import { type ObjectWord, tryObjectWord } from "./fsck-word.ts";
import { redact } from "./redaction.ts";

/** Why a fetch brought nothing. `reason` is the word for status; `detail` is git's own line, short and without control characters. */
export interface FetchFault {
  readonly reason:
    | ObjectWord
    | Extract<
        Reason,
        | "git-missing"
        | "offline"
        | "slow-retrieval"
        | "access-refused"
        | "repository-missing"
        | "redirected"
        | "not-git"
        | "too-large"
        | "disk-full"
        | "cache-damaged"
      >;
  readonly detail: string;
}

/**
 * What git says besides its findings about objects, in the order it is looked for: a cut line makes index-pack complain too, so the line
 * comes before the pack, and the caps come before both, because a killed index-pack looks like a cut line to its parent. Texts are of git
 * 2.36 to 2.51, LC_ALL=C.
 */
const SIGNS: readonly (readonly [FetchFault["reason"], RegExp])[] = [
  ["git-missing", /^sh: .*(git: not found|git: command not found|Permission denied)/m],
  ["access-refused", /^fatal: remote error: /m],
  ["disk-full", /No space left on device|Disk quota exceeded/],
  ["too-large", /File too large|died of signal 2[45]|out of memory|malloc failed|exceeds maximum allowed size|unable to mmap|mmap failed/],
  ["slow-retrieval", /Operation too slow|Less than \d+ bytes\/sec/],
  // index-pack ended without a word of its own: the kernel ended it, for its memory or its work.
  ["too-large", /^fatal: fetch-pack: invalid index-pack output\s*$/],
  [
    "access-refused",
    /returned error: 40[13]\b|Authentication failed|could not read (Username|Password)|Permission denied|Host key verification failed/,
  ],
  ["redirected", /returned error: 3\d\d\b|redirect/i],
  ["repository-missing", /returned error: 4(04|10)\b|repository '.*' not found|does not appear to be a git repository/],
  [
    "cache-damaged",
    /Unable to create '.*\.lock'|cannot lock ref|not a git repository|bad config|unable to (read|open) .*(shallow|objects)|packfile .* (cannot be|is)|bad object refs/,
  ],
  [
    "offline",
    /unable to access|Could not resolve|Failed to connect|Couldn't connect|Connection (refused|reset|timed out|closed)|Network is unreachable|No route to host|early EOF|unexpected disconnect|RPC failed|hung up unexpectedly|Could not read from remote|returned error: (429|5\d\d)/i,
  ],
  ["bad-object", /bad pack header/],
  [
    "not-git",
    /is this a git repository\?|invalid (server response|content-type)|bad line length|protocol error|unknown object format|expected flush|unrecognized|unexpected|not valid/i,
  ],
  [
    "bad-object",
    /did not receive expected object|index-pack|remote did not send|unresolved deltas|inflate|pack has|bad pack|connectivity|missing/i,
  ],
];

export function fetchFault(words: string): FetchFault {
  // What the server says through git begins so, and shall neither choose the word nor stand in a log.
  const stderr = words.replace(/^remote:.*\n?/gm, "");
  // A finding comes first: it quotes from the object, which may hold the words of any other fault.
  const finding = tryObjectWord(stderr);
  if (finding !== undefined) return { reason: finding.word, detail: tellingLine(stderr, finding.sign) };
  const found = SIGNS.find(([, sign]) => sign.test(stderr));
  // Words of a git that is newer than the table: the answer was no good git answer, which is all that is known.
  return { reason: found?.[0] ?? "not-git", detail: tellingLine(stderr, found?.[1]) };
}

const DETAIL_LENGTH_MAX = 200;

function tellingLine(stderr: string, sign: RegExp | undefined): string {
  const lines = stderr.split("\n").filter((line) => line.trim() !== "");
  const line = lines.find((text) => sign?.test(text)) ?? lines.at(-1) ?? "git said nothing";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a server's words may steer a terminal
  return redact(line.replace(/[\x00-\x1f\x7f-\x9f]/g, "?")).slice(0, DETAIL_LENGTH_MAX);
}
