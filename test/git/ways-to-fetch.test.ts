import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { chmodSync, chownSync, cpSync, existsSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { type Reason, systemClock, systemProcess } from "../../core/index.ts";
import { describeCache, fetchSite, type FetchResult } from "../../git/index.ts";
import { AUTHORITY, EXPIRED, GOOD, OTHER_NAME } from "./certificates.ts";
import { ProtocolServer } from "./protocol-server.ts";
import { bareRepository, git, removeScratch, scratch } from "./scratch.ts";

/** An honest fetch by each way to a repository, and the slips of each way that no waiting cures: each has its own word. */

const REFS = { site: "refs/heads/sites/x", trust: "refs/heads/trust" };

let repository: string;
let tips: { site: string; trust: string };
let authority: string;
const servers: ProtocolServer[] = [];

beforeAll(() => {
  repository = bareRepository();
  tips = { site: publish(REFS.site, "a"), trust: publish(REFS.trust, "b") };
  authority = join(scratch(), "authority.pem");
  writeFileSync(authority, AUTHORITY);
});

afterAll(async () => {
  for (const server of servers) await server.close();
  removeScratch();
});

function publish(ref: string, text: string): string {
  const blob = git(repository, ["hash-object", "-w", "--stdin"], text).trim();
  const tree = git(repository, ["mktree"], `100644 blob ${blob}\tfile\n`).trim();
  const commit = git(repository, ["commit-tree", "-m", text, tree]).trim();
  git(repository, ["update-ref", ref, commit]);
  return commit;
}

/** Nothing of this machine's environment but where programs are. */
async function fetched(url: string, environment: Record<string, string> = {}, caFile?: string): Promise<FetchResult> {
  const seen: Record<string, string | undefined> = { PATH: systemProcess.env("PATH"), ...environment };
  const cache = describeCache(join(scratch(), "cache"), url, { ...systemProcess, env: (name) => seen[name] }, caFile);
  return fetchSite(cache, REFS, { clock: systemClock, deadlineMs: 20_000 });
}

async function serve(tls?: { cert: string; key: string }): Promise<number> {
  const server = new ProtocolServer(repository, tls);
  servers.push(server);
  return server.open();
}

function fault(reason: Reason, detail: RegExp | string = ""): FetchResult {
  return { fault: { reason: reason as "offline", detail: expect.stringMatching(detail) as unknown as string } };
}

describe("the programs that git may start", () => {
  const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
    "https://git.example/fleet.git": ["git", "git-remote-https"],
    "http://git.example/fleet.git": ["git", "git-remote-http"],
    "ssh://git@git.example/fleet.git": ["git"],
    "git@git.example:fleet.git": ["git"],
    "/srv/fleet.git": ["git", "git-upload-pack"],
  };

  test.each(Object.entries(PROGRAMS))("T8: only git and the helper of the protocol: %s", async (url, programs) => {
    const folder = join(scratch(), "cache");
    const cache = describeCache(folder, url, systemProcess);
    // Nobody answers there; the cache is made all the same.
    await fetchSite(cache, REFS, { clock: systemClock, deadlineMs: 1 });
    expect(readdirSync(join(folder, "programs")).sort()).toEqual(programs);
    expect(readdirSync(join(folder, "home"))).toEqual([]);
    expect(cache.environment).toMatchObject({ GIT_EXEC_PATH: join(folder, "programs"), HOME: join(folder, "home") });
  });

  test("T8: are checked before each fetch, and with any other file there the cache is deleted", async () => {
    const folder = join(scratch(), "cache");
    const cache = describeCache(folder, repository, systemProcess);
    const fetch = (): Promise<FetchResult> => fetchSite(cache, REFS, { clock: systemClock });
    expect(await fetch()).toEqual({ tips });
    const target = readlinkSync(join(folder, "programs/git"));
    const foreign = [
      () => writeFileSync(join(folder, "programs/git-http-fetch"), "#!/bin/sh\n", { mode: 0o755 }),
      () => symlinkSync("/bin/false", join(folder, "programs/git-remote-https")),
      () => writeFileSync(join(folder, "home/.netrc"), "default login x password y\n"),
    ];
    for (const place of foreign) {
      place();
      expect(await fetch()).toEqual({ tips });
      expect(readdirSync(join(folder, "programs")).sort()).toEqual(["git", "git-upload-pack"]);
      expect(readdirSync(join(folder, "home"))).toEqual([]);
      expect(readlinkSync(join(folder, "programs/git"))).toBe(target);
    }
  });

  test("a machine without git or without the helper: git-missing", async () => {
    expect(await fetched("https://git.example/fleet.git", { PATH: "/nonexistent" })).toEqual(fault("git-missing"));
    const folder = scratch();
    writeFileSync(join(folder, "git"), `#!/bin/sh\necho ${folder}\n`, { mode: 0o755 });
    expect(await fetched("https://git.example/fleet.git", { PATH: folder })).toEqual(
      fault("git-missing", /lacks git or git-remote-https in/),
    );
  });
});

