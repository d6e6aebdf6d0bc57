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
  // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these would end a line of git's configuration
  if (/[\x00-\x1f\x7f]/.test(repository)) throw new TypeError("the repository's address contains a control character");
  if (repository.startsWith("/")) return { url: repository, protocol: "file" };
  if (/\s/.test(repository)) throw new TypeError("the repository's address contains a space");
  if (!repository.includes("://")) return sshAddress(repository);
  const url = tryUrl(repository);
  const protocol = url && SCHEMES[url.protocol];
  if (!url || !protocol) throw new TypeError(`the repository's address must begin with https, http, ssh or file`);
  // ssh would take such a host or user for an option.
  if (/^(-|%2d)/i.test(url.hostname) || /^(-|%2d)/i.test(url.username))
    throw new TypeError("the host or user in the repository's address begins with a hyphen");
  if ((protocol !== "http" && protocol !== "https") || (url.username === "" && url.password === "")) return { url: repository, protocol };
  const credentials = `${decoded(url.username)}:${decoded(url.password)}`;
  url.username = "";
  url.password = "";
  return { url: url.href, protocol, authorization: `Basic ${Buffer.from(credentials).toString("base64")}` };
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
    throw new TypeError("the repository's address is neither a URL nor an absolute path nor user@host:path");
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
