import type { RuleViolation } from "../text/rule-violation.ts";

// 51 bytes are 68 characters without padding, so the length detects a truncated line.
const LINE = /^ssh-ed25519 ([A-Za-z0-9+/]{68})( [!-~][ -~]*)?$/;
// RFC 8709: two length-prefixed strings, the algorithm's name and the 32 bytes of the key.
const HEAD = Buffer.from("\0\0\0\x0bssh-ed25519\0\0\0\x20", "latin1");

/** The public key that the agent created at its first start, as a line of OpenSSH's `.pub` files. */
export function reportKeyRule(text: string): RuleViolation | undefined {
  const [, base64] = LINE.exec(text) ?? [];
  if (base64 && Buffer.from(base64, "base64").subarray(0, HEAD.length).equals(HEAD)) return undefined;
  const code = "bad-report-key";
  if (/PRIVATE KEY/.test(text)) {
    const next = "remove it here and from the git history, create a new key at the site, and put the public key line here";
    return { code, message: "reportKey holds a private key", next, secret: true };
  }
  const next = 'copy the whole line: "ssh-ed25519 AAAA… comment"';
  if (/^(ssh-rsa|ecdsa-|sk-)/.test(text))
    return { code, message: "reportKey is a key of another type; only ssh-ed25519 is supported", next };
  return { code, message: "reportKey is not an ssh-ed25519 public key line", next };
}

/** The key without its comment, to find the same key at two sites. */
export function reportKeyBody(line: string): string {
  return line.split(" ", 2)[1] as string;
}
