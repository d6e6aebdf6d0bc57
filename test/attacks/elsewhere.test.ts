import { describe } from "@jest/globals";
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { entry, packOf } from "../agent/fixtures/pack-bytes.ts";
import type { Scene } from "./scene.ts";
import { beforePack, DELIMITER, type Exchange, FLUSH, on, packet, type Script } from "./server.ts";
import { type Attack, type Attacks, tryAttacks } from "./strike.ts";

/** Servers that send the agent to other addresses, by every way that git's protocols and HTTP have. */

/** A pack that nothing needs, waiting at the third address. */
function bait(scene: Scene): { readonly id: string; readonly path: string } {
  const pack = packOf([entry("blob", Buffer.from("bait"))]);
  scene.elsewhere.gives = pack;
  const path = join(scene.root, "bait.pack");
  writeFileSync(path, pack);
  return { id: pack.subarray(-20).toString("hex"), path };
}

/** A section that names a pack at another address; nobody asked for it. */
function packUri(uri: (scene: Scene, path: string) => string, offered: boolean): Attack {
  return {
    // An agent that ignores the section may take the release; one that stops at it says that this is not the protocol.
    ends: ["taken", "not-git", "bad-object", "redirected"],
    serve: (scene) => {
      const { id, path } = bait(scene);
      const section = [packet("packfile-uris\n"), packet(`${id} ${uri(scene, path)}\n`), DELIMITER];
      return on({
        info: (honest) =>
          offered
            ? honest
            : Buffer.from(honest.toString("latin1").replace("0021fetch=shallow packfile-uris\n", "0012fetch=shallow\n"), "latin1"),
        fetch: (honest) => beforePack(honest, ...section),
      });
    },
  };
}

type Phase = Exchange["phase"];

function redirect(code: number, at: Phase, location: (scene: Scene) => string): Attack {
  return {
    ends: ["redirected"],
    serve: (scene) => async (exchange) => {
      if (exchange.phase !== at) return exchange.honest();
      exchange.response.writeHead(code, { location: location(scene) + (exchange.request.url ?? "") }).end();
      return undefined;
    },
  };
}

const otherHost = (scene: Scene): string => `http://${scene.elsewhere.host}`;
const otherPort = (scene: Scene): string => `http://${scene.elsewhere.samehost}`;

const PACK_URIS: Attacks = {
  "an unasked pack at a third address over http": packUri((scene) => `http://${scene.elsewhere.host}/p.pack`, false),
  "a pack at a third address that the capabilities announced": packUri((scene) => `http://${scene.elsewhere.host}/p.pack`, true),
  "an unasked pack at another port of the same host": packUri((scene) => `http://${scene.elsewhere.samehost}/p.pack`, false),
  "an unasked pack at a third address over https": { ...packUri((scene) => `https://${scene.elsewhere.host}/p.pack`, false) },
  "an unasked pack at a third address over ftp": { ...packUri((scene) => `ftp://${scene.elsewhere.host}/p.pack`, false) },
  "an unasked pack at a third address with a user in its URL": {
    ...packUri((scene) => `http://who:what@${scene.elsewhere.host}/p.pack`, false),
  },
  "an unasked pack in a file of the box": { ...packUri((_, path) => `file://${path}`, true) },
  "an unasked pack by a scheme that is an option": { ...packUri(() => "-oProxyCommand=touch", true) },
  "an unasked pack at a third address whose credentials lie in the agent's home folder": {
    ...packUri((scene) => `http://${scene.elsewhere.host}/p.pack`, false),
    config: (scene) => ({ repository: scene.box.config.repository.replace(/\/\/.*@/, "//") }),
  },
  "a thousand unasked packs": {
    ends: ["taken", "not-git", "bad-object", "redirected"],
    serve: (scene) => {
      bait(scene);
      const uris = Array.from({ length: 1_000 }, (_, index) =>
        packet(`${createHash("sha1").update(String(index)).digest("hex")} http://${scene.elsewhere.host}/${index}\n`),
      );
      return on({ fetch: (honest) => beforePack(honest, packet("packfile-uris\n"), ...uris, DELIMITER) });
    },
  },
};

const BUNDLES: Attacks = {
  "a bundle list for whoever asks, and in the place of the refs": {
    ends: ["taken", "not-git"],
    serve: (scene) => {
      const list = [packet("bundle.version=1\n"), packet("bundle.mode=all\n"), packet(`bundle.one.uri=http://${scene.elsewhere.host}/b\n`)];
      return on({ refs: () => Buffer.concat([...list, FLUSH]), other: () => Buffer.concat([...list, FLUSH]) });
    },
  },
};

