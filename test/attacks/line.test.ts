import { describe } from "@jest/globals";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { type AddressInfo, createServer as createRawServer } from "node:net";
import { join } from "node:path";
import type { AgentConfig } from "../../wire/index.ts";
import type { Scene } from "./scene.ts";
import type { Phase } from "./server.ts";
import { type Attack, type Attacks, type End, SAID, tryAttacks } from "./strike.ts";

/** Lines that somebody else holds: proxies, portals, certificates; and addresses that are none. */

/** An answer of raw bytes, for any phase or for one. */
function says(ends: readonly End[], text: string, phase?: Phase): Attack {
  return {
    ends,
    serve: () => async (exchange) => {
      if (phase !== undefined && exchange.phase !== phase) return exchange.honest();
      exchange.request.socket.end(Buffer.from(text, "latin1"));
      return undefined;
    },
  };
}

const HTML = `<html><title>${SAID}</title>Please accept our terms.</html>`;

function http(status: string, headers: string, body = HTML): string {
  return `HTTP/1.1 ${status}\r\n${headers}Content-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`;
}

const RESULT = "Content-Type: application/x-git-upload-pack-result\r\n";

const STRANGERS: Attacks = {
  "a captive portal's page in the place of the pack": says(["not-git", "offline"], http("200 OK", "Content-Type: text/html\r\n"), "fetch"),
  "a captive portal's page in the place of the refs": says(["not-git"], http("200 OK", "Content-Type: text/html\r\n"), "refs"),
  "a captive portal's page with the content type of a pack": says(["not-git"], http("200 OK", RESULT), "fetch"),
  "a body longer than its announced length": says(
    ["not-git", "offline", "bad-object"],
    http("200 OK", RESULT, "0008NAK\n").replace("Length: 8", "Length: 3"),
    "fetch",
  ),
  "a body shorter than its announced length": says(
    ["offline"],
    http("200 OK", RESULT, "0008NAK\n").replace("Length: 8", "Length: 800"),
    "fetch",
  ),
  "compressed bytes that are none": says(["not-git", "offline"], http("200 OK", `${RESULT}Content-Encoding: gzip\r\n`), "refs"),
  "204 in the place of the first answer": says(["not-git"], http("204 No Content", "", ""), "info"),
  "206 with a part of nothing": says(["not-git"], http("206 Partial Content", "Content-Range: bytes 0-1/9\r\n", "00"), "info"),
  "a protocol that is switched": says(["not-git", "offline"], "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\nrubbish", "info"),
  "an answer of HTTP 0.9": says(["not-git", "offline"], HTML, "info"),
  "a status of 900": says(["not-git", "offline"], http(`900 ${SAID}`, ""), "info"),
  "503 with a time to wait of a million years": says(["offline"], http("503 Unavailable", "Retry-After: 31557600000000\r\n"), "info"),
};

/** The connection goes away after so many bytes of the phase's answer. */
function cut(phase: Phase, share: number): Attack {
  return {
    ends: phase === "info" ? ["offline", "not-git"] : ["offline"],
    serve: () => async (exchange) => {
      const honest = await exchange.honest();
      if (exchange.phase !== phase) return honest;
      const kind = phase === "info" ? "advertisement" : "result";
      exchange.response.writeHead(200, { "content-type": `application/x-git-upload-pack-${kind}`, "content-length": honest.length });
      exchange.response.write(honest.subarray(0, Math.floor(honest.length * share)), () => exchange.request.socket.resetAndDestroy());
      return undefined;
    },
  };
}

const CUTS: Attacks = {
  "a line that is cut before the first byte": cut("info", 0),
  "a line that is cut in the first answer": cut("info", 0.5),
  "a line that is cut in the refs": cut("refs", 0.5),
  "a line that is cut before the pack": cut("fetch", 0),
  "a line that is cut in the pack": cut("fetch", 0.7),
};

/** What agent.json and the environment say of a proxy that answers so. */
function proxied(ends: readonly End[], answer: (scene: Scene) => string, variable = "http_proxy", repository?: string): Attack {
  let port = 0;
  return {
    ends,
    never: ["offline", "not-git"],
    ...(repository === undefined ? {} : { config: (): Partial<AgentConfig> => ({ repository }) }),
    prepare: async (scene) => {
      const server = createRawServer((socket) => {
        socket.on("error", () => socket.destroy()).once("data", () => socket.end(answer(scene)));
      }).listen(0, "127.0.0.1");
      await once(server, "listening");
      port = (server.address() as AddressInfo).port;
      return () => void server.close();
    },
    environment: () => ({ [variable]: `http://127.0.0.1:${port}`, no_proxy: "" }),
  };
}

