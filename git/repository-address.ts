import { quoted } from "../core/index.ts";

export type GitProtocol = "https" | "http" | "ssh" | "file";

export interface RepositoryAddress {
  /** Without a password: git passes the URL to its helpers as an argument, and any user can see arguments. */
  readonly url: string;
  readonly protocol: GitProtocol;
  /** Value of an HTTP `Authorization` header with the address's user and password. */
  readonly authorization?: string;
}

const SCHEMES: Readonly<Record<string, GitProtocol>> = { "https:": "https", "http:": "http", "ssh:": "ssh", "file:": "file" };

/** A URL, an absolute path or `user@host:path`. Otherwise throws a `TypeError` with a message for people. */
export function parseRepository(repository: string): RepositoryAddress {
  checkCharacters(repository, repository.startsWith("/") ? "path" : "address");
  if (repository.startsWith("/")) return { url: repository, protocol: "file" };
  if (!repository.includes("://")) return sshAddress(repository);
  const url = tryUrl(repository);
  const protocol = url && SCHEMES[url.protocol];
  if (!url || !protocol)
    throw new TypeError(`the repository's address ${shownAddress(repository)} must begin with https, http, ssh or file`);
  // ssh would take such a host or user for an option.
  if (/^(-|%2d)/i.test(url.hostname) || /^(-|%2d)/i.test(url.username))
    throw new TypeError("the host or user in the repository's address begins with a hyphen");
  if ((protocol !== "http" && protocol !== "https") || (url.username === "" && url.password === "")) return { url: repository, protocol };
  const credentials = `${decoded(url.username)}:${decoded(url.password)}`;
  url.username = "";
  url.password = "";
  return { url: url.href, protocol, authorization: `Basic ${Buffer.from(credentials).toString("base64")}` };
}

/** Throws a `TypeError` for a character that no address holds. A space inside a path is allowed. */
export function checkCharacters(repository: string, kind: "address" | "path"): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these would end a line of git's configuration
  if (/[\x00-\x1f\x7f]/.test(repository)) throw new TypeError("the repository's address contains a control character");
  const space = spaceFault(repository, kind);
  if (space !== undefined) throw new TypeError(`the repository's address ${shownAddress(repository)} ${space}`);
}

/** git would look for a folder whose name ends with the space, and report a missing repository. */
function spaceFault(repository: string, kind: "address" | "path"): string | undefined {
  if (/^\s/.test(repository)) return "begins with a space";
  if (/\s$/.test(repository)) return "ends with a space";
  return kind === "address" && /\s/.test(repository) ? "contains a space" : undefined;
}

const QUOTED_LENGTH = 300;

/**
 * In quotes, so that a space at either end is visible. An invalid address cannot be split into its parts, so all text that may be a user, a
 * password or a token is left out.
 */
export function shownAddress(repository: string): string {
  const isPath = repository.trimStart().startsWith("/");
  const shown = isPath ? repository : repository.replace(/^(\s*)(\S+?:\/\/)?.*@/s, "$1$2***@").replace(/[?#].*?(\s*)$/s, "?***$1");
  return quoted(shown, QUOTED_LENGTH);
}

/** The message holds nothing of the text: it may be a password. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new TypeError(
      "the user or password in the repository's address has a % that begins no percent-encoded character; write it as %25",
    );
  }
}

function sshAddress(repository: string): RepositoryAddress {
  if (!/^([A-Za-z0-9][A-Za-z0-9._-]*@)?[A-Za-z0-9][A-Za-z0-9.-]*:[^:]/.test(repository)) {
    throw new TypeError(`the repository's address ${shownAddress(repository)} is neither a URL nor an absolute path nor user@host:path`);
  }
  return { url: repository, protocol: "ssh" };
}

function tryUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
