import { hash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { tarArchive } from "../../../../tools/deb-archive.ts";

/** A registry that is out of reach: nobody listens on port 1. */
export const NOBODY = "127.0.0.1:1";

type Answer = (request: IncomingMessage, response: ServerResponse, image: TinyImage) => void;

/** What the repository of each name answers to whoever pulls from it. */
const REPOSITORIES = {
  there: (request, response, { blobs }) => serve(request, response, blobs),
  hangs: () => undefined,
  cut: (_, response) => void response.destroy(),
  denied: (_, response) => refuse(response, 401),
  "denied-basic": (_, response) => refuse(response, 401, 'Basic realm="secret"'),
  "denied-token": ({ headers }, response) => refuse(response, 401, `Bearer realm="http://${headers.host}/v2/forbidden/secret",service="a"`),
  "fault-token": ({ headers }, response) => refuse(response, 401, `Bearer realm="http://${headers.host}/v2/fault/secret",service="a"`),
  "no-token": (_, response) => refuse(response, 401, `Bearer realm="http://${NOBODY}/secret",service="a"`),
  forbidden: (_, response) => refuse(response, 403),
  busy: (_, response) => refuse(response, 429),
  fault: (_, response) => refuse(response, 503),
  "layer-lost": (request, response, { blobs, layer }) => serve(request, response, new Map([...blobs].filter(([name]) => name !== layer))),
  /** Of the right length. */
  "layer-other": (request, response, { blobs, layer }) =>
    serve(request, response, new Map([...blobs].map(([name, bytes]) => [name, name === layer ? Buffer.alloc(bytes.length, "x") : bytes]))),
} satisfies Record<string, Answer>;

export type Repository = keyof typeof REPOSITORIES;

/** Serves an image of one small layer in each repository, by plain HTTP on loopback, as containerd speaks to 127.0.0.1. Nothing can be pushed. */
export class Registry {
  readonly #server: Server;
  readonly #images = new Map(Object.keys(REPOSITORIES).map((repository) => [repository, tinyImage(repository)]));

  private constructor() {
    this.#server = createServer((request, response) => {
      const repository = /^\/v2\/([\w-]+)\//.exec(request.url ?? "")?.[1] ?? "";
      const image = this.#images.get(repository);
      if (image === undefined) return refuse(response, 404);
      (REPOSITORIES as Record<string, Answer>)[repository]?.(request, response, image);
    });
  }

  static async open(): Promise<Registry> {
    const registry = new Registry();
    await new Promise<void>((resolve, reject) => registry.#server.once("error", reject).listen(0, "127.0.0.1", resolve));
    return registry;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  name(repository: Repository): string {
    return `${this.host}/${repository}@${this.#images.get(repository)?.manifest}`;
  }

  /** Digests of an image's parts; the layer's is the last. */
  blobs(name: string): readonly string[] {
    const image = [...this.#images.values()].find(({ manifest }) => name.endsWith(manifest));
    return [...(image?.blobs.keys() ?? [])];
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => void this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }
}

interface TinyImage {
  readonly manifest: string;
  readonly layer: string;
  /** Manifest, configuration and layer, by their digests. */
  readonly blobs: ReadonlyMap<string, Buffer>;
}

/** As images name this machine's. */
export const ARCHITECTURE = process.arch === "x64" ? "amd64" : process.arch;

const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";

/** Each with other bytes: containerd keeps for a while what it got of a layer, and would end the next pull of the same one by it. */
function tinyImage(content: string): TinyImage {
  const tar = tarArchive([{ path: "/content", bytes: Buffer.from(content) }], 0);
  const layer = gzipSync(tar);
  const config = Buffer.from(
    JSON.stringify({ architecture: ARCHITECTURE, os: "linux", config: {}, rootfs: { type: "layers", diff_ids: [digest(tar)] } }),
  );
  const described = (mediaType: string, bytes: Buffer): object => ({ mediaType, digest: digest(bytes), size: bytes.length });
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST_TYPE,
      config: described("application/vnd.oci.image.config.v1+json", config),
      layers: [described("application/vnd.oci.image.layer.v1.tar+gzip", layer)],
    }),
  );
  return {
    manifest: digest(manifest),
    layer: digest(layer),
    blobs: new Map([manifest, config, layer].map((bytes) => [digest(bytes), bytes])),
  };
}

function digest(bytes: Buffer): string {
  return `sha256:${hash("sha256", bytes)}`;
}

function serve(request: IncomingMessage, response: ServerResponse, blobs: TinyImage["blobs"]): void {
  const [path = ""] = (request.url ?? "").split("?");
  const name = path.slice(path.lastIndexOf("/") + 1);
  const bytes = blobs.get(name);
  if (bytes === undefined) return refuse(response, 404);
  response.setHeader("Content-Type", path.includes("/manifests/") ? MANIFEST_TYPE : "application/octet-stream");
  response.setHeader("Docker-Content-Digest", name);
  response.setHeader("Content-Length", bytes.length);
  response.end(request.method === "HEAD" ? undefined : bytes);
}

function refuse(response: ServerResponse, status: number, challenge?: string): void {
  response.writeHead(status, challenge === undefined ? {} : { "WWW-Authenticate": challenge }).end();
}
