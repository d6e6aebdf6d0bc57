/**
 * Removes credentials from git's output and from repository addresses: for HTTP the whole user part (often a token alone), otherwise the
 * password. Every message of this room passes through here.
 */
export function redact(text: string): string {
  return text
    .replace(/(\bhttps?:\/\/)[^\s/@]+(?:@[^\s/@]+)*@/gi, "$1***@")
    .replace(/(\b[a-z][a-z0-9+.-]*:\/\/[^\s/@:]*):[^\s/]*@/gi, "$1:***@")
    .replace(/\b(authorization:\s*\S+\s+)\S+/gi, "$1***");
}
