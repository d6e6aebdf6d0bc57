import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { isReason, type Reason, systemClock, systemProcess } from "../../core/index.ts";
import { describeCache, fetchSite, type FetchResult } from "../../git/index.ts";
import {
  band,
  Bystander,
  DELIMITER,
  FLUSH,
  greeting,
  packBands,
  packet,
  packets,
  ProtocolServer,
  RESPONSE_END,
  type Script,
  type Seen,
} from "./protocol-server.ts";
import { sampled } from "../tries-all.ts";
import { bareRepository, git, removeScratch, scratch } from "./scratch.ts";

/**
 * A server says everything that git's protocols let it say, to the real git as the agent runs it. Nobody but that server is spoken to, no
 * password of the box goes anywhere, what was said is gone with the poll, and no text of the server chooses a word or reaches a terminal.
 */

const REFS = { site: "refs/heads/sites/x", trust: "refs/heads/trust" };
const SECRET = "c4n4ry";

let repository: string;
let server: ProtocolServer;
let bystander: Bystander;
let port: number;
let third: number;
let home: string;
/** What the honest refs name. */
let tips: { site: string; trust: string };

beforeAll(async () => {
  repository = bareRepository();
  // Two commits each, so that an honest answer is shallow.
  for (const ref of Object.values(REFS)) publish(ref, "first");
  tips = { site: publish(REFS.site, "second"), trust: publish(REFS.trust, "second") };
  server = new ProtocolServer(repository);
  bystander = new Bystander();
  [port, third] = [await server.open(), await bystander.open()];
  home = join(scratch(), "home");
  mkdirSync(home);
  const logins = ["machine localhost", "machine 127.0.0.1", "machine git.example", "default"];
  writeFileSync(join(home, ".netrc"), logins.map((who) => `${who} login box password ${SECRET}\n`).join(""), { mode: 0o600 });
  writeFileSync(join(home, ".gitconfig"), `[credential]\n\thelper = "!echo password=${SECRET}; echo username=box"\n`);
});

afterAll(async () => {
  await server.close();
  await bystander.close();
  removeScratch();
});

function publish(ref: string, text: string): string {
  const blob = git(repository, ["hash-object", "-w", "--stdin"], `${text} ${ref}\n`).trim();
  const tree = git(repository, ["mktree"], `100644 blob ${blob}\tfile\n`).trim();
  const parent = git(repository, ["for-each-ref", "--format=%(objectname)", ref]).trim();
  const commit = git(repository, ["commit-tree", ...(parent === "" ? [] : ["-p", parent]), "-m", text, tree]).trim();
  git(repository, ["update-ref", ref, commit]);
  return commit;
}

const world = { ...systemProcess, env: (name: string) => (name === "HOME" ? home : systemProcess.env(name)) };
const own = (): string => `http://127.0.0.1:${port}/fleet.git`;
/** Another name than the repository's, so that a password for it is another host's. */
const elsewhere = (): string => `http://localhost:${third}`;

/** The ends of the histories, as an honest server says them. */
function shallow(): Buffer {
  return packets("shallow-info\n", `shallow ${tips.site}\n`, `shallow ${tips.trust}\n`, DELIMITER);
}

async function poll(folder: string, url = own()): Promise<FetchResult> {
  return fetchSite(describeCache(folder, url, world), REFS, { clock: systemClock, deadlineMs: 20_000 });
}

interface Filled {
  readonly folder: string;
  /** Bytes of the requests of one honest poll. */
  readonly idle: number;
}

/** What the caches of tests are copies of, by the tip of the site's ref: an honest poll fills it, and a second one measures it. */
const models = new Map<string, Promise<Filled>>();

/** A cache that an honest poll filled. */
async function filled(): Promise<Filled> {
  const made = models.get(tips.site) ?? fill();
  models.set(tips.site, made);
  const { folder: model, idle } = await made;
  const folder = join(scratch(), "cache");
  cpSync(model, folder, { recursive: true, verbatimSymlinks: true });
  return { folder, idle };
}

