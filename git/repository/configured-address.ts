import { existsSync } from "node:fs";
import { join } from "node:path";
import { checkCharacters, parseRepository, shownAddress } from "../repository-address.ts";
import { isRemote } from "./open-repository.ts";

/** A host's name with a domain, and a path: what remains of a URL without its scheme. */
const HOST_AND_PATH = /^([a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}(?::[0-9]+)?)\/./i;

/**
 * Why an office cannot use this address, as a sentence without credentials; undefined when it can. The rules are the agent's, except that an
 * office may also name a folder by a path relative to `root`, and that git alone judges what follows `file://`.
 */
export function tryAddressFault(repository: string, root: string): string | undefined {
  try {
    if (!isRemote(repository)) checkCharacters(repository, "path");
    else if (/^file:\/\//i.test(repository)) checkCharacters(repository, "address");
    else parseRepository(repository);
  } catch (error) {
    if (error instanceof TypeError) return error.message;
    throw error;
  }
  const [, host] = HOST_AND_PATH.exec(repository) ?? [];
  // A folder whose name looks like a host's is one all the same when it is there.
  if (isRemote(repository) || host === undefined || existsSync(join(root, host))) return undefined;
  return `the repository's address ${shownAddress(repository)} has no scheme, and there is no folder "${host}"`;
}

/** The folder of a `file://` address; undefined for any other. */
export function folderOfFileUrl(repository: string): string | undefined {
  return /^file:\/\/[^/]*(\/.*)$/i.exec(repository)?.[1];
}
