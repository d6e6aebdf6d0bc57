const DEFAULT_REGISTRY = "docker.io";

/**
 * A manifest's image reference in containerd's form: with its registry, `library/` for Docker Hub's own, and without a tag next to a digest.
 * The kubelet uses exactly this name, so an image under another name does not help. Rules: distribution's reference grammar.
 */
export function imageName(reference: string): string {
  const { registry, path } = split(reference);
  const [name = "", digest] = path.split("@");
  const tag = /:[^/]*$/.exec(name)?.[0] ?? "";
  const repository = name.slice(0, name.length - tag.length);
  const whole = registry === DEFAULT_REGISTRY && !repository.includes("/") ? `library/${repository}` : repository;
  return `${registry}/${whole}${digest === undefined ? tag || ":latest" : `@${digest}`}`;
}

/** The `host` or `host:port` at the beginning of an image name. */
export function registryOf(name: string): string {
  return split(name).registry;
}

function split(reference: string): { readonly registry: string; readonly path: string } {
  const slash = reference.indexOf("/");
  const first = slash < 0 ? "" : reference.slice(0, slash);
  // The first part is a host when it cannot be a folder: it has a dot, a port or capitals, or is localhost.
  const isHost = first === "localhost" || /[.:A-Z]/.test(first);
  if (!isHost) return { registry: DEFAULT_REGISTRY, path: reference };
  return { registry: first === "index.docker.io" ? DEFAULT_REGISTRY : first, path: reference.slice(slash + 1) };
}