async function fill(): Promise<Filled> {
  const folder = join(scratch(), "cache");
  server.script = { sections: shallow() };
  expect(await poll(folder)).toEqual({ tips });
  return { folder, idle: await idleBytes(folder) };
}

/** Bytes of the requests of one honest poll. */
async function idleBytes(folder: string): Promise<number> {
  server.script = { sections: shallow() };
  server.seen.length = 0;
  expect(await poll(folder)).toEqual({ tips });
  return server.seen.reduce((sum, { body }) => sum + body.length, 0);
}

function bytesOf(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map(({ parentPath, name }) => join(parentPath, name));
  return Object.fromEntries(paths.map((path) => [path.slice(folder.length), readFileSync(path, "latin1")]));
}

type Expected = Reason | "taken";

/** Says one thing to a box that has fetched before, then is honest again. Returns the detail that the box tells. */
async function says(expected: Expected, script: Script): Promise<string> {
  const { folder, idle } = await filled();
  const before = bytesOf(folder);
  server.script = { sections: shallow(), ...script };
  server.seen.length = 0;
  bystander.heard.length = 0;
  const result = await poll(folder);
  const fault = "fault" in result ? result.fault : undefined;
  expect({ reason: fault?.reason ?? "taken", detail: fault?.detail }).toEqual({ reason: expected, detail: fault?.detail });
  expectNobodyElse(result);
  if (fault !== undefined) {
    expect(bytesOf(folder)).toEqual(before);
    expect(fault.detail.length).toBeLessThanOrEqual(220);
    expect(fault.detail).toMatch(/^[ -~…]+$/);
    expect(isReason(fault.reason)).toBe(true);
  }
  const asked = server.seen.splice(0);
  expect(await idleBytes(folder)).toBeLessThanOrEqual(idle);
  server.seen.splice(0, server.seen.length, ...asked);
  return fault?.detail ?? "";
}

const PATHS = /^\/fleet\.git\/(HEAD|info\/refs\?service=git-upload-pack|git-upload-pack)$/;

function expectNobodyElse(result: FetchResult): void {
  expect(bystander.heard).toEqual([]);
  expect(JSON.stringify([server.seen, result])).not.toContain(SECRET);
  expect(server.seen.filter(({ headers }) => headers.authorization !== undefined || headers.cookie !== undefined)).toEqual([]);
  expect(server.seen.map(({ url }) => url).filter((url) => !PATHS.test(url))).toEqual([]);
}

/** A pack of which one byte within an object is another. */
function damaged(pack: Buffer): Buffer {
  const bytes = Buffer.from(pack);
  bytes[20] = (bytes[20] as number) ^ 0x40;
  return bytes;
}

