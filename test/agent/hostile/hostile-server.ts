import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gunzipSync, inflateSync } from "node:zlib";
import { type ObjectKind, tryReadTree } from "../../../git/index.ts";
import type { Forge } from "../fixtures/forge.ts";
import { entry, packOf } from "../fixtures/pack-bytes.ts";

/** Puts another pack in the place of the one that was asked for. */
export type PackSwap = (objects: readonly Uint8Array[]) => Buffer;

/**
 * A server that speaks git's protocol 2 and is no git: it sends what no git would read, let alone pack. Every fetch gets all that the
 * wanted commits reach, whatever the client has. Source of the protocol: gitprotocol-v2(5).
 */
export class HostileServer {
  swap: PackSwap | undefined;
  /** What was asked, body by body. */
  readonly asked: string[] = [];
  readonly #forge: Forge;
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  constructor(forge: Forge) {
    this.#forge = forge;
  }

  /** Begins to listen, once, and says where. */
  async open(): Promise<string> {
    if (!this.#server.listening)
      await new Promise<void>((resolve, reject) => this.#server.once("error", reject).listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/fleet.git`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const whole = Buffer.concat(chunks);
    const body = (request.headers["content-encoding"] === "gzip" ? gunzipSync(whole) : whole).toString("latin1");
    this.asked.push(body);
    const isFirst = request.method === "GET";
    response.writeHead(200, { "content-type": `application/x-git-upload-pack-${isFirst ? "advertisement" : "result"}` });
    if (isFirst) response.end(CAPABILITIES);
    else if (body.includes("command=ls-refs")) response.end(this.#refs());
    else response.end(this.#fetched(body));
  }

  #refs(): Buffer {
    const under = (folder: string): string[] => {
      const path = join(this.#forge.folder, folder);
      return existsSync(path) ? readdirSync(path).map((name) => `${folder}/${name}`) : [];
    };
    const names = ["refs/heads/trust", ...under("refs/heads/sites"), ...under("refs/heads/freshness")];
    const there = names.filter((name) => existsSync(join(this.#forge.folder, name)));
    return lines(...there.map((name) => `${readFileSync(join(this.#forge.folder, name), "latin1").trim()} ${name}\n`), FLUSH);
  }

  #fetched(body: string): Buffer {
    const wants = [...body.matchAll(/want ([0-9a-f]{40})/g)].map((match) => match[1] as string);
    const have = /have ([0-9a-f]{40})/.exec(body)?.[1];
    const acknowledged = body.includes("done") ? [] : ["acknowledgments\n", ...(have ? [`ACK ${have}\n`] : []), "ready\n", DELIMITER];
    const shallow = wants.filter((id) => /^parent /m.test(this.#read(id).body.toString("latin1").split("\n\n")[0] as string));
    const cut = shallow.length === 0 ? [] : ["shallow-info\n", ...shallow.map((id) => `shallow ${id}\n`), DELIMITER];
    const objects = [...this.#reached(wants)].map((id) => this.#read(id)).map(({ kind, body: bytes }) => entry(kind, bytes));
    const pack = (this.swap ?? packOf)(objects);
    return Buffer.concat([lines(...acknowledged, ...cut, "packfile\n"), ...bands(pack), lines(FLUSH)]);
  }

  /** As far as objects are there and can be read at all. */
  #reached(wants: readonly string[]): Set<string> {
    const reached = new Set<string>();
    const open = [...wants];
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      if (reached.has(id) || !existsSync(this.#path(id))) continue;
      reached.add(id);
      const { kind, body } = this.#read(id);
      if (kind === "commit" || kind === "tag")
        open.push(...[...body.toString("latin1").matchAll(/^(?:tree|object) ([0-9a-f]{40})$/gm)].map((match) => match[1] as string));
      if (kind === "tree") open.push(...(tryReadTree(body) ?? []).map((each) => each.id.toString("hex")));
    }
    return reached;
  }

  #read(id: string): { readonly kind: ObjectKind; readonly body: Buffer } {
    const bytes = inflateSync(readFileSync(this.#path(id)));
    const kind = bytes.toString("latin1", 0, bytes.indexOf(0x20)) as ObjectKind;
    return { kind, body: bytes.subarray(bytes.indexOf(0) + 1) };
  }

  #path(id: string): string {
    return join(this.#forge.folder, "objects", id.slice(0, 2), id.slice(2));
  }
}

const FLUSH = "0000";
const DELIMITER = "0001";

function lines(...texts: readonly string[]): Buffer {
  return Buffer.concat(
    texts.map((text) => (text === FLUSH || text === DELIMITER ? Buffer.from(text) : packet(Buffer.from(text, "latin1")))),
  );
}

function packet(bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, "0")), bytes]);
}

const BAND_BYTES = 65_515;

function bands(pack: Buffer): Buffer[] {
  const count = Math.ceil(pack.length / BAND_BYTES);
  return Array.from({ length: count }, (_, index) =>
    packet(Buffer.concat([Buffer.from([1]), pack.subarray(index * BAND_BYTES, (index + 1) * BAND_BYTES)])),
  );
}

const CAPABILITIES = Buffer.concat([
  lines("# service=git-upload-pack\n", FLUSH),
  // Bundles and packs elsewhere are offered too, so that it shows when somebody goes there.
  lines("version 2\n", "agent=hostile\n", "ls-refs\n", "fetch=shallow packfile-uris\n", "bundle-uri\n", "object-format=sha1\n", FLUSH),
]);
