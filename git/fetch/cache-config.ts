import type { RepositoryAddress } from "../repository-address.ts";

/**
 * Redirects are off because a redirect may lead to another host, and the header with the credentials is for this address only.
 * `writeout-only` writes pages in order without a flush: on tmpfs a flush has no effect, and elsewhere a damaged cache is deleted. A server's
 * offer of bundles or of other repositories for missing objects is ignored.
 */
export function cacheConfig({ url, authorization }: RepositoryAddress): string {
  const header = authorization === undefined ? "" : `[http ${quote(url)}]\n\textraHeader = ${quote(`Authorization: ${authorization}`)}\n`;
  return `[core]
	repositoryFormatVersion = 0
	bare = true
	hooksPath = /dev/null
	fsync = all
	fsyncMethod = writeout-only
	bigFileThreshold = 1m
	deltaBaseCacheLimit = 32m
[remote "origin"]
	url = ${quote(url)}
	tagOpt = --no-tags
[protocol]
	version = 2
[fetch]
	fsckObjects = true
	unpackLimit = 1
	recurseSubmodules = false
	writeCommitGraph = false
[transfer]
	fsckObjects = true
	bundleURI = false
[promisor]
	acceptFromServer = none
[http]
	followRedirects = false
	lowSpeedLimit = 1000
	lowSpeedTime = 60
${header}[credential]
	helper =
[pack]
	threads = 1
	windowMemory = 32m
[repack]
	writeBitmaps = false
[gc]
	auto = 0
[maintenance]
	auto = false
`;
}

function quote(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