describe("T8: only the repository's own server is contacted, and no password is sent elsewhere", () => {
  const uris = (...urls: readonly string[]): Buffer =>
    packets("packfile-uris\n", ...urls.map((url) => `${"1".repeat(40)} ${url}\n`), DELIMITER);

  const SECTIONS: Readonly<Record<string, readonly [Expected, () => Script]>> = {
    "a pack at a third address, unasked": ["redirected", () => ({ sections: Buffer.concat([shallow(), uris(`${elsewhere()}/pack`)]) })],
    "a pack at a third address, and announced": [
      "redirected",
      () => ({ greeting: greeting(["fetch=shallow packfile-uris"]), sections: Buffer.concat([shallow(), uris(`${elsewhere()}/pack`)]) }),
    ],
    "packs at ext::, file:// and a third address": [
      "redirected",
      () => ({
        sections: Buffer.concat([
          shallow(),
          uris(`ext::sh -c "curl ${elsewhere()}"`, `file://${home}/.netrc`, `${elsewhere()}/pack`, "--upload-pack=id"),
        ]),
      }),
    ],
    "wanted refs, unasked": [
      "not-git",
      () => ({ sections: Buffer.concat([shallow(), packets("wanted-refs\n", `${tips.site} refs/heads/other\n`, DELIMITER)]) }),
    ],
    "another ref than was wanted": [
      "not-git",
      () => ({
        greeting: greeting(["fetch=shallow ref-in-want"]),
        sections: Buffer.concat([shallow(), packets("wanted-refs\n", `${tips.site} refs/heads/other\n`, DELIMITER)]),
      }),
    ],
    "a section that nobody knows": ["not-git", () => ({ sections: packets("exec\n", "id\n", DELIMITER) })],
    "an end of a history that is taken back": [
      "not-git",
      () => ({ sections: packets("shallow-info\n", `unshallow ${"7".repeat(40)}\n`, `shallow ${tips.site}\n`, DELIMITER) }),
    ],
    "an end of a history that is no id": ["not-git", () => ({ sections: packets("shallow-info\n", "shallow ../../config\n", DELIMITER) })],
    "a packet of impossible length": ["not-git", () => ({ sections: Buffer.from("0003") })],
    "an end of the answer in its middle": ["offline", () => ({ sections: RESPONSE_END })],
    "a pack on a band that there is not": [
      "bad-object",
      () => ({ packfile: (pack) => packet(Buffer.concat([Buffer.from([9]), pack.subarray(0, 50)])) }),
    ],
  };

  test.each(Object.entries(SECTIONS))("in its answer: %s", async (_what, [expected, script]) => {
    await says(expected, script());
  });

  const OFFERS: Readonly<Record<string, () => readonly string[]>> = {
    "bundles elsewhere": () => ["bundle-uri"],
    "objects elsewhere": () => [`promisor-remote=name=evil,url=${elsewhere()}/fleet.git,partialCloneFilter=blob:none`],
    "all other capabilities of protocol 2": () => ["server-option", "object-info", "session-id=1234", "fetch=shallow filter wait-for-done"],
  };

  test.each(Object.entries(OFFERS))("an offer is ignored: %s", async (_what, offers) => {
    await says("taken", { greeting: greeting(offers()) });
    const commands = new Set(server.seen.flatMap(({ body }) => /command=([a-z-]+)/.exec(body)?.[1] ?? []));
    expect([...commands].sort()).toEqual(["fetch", "ls-refs"]);
    expect(server.seen.filter(({ body }) => /filter|promisor|uri/.test(body))).toEqual([]);
  });

  test("progress on every line (sideband-all) is not shown", async () => {
    const lined = (...lines: readonly string[]): Buffer => Buffer.concat(lines.map((line) => band(1, line)));
    await says("taken", {
      greeting: greeting(["fetch=shallow sideband-all"]),
      fetched: (pack) =>
        Buffer.concat([
          band(2, "fatal: remote error: x\n"),
          lined("shallow-info\n", `shallow ${tips.site}\n`, `shallow ${tips.trust}\n`),
          DELIMITER,
          lined("packfile\n"),
          packBands(pack),
          FLUSH,
        ]),
    });
  });

  const NAMES = ["refs/heads/other", "refs/tags/v1", "HEAD", "refs/heads/sites/x/below", "config", "../../hooks/post-checkout"];
  const LISTS: Readonly<Record<string, readonly [Expected, (honest: readonly string[]) => Script]>> = {
    "symbolic and peeled refs, and more than was asked for": [
      "taken",
      (honest) => ({
        refs: () =>
          packets(
            ...honest.map((line) => `${line} symref-target:refs/heads/evil peeled:${"5".repeat(40)}\n`),
            ...NAMES.map((name) => `${tips.site} ${name}\n`),
            FLUSH,
          ),
      }),
    ],
    "an object that the server itself does not have": [
      "bad-object",
      () => ({
        refs: () => packets(`${"6".repeat(40)} ${REFS.site}\n`, `${tips.trust} ${REFS.trust}\n`, FLUSH),
        fetched: () => packet(`ERR upload-pack: not our ref ${"6".repeat(40)}\n`),
      }),
    ],
    "a line that is no ref": ["not-git", () => ({ refs: () => packets("nonsense\n", FLUSH) })],
    "a list that does not end": ["not-git", (honest) => ({ refs: () => packets(...honest.map((line) => `${line}\n`)) })],
  };

  test.each(Object.entries(LISTS))("in its list of refs: %s", async (_what, [expected, script]) => {
    await says(expected, script([`${tips.site} ${REFS.site}`, `${tips.trust} ${REFS.trust}`]));
  });

  type Http = readonly [Expected, (seen: Seen, response: ServerResponse) => boolean];

  /** The whole answer; always true. */
  function answer(response: ServerResponse, status: number, headers: Record<string, string> = {}, body: Buffer | string = ""): boolean {
    response.writeHead(status, headers).end(body);
    return true;
  }

  const REDIRECTS = [301, 302, 303, 307, 308].flatMap((status): [string, Http][] => [
    [
      `a redirect of the greeting, ${status}`,
      [
        "redirected",
        (_seen, response) => answer(response, status, { location: `${elsewhere()}/fleet.git/info/refs?service=git-upload-pack` }),
      ],
    ],
    [
      `a redirect of a request, ${status}`,
      [
        "redirected",
        (seen, response) => seen.method === "POST" && answer(response, status, { location: `${elsewhere()}/fleet.git/git-upload-pack` }),
      ],
    ],
  ]);

  const DEMANDS = ["Basic realm=x", "Digest realm=x, nonce=1", "Negotiate", "NTLM", "Bearer realm=x"].map((scheme): [string, Http] => [
    `a demand for a password: ${scheme}`,
    ["access-refused", (_seen, response) => answer(response, 401, { "www-authenticate": scheme })],
  ]);

  const OTHERS: Readonly<Record<string, Http>> = {
    "a proxy's demand for a password": [
      "proxy-refused",
      (_seen, response) => answer(response, 407, { "proxy-authenticate": "Basic realm=x" }),
    ],
    "cookies, another service, a page to go on to": [
      "taken",
      (_seen, response) => {
        response.setHeader("set-cookie", "session=1; Path=/");
        response.setHeader("alt-svc", `h2="localhost:${third}"; ma=99, h3="localhost:${third}"`);
        response.setHeader("link", `<${elsewhere()}/x>; rel=preload`);
        response.setHeader("refresh", `0; url=${elsewhere()}/`);
        response.setHeader("strict-transport-security", "max-age=99999999");
        return false;
      },
    ],
    "a repository of plain files whose objects lie elsewhere": [
      "not-git",
      ({ url }, response) => {
        const files: Record<string, string> = {
          "/fleet.git/info/refs": `${tips.site}\t${REFS.site}\n${tips.trust}\t${REFS.trust}\n`,
          "/fleet.git/HEAD": "ref: refs/heads/trust\n",
          "/fleet.git/objects/info/http-alternates": `${elsewhere()}/objects\n`,
          "/fleet.git/objects/info/alternates": `${elsewhere()}/objects\n`,
        };
        const file = files[url.replace(/\?.*/, "")];
        return answer(response, file === undefined ? 404 : 200, { "content-type": "text/plain" }, file);
      },
    ],
    "a greeting of a few bytes that expands to 50 MB": [
      "not-git",
      (_seen, response) =>
        answer(
          response,
          200,
          { "content-type": "application/x-git-upload-pack-advertisement", "content-encoding": "gzip" },
          gzipSync(Buffer.alloc(50_000_000, "z")),
        ),
    ],
  };

  /** The first and the last status and scheme: git handles those between in the same place. SKERRY_FAULTS=all tries them too. */
  const HTTP = [
    ...sampled(REDIRECTS, (_, index) => index < 2 || index >= REDIRECTS.length - 2),
    ...sampled(DEMANDS, (_, index) => index === 0 || index === DEMANDS.length - 1),
    ...Object.entries(OTHERS),
  ];

  test.each(HTTP)("over HTTP: %s", async (_what, [expected, http]) => {
    await says(expected, { http });
  });

  function old(lines: (capabilities: string) => readonly string[]): Script {
    const capabilities =
      "multi_ack_detailed side-band-64k no-done shallow allow-reachable-sha1-in-want symref=HEAD:refs/heads/evil agent=old";
    return {
      greeting: packets("# service=git-upload-pack\n", FLUSH, ...lines(capabilities), FLUSH),
      fetched: (pack, asked) => {
        const ends = packets(`shallow ${tips.site}\n`, `shallow ${tips.trust}\n`, FLUSH);
        if (!/0032have |0009done/.test(asked)) return ends;
        return Buffer.concat([ends, packet("NAK\n"), ...(asked.includes("0009done") ? [packBands(pack), FLUSH] : [])]);
      },
    };
  }

  const OLD: Readonly<Record<string, readonly [Expected, () => Script]>> = {
    "protocol 0, with refs of another repository": [
      "taken",
      () =>
        old((capabilities) => [
          `${tips.site} ${REFS.site}\0${capabilities}\n`,
          `${tips.trust} ${REFS.trust}\n`,
          `${tips.trust} .have\n`,
          `shallow ${tips.site}\n`,
          `shallow ${tips.trust}\n`,
        ]),
    ],
    "protocol 1": [
      "taken",
      () => old((capabilities) => ["version 1\n", `${tips.site} ${REFS.site}\0${capabilities}\n`, `${tips.trust} ${REFS.trust}\n`]),
    ],
    "an error in the place of a list": ["access-refused", () => old(() => ["ERR No space left on device\n"])],
    "no ref at all": ["trust-missing", () => old((capabilities) => [`${"0".repeat(40)} capabilities^{}\0${capabilities}\n`])],
  };

  test.each(Object.entries(OLD))("in an older protocol: %s", async (_what, [expected, script]) => {
    await says(expected, script());
  });

  test("an address with a password: only that server gets it", async () => {
    const folder = join(scratch(), "cache");
    server.script = { sections: Buffer.concat([shallow(), uris(`${elsewhere()}/pack`)]) };
    server.seen.length = 0;
    bystander.heard.length = 0;
    expect(await poll(folder, own().replace("http://", `http://box:${SECRET}@`))).toMatchObject({ fault: { reason: "redirected" } });
    const basic = `Basic ${Buffer.from(`box:${SECRET}`).toString("base64")}`;
    expect(new Set(server.seen.map(({ headers }) => headers.authorization))).toEqual(new Set([basic]));
    expect(bystander.heard).toEqual([]);
    expect(readFileSync(join(folder, "config"), "utf8")).toContain(`[http "${own()}"]\n\textraHeader = `);
  });
});