const PROXIES: Attacks = {
  "a proxy that wants a password": proxied(["some-word"], () =>
    http("407 Proxy Authentication Required", 'Proxy-Authenticate: Basic realm="x"\r\n'),
  ),
  "a proxy that wants a password for TLS": {
    ...proxied(
      ["some-word"],
      () => http("407 Proxy Authentication Required", 'Proxy-Authenticate: Basic realm="x"\r\n'),
      "https_proxy",
      "https://fleet.invalid/fleet.git",
    ),
  },
  "a proxy that forbids": { ...proxied(["access-refused"], () => http("403 Forbidden", "")) },
  "a proxy that forbids for TLS": {
    ...proxied(["some-word"], () => http("403 Forbidden", ""), "https_proxy", "https://fleet.invalid/fleet.git"),
  },
  "a proxy that redirects to its page": {
    ...proxied(["redirected"], ({ elsewhere }) => http("302 Found", `Location: http://${elsewhere.host}/login\r\n`)),
  },
  "a proxy that redirects a tunnel to its page": {
    ...proxied(
      ["some-word"],
      ({ elsewhere }) => http("302 Found", `Location: http://${elsewhere.host}/login\r\n`),
      "https_proxy",
      "https://fleet.invalid/fleet.git",
    ),
  },
};

/** A server of TLS with this certificate, in front of the honest repository. */
function certified(subject: string, days: string, host = "127.0.0.1"): Attack {
  let port = 0;
  return {
    ends: ["some-word"],
    // No later poll cures it, and no credentials are wrong.
    never: ["offline", "not-git", "access-refused"],
    prepare: async (scene) => {
      const [key, cert] = [join(scene.root, "tls.key"), join(scene.root, "tls.crt")];
      const names = ["-subj", `/CN=${subject}`, "-addext", `subjectAltName=${/^[0-9.]+$/.test(subject) ? "IP" : "DNS"}:${subject}`];
      const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
      const self = [join(scene.root, "tls.csr"), "-signkey", key, "-out", cert];
      execFileSync("openssl", ["req", "-new", ...curve, "-keyout", key, "-out", self[0] as string, ...names], { stdio: "ignore" });
      // `openssl req` takes no past date; `openssl x509` does.
      const added = ["-days", days, "-copy_extensions", "copy"];
      execFileSync("openssl", ["x509", "-req", "-in", ...self, ...added], { stdio: "ignore" });
      const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, scene.server.answer).listen(0, "127.0.0.1");
      await once(server, "listening");
      port = (server.address() as AddressInfo).port;
      return () => {
        server.closeAllConnections();
        server.close();
      };
    },
    config: () => ({ repository: `https://${host}:${port}/fleet.git` }),
  };
}

const trusting = (scene: Scene): Record<string, string> => ({ SSL_CERT_FILE: join(scene.root, "tls.crt") });

const CERTIFICATES: Attacks = {
  "a certificate that nobody signed": { ...certified("127.0.0.1", "30") },
  "a trusted certificate for another name": { ...certified("other.invalid", "30"), environment: trusting },
  "a trusted certificate that has expired": { ...certified("127.0.0.1", "-1"), environment: trusting },
  "a certificate file that is none": {
    ...certified("127.0.0.1", "30"),
    environment: (scene) => ({ SSL_CERT_FILE: join(scene.root, "fleet.git/HEAD") }),
  },
  "a server without TLS where TLS was asked for": {
    ends: ["some-word"],
    never: ["not-git"],
    config: ({ box }) => ({ repository: box.config.repository.replace("http:", "https:") }),
  },
};

function addressed(
  repository: string | ((scene: Scene) => string),
  ends: readonly End[] = ["config-refused", "repository-missing", "some-word"],
): Attack {
  return { ends, config: (scene) => ({ repository: typeof repository === "string" ? repository : repository(scene) }) };
}

const ADDRESSES: Attacks = {
  "an address whose ssh host is an option": addressed("ssh://-oProxyCommand=touch%20x/fleet.git"),
  "an address whose ssh path is an option": addressed("ssh://git@fleet.invalid/--upload-pack=touch", [
    "config-refused",
    "repository-missing",
    "offline",
  ]),
  "an address of a helper that runs commands": addressed("ext::sh -c touch% x"),
  "an address that begins as an option": addressed("--upload-pack=touch x"),
  "an address without a host": addressed("http://"),
  "an address with a port of 99999": addressed("http://127.0.0.1:99999/fleet.git"),
  "an address with a space at its end": addressed(
    ({ box }) => `${box.config.repository} `,
    ["config-refused", "repository-missing", "taken"],
  ),
  "an address with a slash at its end": addressed(({ box }) => `${box.config.repository}/`, ["taken"]),
  "an address with a password that cannot be decoded": addressed("http://site:%zz@127.0.0.1:1/fleet.git"),
  "an address with an at sign in its host": addressed("http://a@b@127.0.0.1:1/fleet.git", [
    "config-refused",
    "repository-missing",
    "offline",
  ]),
  "an address of files on another machine": addressed("file://fleet.invalid/fleet.git", ["config-refused", "repository-missing"]),
  "an address of ftp": addressed(({ elsewhere }) => `ftp://${elsewhere.host}/fleet.git`),
  "an address of git's own protocol": addressed(({ elsewhere }) => `git://${elsewhere.host}/fleet.git`),
};

describe("T7, T8: a line that somebody else holds", () => {
  tryAttacks({ ...STRANGERS, ...CUTS, ...PROXIES, ...CERTIFICATES });
});

describe("T8: an address that is none", () => {
  tryAttacks(ADDRESSES);
});