const REDIRECTS: Attacks = {
  "a redirect of the first request to another host (301)": redirect(301, "info", otherHost),
  "a redirect of the first request to another port (302)": { ...redirect(302, "info", otherPort) },
  "a redirect of the first request to another host (307)": { ...redirect(307, "info", otherHost) },
  "a redirect of the first request to another host (308)": { ...redirect(308, "info", otherHost) },
  "a redirect of the first request to a file": { ...redirect(302, "info", (scene) => `file://${scene.forge.folder}`) },
  "a redirect of the first request to git's own port and scheme": {
    ...redirect(302, "info", (scene) => `git://${scene.elsewhere.host}`),
  },
  "a redirect of the request for the pack to another host (302)": redirect(302, "fetch", otherHost),
  "a redirect of the request for the pack to another host (307)": { ...redirect(307, "fetch", otherHost) },
  "a redirect of the request for the pack to another port (308)": { ...redirect(308, "fetch", otherPort) },
  "a redirect of the request for refs to another host (307)": { ...redirect(307, "refs", otherHost) },
  "a redirect to itself without end": { ...redirect(302, "info", () => "") },
};

function headed(headers: (scene: Scene) => Record<string, string>, code = 200): (scene: Scene) => Script {
  return (scene) => async (exchange) => {
    for (const [name, value] of Object.entries(headers(scene))) exchange.response.setHeader(name, value);
    if (code === 200) return exchange.honest();
    exchange.response.writeHead(code).end();
    return undefined;
  };
}

const HEADERS: Attacks = {
  "headers that name another server for the same content": {
    ends: ["taken"],
    serve: headed((scene) => ({
      "alt-svc": `h2="${scene.elsewhere.host}", h3=":443"`,
      refresh: `0; url=http://${scene.elsewhere.host}/`,
      "content-location": `http://${scene.elsewhere.host}/`,
      link: `<http://${scene.elsewhere.host}/>; rel=preload`,
      "set-cookie": "a=b; domain=localhost; path=/",
    })),
  },
  "a challenge that asks for every kind of credentials": {
    ends: ["access-refused"],
    serve: headed(() => ({ "www-authenticate": 'Negotiate, NTLM, Digest realm="x", nonce="y", Basic realm="z"' }), 401),
    environment: (scene) => ({
      GIT_ASKPASS: scene.program("askpass", "echo x"),
      SSH_ASKPASS: scene.program("ssh-askpass", "echo x"),
      DISPLAY: ":0",
    }),
  },
  "a challenge by a proxy that nobody configured": {
    ends: ["some-word"],
    never: ["offline"],
    serve: headed(() => ({ "proxy-authenticate": "Basic" }), 407),
  },
};

const DUMB: Attacks = {
  "a plain listing of refs, with objects at a third address by http-alternates": dumb(
    (scene) => `http://${scene.elsewhere.host}/objects\n`,
    "http-alternates",
  ),
  "a plain listing of refs, with objects at a third address by alternates": {
    ...dumb((scene) => `http://${scene.elsewhere.host}/objects\n`, "alternates"),
  },
  "a plain listing of refs, with objects in a folder of the box": {
    ...dumb((scene) => `${scene.forge.folder}/objects\n`, "alternates"),
  },
};

/** A server of files, as the oldest clients know them; its objects are said to lie elsewhere. */
function dumb(where: (scene: Scene) => string, file: string): Attack {
  return {
    ends: ["not-git"],
    serve: (scene) => (exchange) => {
      const path = exchange.request.url ?? "";
      const { response } = exchange;
      const id = "1".repeat(40);
      if (exchange.phase === "info")
        response.writeHead(200, { "content-type": "text/plain" }).end(`${id}\trefs/heads/sites/eddm\n${id}\trefs/heads/trust\n`);
      else if (path.endsWith(`objects/info/${file}`)) response.writeHead(200).end(where(scene));
      else if (path.endsWith("HEAD")) response.writeHead(200).end("ref: refs/heads/trust\n");
      else response.writeHead(404).end();
      return undefined;
    },
  };
}

describe("T8: a server that leads the agent to other addresses", () => {
  tryAttacks({ ...PACK_URIS, ...BUNDLES, ...REDIRECTS, ...HEADERS, ...DUMB });
});
