const SHAPES: readonly (readonly [words: string, shape: RegExp])[] = [
  ["a private key", /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----/],
  ["an age key", /\bAGE-SECRET-KEY-1[0-9A-Z]{58}\b/],
  ["an AWS access key", /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/],
  ["an Azure storage key", /\bAccountKey=[A-Za-z0-9+/]{80,}={0,2}/],
  ["a Google API key", /\bAIza[0-9A-Za-z_-]{35}\b/],
  ["a GitHub token", /\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})\b/],
  ["a GitLab token", /\bglpat-[A-Za-z0-9_-]{20,}/],
  ["an npm token", /\bnpm_[A-Za-z0-9]{36}\b/],
  ["a Slack token", /\bxox[abeprs]-[A-Za-z0-9-]{10,}/],
  ["a Stripe key", /\b[rs]k_live_[0-9A-Za-z]{16,}\b/],
  ["a k3s token", /\bK10[0-9a-f]{40,}::[a-z]+:\S+/],
  ["a signed token (JWT)", /\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}/],
  ["a password in an authorization header", /\b(?:Basic [A-Za-z0-9+/]{12,}={0,2}|Bearer [A-Za-z0-9._~+/-]{20,}=*)/],
];
const URL_PASSWORD = /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@'"]*:([^\s/@'"]+)@/gi;

/** Describes the secret that a text holds by its shape; undefined when there is none. */
export function tryKnownSecret(text: string): string | undefined {
  const shape = SHAPES.find(([, pattern]) => pattern.test(text));
  if (shape !== undefined) return shape[0];
  for (const [, password] of text.matchAll(URL_PASSWORD)) if (!isPlaceholder(password as string)) return "a password in a URL";
  return undefined;
}

const SECRET_WORDS: ReadonlySet<string> = new Set(
  "password passwd passphrase pwd secret secrets token credential credentials apikey".split(" "),
);
const KEY_KINDS: ReadonlySet<string> = new Set("access api encryption license master private secret signing".split(" "));
/** Names with these endings describe a secret or its location. */
const HARMLESS_ENDS: ReadonlySet<string> = new Set(
  `algorithm audience count days dir directory enabled endpoint expiration expiry file folder header host hours id interval issuer length limit
   max min minutes mode name names path policy prefix ref refresh required rotation seconds size timeout ttl type uri url version`.split(
    /\s+/,
  ),
);

/** Whether a name means that its value is a secret: `DB_PASSWORD`, `apiKey`, but not `PASSWORD_FILE` or `maxTokens`. */
export function namesSecret(name: string): boolean {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
  if (HARMLESS_ENDS.has(words.at(-1) ?? "")) return false;
  return words.some((word, at) => SECRET_WORDS.has(word) || (word === "key" && KEY_KINDS.has(words[at - 1] ?? "")));
}

/** Whether a value is only a reference to a secret, or means that there is none. */
export function isPlaceholder(value: string): boolean {
  return PLACEHOLDERS.test(value.trim());
}

const PLACEHOLDERS = new RegExp(
  [
    String.raw`\$\(.*\)|\$\{.*\}|\$[A-Z_]+|%\{.*\}|\{\{.*\}\}|<.*>|ENC\[.*\]`,
    String.raw`(?:true|false|none|null|nil|yes|no|on|off|enabled|disabled|required|optional)`,
    String.raw`[*x.]*`,
    // A path, or a reference to a vault.
    String.raw`/[\w./-]*|(?:file|vault|ref|env|secret|sops|op|awssm|gcpsm):\S*`,
  ]
    .map((part) => `^(?:${part})$`)
    .join("|"),
  "is",
);

const LONG_WORD = /[A-Za-z0-9+/_-]{32,}={0,2}/g;
/** Longer words are data, such as an image. */
const KEY_LENGTH_MAX = 128;
const BLOCKS = /-----BEGIN [A-Z0-9 ]+-----[^]*?-----END [A-Z0-9 ]+-----/g;
const PUBLIC_KEY_OR_DIGEST = /(?:sha(?:1|256|384|512)[:-]|AAAA[BCE]3NzaC1|AAAAE2VjZHNh)$/;

/**
 * Whether a text holds a word that looks random: long, with upper case, lower case and digits, which change as often as in random text and
 * more often than in names. Public keys, certificates and digests are not secrets.
 */
export function hasRandomWord(text: string): boolean {
  const open = text.replaceAll(BLOCKS, "");
  for (const match of open.matchAll(LONG_WORD)) {
    const [word] = match;
    if (word.length > KEY_LENGTH_MAX || PUBLIC_KEY_OR_DIGEST.test(open.slice(0, match.index)) || /^AAAA[BCE]/.test(word)) continue;
    if (isRandom(word)) return true;
  }
  return false;
}

function isRandom(word: string): boolean {
  const classes = [...word].map((char): string => (/[a-z]/.test(char) ? "a" : /[A-Z]/.test(char) ? "A" : /[0-9]/.test(char) ? "0" : "-"));
  const changes = classes.filter((each, at) => at > 0 && each !== classes[at - 1]).length;
  return ["a", "A", "0"].every((each) => classes.includes(each)) && changes * 3 >= word.length;
}
