const DEFAULT_REGISTRY = "docker.io";

/**
 * A reference of a manifest as containerd names it: with its registry, `library/` for Docker Hub's own, and without a tag beside a digest.
 * The kubelet asks by this very name, so an image that is here under another one does not help. Rules: distribution's reference grammar.
 */
export function imageName(reference: string): string {
  const { registry, path } = split(reference);
  const [name = "", digest] = path.split("@");
  const tag = /:[^/]*$/.exec(name)?.[0] ?? "";
  const repository = name.slice(0, name.length - tag.length);
  const whole = registry === DEFAULT_REGISTRY && !repository.includes("/") ? `library/${repository}` : repository;
  return `${registry}/${whole}${digest === undefined ? tag || ":latest" : `@${digest}`}`;
}

/** `host` or `host:port`, as the name of an image begins. */
export function registryOf(name: string): string {
  return split(name).registry;
}

function split(reference: string): { readonly registry: string; readonly path: string } {
  const slash = reference.indexOf("/");
  const first = slash < 0 ? "" : reference.slice(0, slash);
  // A first part is a host when it could be no folder: by its dot, port or capitals, or as localhost.
  const isHost = first === "localhost" || /[.:A-Z]/.test(first);
  if (!isHost) return { registry: DEFAULT_REGISTRY, path: reference };
  return { registry: first === "index.docker.io" ? DEFAULT_REGISTRY : first, path: reference.slice(slash + 1) };
}