describe("data of one answer does not outlive the poll", () => {
  const ends = (count: number): Buffer[] =>
    Array.from({ length: count }, (_, index) => packet(`shallow ${index.toString(16).padStart(40, "a")}\n`));

  test("T7: thousands of shallow lines in one answer do not make later requests longer", async () => {
    const { folder, idle } = await filled();
    const site = publish(REFS.site, "third");
    server.script = {
      sections: packets("shallow-info\n", `shallow ${site}\n`, `shallow ${tips.trust}\n`, ...ends(3_000), DELIMITER),
    };
    tips = { ...tips, site };
    expect(await poll(folder)).toEqual({ tips });
    expect(readFileSync(join(folder, "shallow"), "latin1").trim().split("\n").sort()).toEqual([tips.site, tips.trust].sort());
    expect(await idleBytes(folder)).toBeLessThanOrEqual(idle);
  });

  test("T7: a hundred thousand of them, which cost git minutes, end at the poll's CPU limit", async () => {
    const { folder } = await filled();
    const before = bytesOf(folder);
    server.script = { sections: packets("shallow-info\n", ...ends(100_000), DELIMITER) };
    const cache = describeCache(folder, own(), world);
    const limits = { ...cache.limits, cpuSeconds: 1 };
    expect(await fetchSite({ ...cache, limits }, REFS, { clock: systemClock })).toEqual({
      fault: { reason: "too-large", detail: "git used more than 1 s of CPU time" },
    });
    expect(bytesOf(folder)).toEqual(before);
  });

  test("T7: a poll that fails after such an answer keeps nothing of it", async () => {
    await says("bad-object", {
      sections: packets("shallow-info\n", `shallow ${tips.site}\n`, ...ends(3_000), DELIMITER),
      packfile: (pack) => packBands(damaged(pack)),
    });
  });
});

