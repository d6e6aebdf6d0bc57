/**
 * Takes credentials out of text that git said or that names a repository: over HTTP the whole user part (a token often
 * stands there alone), elsewhere a password. Everything that leaves this room as a message passes through here.
 */
export function redact(text: string): string {
  return text
    .replace(/(\bhttps?:\/\/)[^\s/@]+(?:@[^\s/@]+)*@/gi, "$1***@")
    .replace(/(\b[a-z][a-z0-9+.-]*:\/\/[^\s/@:]*):[^\s/]*@/gi, "$1:***@")
    .replace(/\b(authorization:\s*\S+\s+)\S+/gi, "$1***");
}