describe("over https", () => {
  test("caFile takes precedence over GIT_SSL_CAINFO, and that over SSL_CERT_FILE", async () => {
    const url = `https://localhost:${await serve(GOOD)}/fleet.git`;
    const wrong = join(scratch(), "wrong.pem");
    writeFileSync(wrong, GOOD.cert);
    expect(await fetched(url)).toEqual(fault("certificate-refused"));
    expect(await fetched(url, { SSL_CERT_FILE: authority })).toEqual({ tips });
    expect(await fetched(url, { SSL_CERT_FILE: wrong, GIT_SSL_CAINFO: authority })).toEqual({ tips });
    expect(await fetched(url, { SSL_CERT_FILE: wrong, GIT_SSL_CAINFO: wrong }, authority)).toEqual({ tips });
    expect(await fetched(url, { SSL_CERT_FILE: authority, GIT_SSL_CAINFO: authority }, "/nonexistent.pem")).toEqual(
      fault("certificate-refused"),
    );
  });

  test("a certificate that is expired, or for another name: certificate-refused", async () => {
    for (const tls of [EXPIRED, OTHER_NAME]) {
      const url = `https://localhost:${await serve(tls)}/fleet.git`;
      expect(await fetched(url, {}, authority)).toEqual(fault("certificate-refused"));
    }
  });

  test("a server without TLS, and no server: offline", async () => {
    expect(await fetched(`https://localhost:${await serve()}/fleet.git`)).toEqual(fault("offline"));
    expect(await fetched("https://localhost:1/fleet.git")).toEqual(fault("offline"));
  });

  const PROXIES: Readonly<Record<string, Reason>> = {
    "407 Proxy Authentication Required": "proxy-refused",
    "403 Forbidden": "proxy-refused",
    "503 Service Unavailable": "offline",
  };

  test.each(Object.entries(PROXIES))("a proxy that answers %s: %s", async (status, reason) => {
    const proxy = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.on("data", () => void socket.write(`HTTP/1.1 ${status}\r\nProxy-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n`));
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const { port } = proxy.address() as AddressInfo;
    const result = await fetched("https://git.example/fleet.git", { HTTPS_PROXY: `http://box:c4n4ry@127.0.0.1:${port}` });
    await new Promise((resolve) => proxy.close(resolve));
    expect({ result }).toEqual({ result: fault(reason, /^git said: "unable to access/) });
    expect(JSON.stringify(result)).not.toContain("c4n4ry");
  });
});

describe("over ssh", () => {
  /** A program named ssh, to which git speaks as to OpenSSH. `$last`: what the server is to run; `$log`: where OpenSSH writes its own words. */
  function ssh(script: string): Record<string, string> {
    const folder = scratch();
    const known = 'for last; do :; done; while [ "$1" != -E ]; do shift; done; log=$2';
    writeFileSync(join(folder, "ssh"), `#!/bin/sh\n${known}\n${script}\n`);
    chmodSync(join(folder, "ssh"), 0o755);
    return { PATH: `${folder}:${systemProcess.env("PATH") as string}` };
  }

  /** What a server does; it knows nothing of the box's environment. */
  const HONEST = ': > "$log"; exec env -i PATH="$PATH" GIT_PROTOCOL="$GIT_PROTOCOL" sh -c "$last"';
  const url = (): string => `ssh://git@git.example${repository}`;

  test("a normal server is fetched from", async () => {
    expect(await fetched(url(), ssh(HONEST))).toEqual({ tips });
  });

  test("OpenSSH's own messages have their reasons, and the same messages from a server have no effect", async () => {
    const words = ["git@git.example: Permission denied (publickey).", "Host key verification failed."];
    for (const line of words) {
      expect(await fetched(url(), ssh(`echo '${line}' > "$log"; exit 255`))).toEqual(fault("access-refused", line.replace(/[()]/g, ".")));
      const closed = 'echo "Connection to git.example closed by remote host." > "$log"';
      expect(await fetched(url(), ssh(`${closed}; echo '${line}' >&2; exit 255`))).toEqual(fault("offline", "^Connection to"));
    }
  });

  test("a server that ends the session, without git or without the repository: repository-missing", async () => {
    const missing = await fetched("ssh://git@git.example/nonexistent.git", ssh(HONEST));
    expect(missing).toEqual(fault("repository-missing", /ended the session .* its last output: ".*"$/));
    expect(await fetched(url(), ssh(': > "$log"; echo "ERROR: Repository not found." >&2; exit 1'))).toEqual(
      fault("repository-missing", /its last output: "ERROR: Repository not found."$/),
    );
  });

  test("a program other than OpenSSH: offline, with its output quoted", async () => {
    const folder = scratch();
    writeFileSync(join(folder, "tunnel"), "#!/bin/sh\necho 'Permission denied (publickey).' >&2\nexit 1\n", { mode: 0o755 });
    expect(await fetched(url(), { GIT_SSH_COMMAND: join(folder, "tunnel") })).toEqual(fault("offline"));
  });

  (existsSync("/usr/bin/ssh") ? test : test.skip)("nobody listens: offline, in OpenSSH's own words", async () => {
    expect(await fetched("ssh://git@127.0.0.1:1/fleet.git")).toEqual(fault("offline"));
  });
});

describe("a folder", () => {
  test("is fetched from like any other repository, and a folder that is not one is repository-missing", async () => {
    expect(await fetched(repository)).toEqual({ tips });
    expect(await fetched(`file://${repository}`)).toEqual({ tips });
    expect(await fetched(scratch())).toEqual(fault("repository-missing"));
    expect(await fetched("/nonexistent/fleet.git")).toEqual(fault("repository-missing"));
  });

  test("that is damaged is not mistaken for a network or credentials fault: bad-object", async () => {
    const damaged = join(scratch(), "fleet.git");
    cpSync(repository, damaged, { recursive: true });
    const path = join(damaged, "objects", tips.site.slice(0, 2), tips.site.slice(2));
    chmodSync(path, 0o644);
    writeFileSync(path, readFileSync(path).subarray(0, 10));
    expect(await fetched(damaged)).toEqual(fault("bad-object"));
  });

  (process.getuid?.() === 0 ? test : test.skip)(
    "of another user is owner-refused by those versions of git that refuse it, and names the folder",
    async () => {
      const foreign = join(scratch(), "fleet.git");
      cpSync(repository, foreign, { recursive: true });
      chownSync(foreign, 65_534, 65_534);
      expect(await fetched(foreign)).toEqual(refuses(foreign) ? fault("owner-refused", foreign) : { tips });
    },
  );
});

/** git 2.39.4 to 2.45 refuse to serve another user's folder; those before and after do not. */
function refuses(folder: string): boolean {
  try {
    git(folder, ["upload-pack", "--timeout=1", "--advertise-refs", folder]);
    return false;
  } catch {
    return true;
  }
}

test("an address with a space is refused before any request, and quoted without user, password and query", () => {
  const refusal = (url: string): string => {
    try {
      describeCache("/nonexistent", url, systemProcess);
      return "accepted";
    } catch (error) {
      return (error as Error).message;
    }
  };
  const faults: Record<string, string> = {
    "https://git.example/fleet.git ": '"https://git.example/fleet.git " ends with a space',
    " https://git.example/fleet.git": '" https://git.example/fleet.git" begins with a space',
    "https://site:hunter2@git.example/fleet.git ": '"https://***@git.example/fleet.git " ends with a space',
    "https://site:hunter 2/@git.example/a@b.git": '"https://***@b.git" contains a space',
    "https://git.example/fleet.git?token=hunter2 ": '"https://git.example/fleet.git?*** " ends with a space',
    "git@git.example:fleet.git ": '"***@git.example:fleet.git " ends with a space',
    "ssh://git.example/a b": '"ssh://git.example/a b" contains a space',
    "/srv/fleet.git ": '"/srv/fleet.git " ends with a space',
    " /srv/fleet.git": '" /srv/fleet.git" begins with a space',
    "/srv/fleet.git\u00a0": '"/srv/fleet.git\u00a0" ends with a space',
  };
  for (const [url, fault] of Object.entries(faults)) expect(refusal(url)).toBe(`the repository's address ${fault}`);
  for (const url of ["/srv/fleet.git\n", "/srv/\tfleet.git"])
    expect(refusal(url)).toBe("the repository's address contains a control character");
  for (const url of ["/srv/a folder/fleet.git", "/srv/fleet.git/"]) expect(refusal(url)).toBe("accepted");
});