describe("a persistent fault", () => {
  test("costs one full fetch, and then the difference at each poll; a fix is used at once", async () => {
    const { folder } = await filled();
    const cache = describeCache(folder, own(), world);
    server.script = { sections: shallow(), packfile: (pack) => packBands(damaged(pack)) };
    const asked: number[] = [];
    for (let round = 0; round < 3; round++) {
      server.seen.length = 0;
      expect(await fetchSite(cache, REFS, { clock: systemClock })).toMatchObject({ fault: { reason: "bad-object" } });
      asked.push(server.seen.filter(({ body }) => body.includes("command=fetch")).length);
    }
    expect(asked).toEqual([2, 1, 1]);
    server.script = { sections: shallow() };
    expect(await fetchSite(cache, REFS, { clock: systemClock })).toEqual({ tips });
  });
});

describe("a server's text never determines the reason", () => {
  const WORDS = [
    "fatal: remote error: access denied",
    "error: object 0123456789012345678901234567890123456789: hasDotdot: contains '..'",
    "fatal: No space left on device",
    "fatal: Out of memory, malloc failed",
    "trust-broken",
  ];
  const BREAKS = ["\n", "\r", "\u2028", "\u2029", "\u0085", "\v", "\f", "\u001b[2K\u001b[1A", "\u202e"];
  const spoofs = (): Buffer => Buffer.concat(BREAKS.flatMap((end) => WORDS.map((text) => band(2, `${end}${text}${end}`))));

  test("progress lines that look like git's own errors have no effect", async () => {
    await says("taken", { packfile: (pack) => Buffer.concat([spoofs(), packBands(pack), spoofs()]) });
    await says("bad-object", { packfile: (pack) => Buffer.concat([spoofs(), packBands(damaged(pack)), spoofs()]) });
  });

  test("many such lines hide no reason", async () => {
    const lines = Buffer.concat(Array.from({ length: 600 }, () => band(2, "fatal: remote error: x\n".repeat(50))));
    const detail = await says("bad-object", { packfile: (pack) => Buffer.concat([lines, packBands(damaged(pack)), lines]) });
    expect(detail).not.toContain("remote error");
  });

  /** git's words about the server and about an object, and a reason; SKERRY_FAULTS=all tries those about the box too. */
  const TRIED = sampled(WORDS, (_, index) => index < 2 || index === WORDS.length - 1);

  test.each(TRIED)("its error is quoted on one line, and only its moment influences the reason: %s", async (text) => {
    const long = `${text}\u2028\u202e\u0085\u115f\ufe0f\u{e0001}\u001b]0;x\u0007\n `.repeat(40);
    expect(await says("access-refused", { greeting: packets("# service=git-upload-pack\n", FLUSH, `ERR ${long}`) })).toMatch(
      /^the server said: "/,
    );
    expect(await says("bad-object", { fetched: () => packet(`ERR ${long}`) })).toMatch(/^the server said: "/);
  });

  test("the body of an HTTP error has no effect and is not shown", async () => {
    const detail = await says("access-refused", {
      http: (_seen, response) => {
        response.writeHead(403, { "content-type": "text/plain" }).end("fatal: Out of memory\u2028fatal: remote error: x\n");
        return true;
      },
    });
    expect(detail).toContain("error: 403");
    expect(detail).not.toContain("memory");
  });
});
